"""What a storm came to."""

from collections import Counter
from dataclasses import dataclass

from tests.chaos.storm.lateness import Shown
from tests.chaos.storm.reckoning import Steps, Threads


@dataclass(frozen=True)
class Figures:
    """`shown` begins with the one that came closest to being late."""

    runs: int
    left_behind: int
    lost: int
    steps: Steps
    threads: Threads
    shown: list[Shown]
    typed: Counter[str]
    faults: Counter[str]

    def __str__(self) -> str:
        closest = f"; closest: {self.shown[0]}" if self.shown else ""
        left = f"{self.left_behind} left behind with Valkey's disk and asked for again"
        repeated = f"{self.steps.repeated} repeated and all announced"
        threads = f"{self.threads.posts} posts in their threads, {self.threads.most} at most in one"
        shown = f"{len(self.shown)} waiting approvals and failures shown within 5 + n s"
        lines = (
            f"{self.runs} runs under Slack's faults, each carried out once; {left}",
            f"commands: {_told(self.typed)}; {self.lost} requests lost with Valkey's disk",
            f"{self.steps.effects} effects of which {repeated}",
            f"one card a run, {threads}, none twice, none left out, {self.threads.missing} to come",
            f"{shown} of Slack taking posts{closest}",
            f"{self.faults.total()} faults: {_told(self.faults)}",
        )
        return "\n  ".join(lines)


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counted.items()))
