"""People at terminals, and a worker who checks what they sign.

`python -m tests.bot.sitting FOLDER WORDS` sits at a real one; the folder holds the keys, and
`urls.json` with Redis's addresses.
"""

import asyncio
import io
import json
import signal
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.terminal.console import Console, Size, Until
from bot.terminal.main import main
from deploy.slack import Signing, console_of
from jobs.records.prover import Prover
from jobs.records.signers import read_allowed_signers
from jobs.runs.decisions import decide
from jobs.runs.lifecycle import replay
from jobs.runs.state import Run
from tests.bot.installation import given
from tests.bot.scribe import Scribe
from tests.jobs.bench import PEOPLE, Place, now
from tests.ssh import SshKey, make_ssh_key

LOGIN: Final = "alice-unix"  # Alice's, of tests/jobs/bench.py.


@dataclass
class Seat:
    """One terminal. Each command has a seed of its own."""

    place: Place
    login: str = LOGIN
    live: bool = False
    size: Size = field(default_factory=Size)
    count: int = 0

    async def say(
        self, words: str, typed: str = "", *, until: Until = "people are needed"
    ) -> tuple[int, str]:
        """Type one line, and what is pasted after it; the exit code and what was shown."""
        self.count += 1
        console = Console(
            login=self.login,
            seed=f"{self.login} {self.count}",
            typed=io.StringIO(typed),
            asks=False,
            live=self.live,
            size=lambda: self.size,
            until=until,
        )
        out = io.StringIO()
        with redirect_stdout(out):
            code = await main(words, given(self.place, "terminal"), console)
        return code, out.getvalue()


@dataclass
class Keys:
    """The SSH keys of Bob and Carol, and a stranger's."""

    place: Place
    made: dict[str, SshKey] = field(default_factory=dict)

    def of(self, person: str) -> SshKey:
        if person not in self.made:
            self.made[person] = make_ssh_key(self.place.folder, person)
        return self.made[person]

    async def answer(self, scribe: Scribe, run: str) -> None:
        """Check and answer every press that has no answer yet, as a worker does."""
        allowed = "".join(self.of(name).allowed for name in ("bob", "carol"))
        prover = Prover(read_allowed_signers(allowed, "a test"), {}, self.place.objects())
        for press in await scribe.presses(run):
            state = replay((await self.place.history(run)).events)
            assert isinstance(state, Run)
            if press.id not in state.answered:
                proof = await prover.prove(state, press, PEOPLE, now())
                await scribe.write(run, decide(state, press, PEOPLE, now(), proof))


def sit(folder: Path, words: str) -> int:
    """Sit at the terminal that this process was given."""
    place = Place(folder, json.loads((folder / "urls.json").read_text(encoding="utf-8")))
    console = console_of(LOGIN, Signing())
    return asyncio.run(main(words, given(place, "terminal"), console))


if __name__ == "__main__":
    # Whatever started the tests may ignore Ctrl-C, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(sit(Path(sys.argv[1]), sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(130)
