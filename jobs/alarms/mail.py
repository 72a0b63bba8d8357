"""Letters and their route, and the words of those about a bot that does not answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from jobs.people import People
from jobs.runs.events import GlassBroken
from jobs.runs.headline import current_step, headline
from jobs.runs.state import AwaitsApproval, Run, Stopped
from playbooks.core.foreign import one_line, spelled_out
from playbooks.core.spans import in_words
from playbooks.core.values import Frozen, Moment, Name

AGAIN_AFTER: Final = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One SMTP server; STARTTLS comes first, always, and the password only after it."""

    host: str
    port: int
    sender: str
    username: str
    password_file: Path
    ca_file: Path | None  # None: the authorities that this system trusts.


class Letter(Frozen):
    """`once` names it for good: a person gets one letter of a name, whoever sends it."""

    once: Name
    to: tuple[Name, ...]  # Persons of the configuration.
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Who is written to, and how."""

    route: Route
    on_call: tuple[Name, ...]
    people: People


def bot_is_silent(
    to: tuple[Name, ...],
    silence: tuple[Moment, Moment],
    cut_off: Sequence[str],
    runs: Sequence[Run],
) -> Letter:
    """Tell that no bot answers; `silence` is since when, and now. Another one each half hour."""
    since, now = silence
    number = int((now - since) / AGAIN_AFTER)
    happened = f"No bot of vault-responder has answered in Slack since {clock(since)}."
    if cut_off:
        happened += f" {', '.join(cut_off)}: running, but without a connection to Slack."
    else:
        happened += " No bot process gives a sign of life."
    body = letter_body(
        happened,
        [
            "Commands and buttons in Slack do nothing. Workers carry on what was approved.",
            *_stands(runs),
        ],
        [
            "See if the bot's process runs on its machine, and what its log says last.",
            "`vault-responder command status` shows everything at a terminal, without Slack.",
            *_commands(runs),
        ],
    )
    again = f", for {in_words(now - since)} now" if number else ""
    return Letter(
        once=f"silence-{_stamp(since)}-{number}",
        to=to,
        subject=f"vault-responder: no bot answers in Slack since {clock(since)}{again}",
        body=body,
    )


def bot_is_back(to: tuple[Name, ...], since: Moment, now: Moment, runs: Sequence[Run]) -> Letter:
    """Tell that what `bot_is_silent` told is over."""
    body = letter_body(
        f"A bot answers in Slack again. None did from {clock(since)} to {clock(now)}.",
        _stands(runs),
        ["Read on in Slack: what happened meanwhile is in the threads of the runs."],
    )
    subject = "vault-responder: a bot answers in Slack again"
    return Letter(once=f"back-{_stamp(since)}", to=to, subject=subject, body=body)


def redis_is_silent(to: tuple[Name, ...], since: Moment, now: Moment) -> Letter:
    """Tell that Redis does not answer, so that nothing goes on and nothing is known."""
    number = int((now - since) / AGAIN_AFTER)
    body = letter_body(
        f"Redis has not answered the scheduler of vault-responder since {clock(since)}.",
        [
            (
                "No run goes on, and Slack shows nothing new. The signed records of all runs are in"
                " the object store; none is lost with Redis."
            ),
        ],
        [
            "See if Redis runs on its machine. If it comes back as it was, the runs go on.",
            (
                "If it comes back empty or older, no run goes on by itself: look, then"
                " `vault-responder accept-redis`."
            ),
            (
                "If it cannot wait: `vault-responder --help` says how to act without Redis, by"
                " `--here`; `vault-responder runbook NAME` prints what to do by hand."
            ),
        ],
    )
    return Letter(
        once=f"redis-{_stamp(since)}-{number}",
        to=to,
        subject=f"vault-responder: Redis does not answer since {clock(since)}",
        body=body,
    )


def redis_is_back(to: tuple[Name, ...], since: Moment, now: Moment) -> Letter:
    """Tell that what `redis_is_silent` told is over."""
    body = letter_body(
        f"Redis answers again. It did not from {clock(since)} to {clock(now)}.",
        ["If it is the same one, runs go on by themselves."],
        ["`vault-responder command status` shows how the runs stand."],
    )
    subject = "vault-responder: Redis answers again"
    return Letter(once=f"redis-back-{_stamp(since)}", to=to, subject=subject, body=body)


def glass_is_broken(event: GlassBroken, run: Run) -> Letter:
    """Tell everyone who was skipped that one approver started a run alone."""
    body = letter_body(
        f"{event.press.by} broke the glass at {clock(event.at)}: run {run.id} was started by one"
        f" person alone. Reason: {one_line(event.reason or 'none was given')}",
        [f"You were not asked to approve it. {headline(run)}.", *last_of(run)],
        [
            f'Look at it: `vault-responder command "run {run.id}"`.',
            (
                f'If it should not go on: `vault-responder command "cancel {run.id}"`, or press'
                " Cancel in Slack."
            ),
        ],
    )
    # A run's name is as long as a name may be, so only its own part tells two of them apart.
    return Letter(
        once=f"glass-{run.id[:60]}-{_stamp(event.at)}",
        to=event.skipped,
        subject=f"vault-responder: {event.press.by} started a run alone ({run.planned.playbook})",
        body=body,
    )


def rotation_is_open(to: tuple[Name, ...], cluster: Name, mark: Name) -> Letter:
    """Tell of a rotation of the shares that outlived its run: nobody records what comes of it."""
    body = letter_body(
        f"Rotation {mark} of the unseal key shares of {cluster} was begun by a run that is over.",
        [
            (
                "Vault may remember it. If enough custodians finish it, or have, the new shares"
                " open the cluster, the old ones open the backups of before, and no record says so."
            ),
        ],
        [
            "Ask the custodians if they finished it; `vault-responder custodian check` tells them.",
            f"If they did: `vault-responder adopt {cluster}` on a worker records the new shares.",
            "If not: they stop, and the next `/vault rotate-shares` clears what is left of it.",
        ],
    )
    return Letter(
        once=f"rotation-{cluster[:60]}-{mark[-60:]}",
        to=to,
        subject=f"vault-responder: a rotation of the shares of {cluster} was left unfinished",
        body=body,
    )


def _stands(runs: Sequence[Run]) -> list[str]:
    told = [f"Run {run.id}: {headline(run)}. {' '.join(last_of(run))}".rstrip() for run in runs]
    return told or ["No run is under way."]


def last_of(run: Run) -> list[str]:
    """Say what there is to know of a run beyond its headline."""
    match run.stage:
        case Stopped(happened=happened, do=do):
            return [f"It stopped: {happened}. What to do: {do}."]
        case AwaitsApproval():
            return [f"Its plan expires at {clock(run.planned.expires_at)}."]
        case _:
            step = current_step(run)
            return [] if step is None else [f"In hand: {step.says}."]


def _commands(runs: Sequence[Run]) -> list[str]:
    return [f'`vault-responder command "run {run.id}"` shows this run.' for run in runs]


def letter_body(happened: str, now: Sequence[str], do: Sequence[str]) -> str:
    """Write what happened, what is true now, and what to do.

    Each entry stays one line, whoever's words are in it: they must not make a part of their own.
    """
    parts = (("What happened", [happened]), ("What is true now", now), ("What to do", do))
    told = "\n\n".join("\n".join([title, *map(_entry, lines)]) for title, lines in parts)
    return f"{told}\n\nThis was sent by the scheduler of vault-responder, without Slack.\n"


def _entry(text: str) -> str:
    return f"- {spelled_out(' '.join(text.split()))}"


def clock(moment: Moment) -> str:
    """Say a time in full: a letter may be read the day after."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _stamp(moment: Moment) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"
