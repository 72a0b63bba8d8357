"""What people still have to do after a run, by how it ended."""

from jobs.runs.state import Ended, Run
from playbooks.core.danger import Danger


def left_to_do(run: Run) -> tuple[str, ...]:
    """List sentences that somebody has to act on; never empty."""
    match run.stage:
        case Ended(outcome="done"):
            return _after_done(run)
        case Ended(outcome="undone"):
            return (
                "What could be taken back is taken back; check `/vault status`",
                "The reason this run was asked for is still there: ask again, or decide otherwise",
            )
        case Ended(outcome="left"):
            return _after_left(run)
        case Ended(outcome="cancelled" | "denied" | "expired"):
            return ("Nothing was changed; ask again if it is still needed",)
        case _:
            return ("The run has not ended: decide on its card",)


def _after_done(run: Run) -> tuple[str, ...]:
    if run.planned.danger is not Danger.DESTROYS:
        return ("Nothing",)
    return (
        "Tell the owners of the data what was lost or came back, so that they repair it:",
        *(tell for tell in run.planned.tells if _is_work(tell)),
        *_ways_back(run),
        "Take a fresh backup with `/vault backup`, so that the next loss is small",
    )


def _is_work(tell: str) -> bool:
    """Losses and what comes back to life outlive the run; the rest was for approvers alone."""
    return tell.startswith(("Lost:", "Comes back", "Thrown away"))


def _after_left(run: Run) -> tuple[str, ...]:
    begun = [step.says for step in run.steps if step.acts and step.status != "undone"]
    open_ = [step.says for step in run.steps if step.status != "done"]
    return (
        *(f"This was done or begun, and stays: {says}" for says in begun),
        *(f"This was not done: {says}" for says in open_),
        *_ways_back(run),
        "Look at `/vault status`, and decide with the owner of the cluster how to go on",
    )


def _ways_back(run: Run) -> tuple[str, ...]:
    return tuple(
        f"{step.way_back} (“{step.says}”)"
        for step, state in zip(run.planned.steps, run.steps, strict=True)
        if step.way_back is not None and state.acts and state.status != "undone"
    )
