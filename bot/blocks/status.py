"""How the clusters are, as the looker last saw them. What is old is unknown, and never green."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.blocks.lists import listed
from bot.blocks.message import Message
from bot.blocks.mrkdwn import bold, clock, code, foreign, sentence
from jobs.runs.bots import Bots
from jobs.runs.headline import headline, mark
from jobs.runs.state import Ended, NoRun, Run
from jobs.runs.views import ClusterView
from playbooks.core.spans import in_words
from playbooks.core.values import Moment
from playbooks.core.world.vault import NodeState

# Shown at once in the guides' own words: a backup is taken daily, with an hour of margin.
_OLD_BACKUP_HOURS: Final = 25


def status(
    views: Sequence[ClusterView],
    runs: Sequence[Run | NoRun],
    now: Moment,
    bots: Bots | None = None,
) -> Message:
    """Show every cluster, every run that has not ended, and if any bot answers."""
    heard = [] if bots is None else [_bots(bots)]
    if not views:
        title = "No cluster was looked at yet"
        return listed(title, ["The looker answers within seconds of its start. Ask again.", *heard])
    lines = [line for view in views for line in _cluster(view, now)]
    going = [run for run in runs if isinstance(run, Run) and not isinstance(run.stage, Ended)]
    lines += [f":{mark(run)}: {sentence(headline(run))} · {code(run.id)}" for run in going]
    lines += heard
    title = " · ".join(in_short(view, now) for view in views)
    return listed(title, lines, "`/vault backups` lists what can be restored")


def _bots(bots: Bots) -> str:
    answering, cut_off = bots.answering(), bots.cut_off()
    if answering:
        icon, says = "large_green_circle", f"{len(answering)} answer in Slack"
    elif bots.answered_at is None:
        icon, says = "red_circle", "none has answered in Slack yet"
    else:
        icon, says = "red_circle", f"none answers in Slack since {clock(bots.answered_at)}"
    more = f"; without a connection: {', '.join(map(code, cut_off))}" if cut_off else ""
    return f":{icon}: Bots: {says}{more}"


def in_short(view: ClusterView, now: Moment) -> str:
    """Say in a few words if a cluster serves its clients."""
    if view.is_stale(now):
        return f"{view.cluster}: unknown since {view.at:%H:%M} UTC"
    active = next((node.node for node in view.nodes if node.kind == "active"), None)
    if active is None:
        return f"{view.cluster}: no node is active"
    if view.balancer is None:
        return f"{view.cluster}: {active} is active, the balancer is unknown"
    if view.balancer.closed:
        return f"{view.cluster}: {active} is active, clients are cut off"
    if not view.balancer.open:
        return f"{view.cluster}: {active} is active, some nodes are still in maintenance"
    if view.balancer.active is None:
        return f"{view.cluster}: {active} is active, but clients reach nobody"
    up = sum(node.kind in {"active", "standby"} for node in view.nodes)
    return f"{view.cluster}: serves, {up} of {len(view.nodes)} nodes up"


def _cluster(view: ClusterView, now: Moment) -> list[str]:
    stale = view.is_stale(now)
    seen = f"seen {in_words(now - view.at)} ago"
    if stale:
        seen = f":warning: unknown since {clock(view.at)}, this is what was seen then"
    return [
        f"{bold(foreign(view.cluster))} · {seen}",
        *(_node(node, stale=stale) for node in view.nodes),
        _balancer(view, stale=stale),
        _newest_backup(view, now),
        *_rotations(view),
        *(f":warning: {sentence(trouble)}" for trouble in view.trouble),
    ]


def _rotations(view: ClusterView) -> list[str]:
    """While a run is under way its card shows how far it is; afterwards only this line is left."""
    if not view.rotations:
        return []
    marks = ", ".join(map(code, view.rotations))
    adopt = code(f"vault-responder adopt {view.cluster}")
    says = (
        f":warning: A rotation of the shares is not recorded: {marks}. If its run is over and"
        f" custodians finished it, run {adopt} on a worker"
    )
    return [says]


def _node(node: NodeState, *, stale: bool) -> str:
    icon, words = _said(node)
    version = f" · {foreign(node.version)}" if node.version else ""
    return f":{'question' if stale else icon}: {code(node.node)} {words}{version}"


def _said(node: NodeState) -> tuple[str, str]:
    match node.kind:
        case "active" | "standby":
            return "large_green_circle", node.kind
        case "sealed":
            needed = f" of {node.scheme.threshold}" if node.scheme else ""
            return "lock", f"sealed, {node.shares_given}{needed} shares given"
        case "uninitialised":
            return "white_circle", "holds no data"
        case "silent":
            return "red_circle", "does not answer"
        case _:
            assert_never(node.kind)


def _balancer(view: ClusterView, *, stale: bool) -> str:
    state = view.balancer
    if state is None:
        return ":question: Balancer: unknown"
    if state.closed:
        icon, words = "no_entry", "clients are cut off"
    elif not state.open:
        icon, words = "warning", "some nodes are still in maintenance"
    elif state.active is None:
        icon, words = "red_circle", "open, but it finds no active node"
    else:
        icon, words = "large_green_circle", f"open, sends clients to {code(state.active)}"
    return f":{'question' if stale else icon}: Balancer: {words}"


def _newest_backup(view: ClusterView, now: Moment) -> str:
    if view.backups is None:
        return ":question: Backups: unknown"
    newest = next((backup for backup in view.backups if backup.kind == "backup"), None)
    if newest is None:
        return ":red_circle: Backups: there is none, take one with `/vault backup`"
    age = now - newest.taken_at
    old = age.total_seconds() > _OLD_BACKUP_HOURS * 3_600
    icon, more = ("red_circle", ", which is too old") if old else ("large_green_circle", "")
    if view.is_stale(now):
        icon = "question"
    return f":{icon}: Newest backup: {code(newest.name)}, {in_words(age)} old{more}"
