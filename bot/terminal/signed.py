"""Where the signatures of a press come from: files, the signer on this machine, or a paste."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from bot.terminal.console import Console
from jobs.runs.proofs import BEGIN, END, is_code, signatures_in
from playbooks.core.trouble import Trouble

_LONGEST: Final = 8 * 1024  # Letters; a signature of a hardware key has less than a thousand.


def whole_signatures(text: str) -> tuple[str, ...]:
    """Find every armoured signature of a text. Raises Trouble where one lacks its end."""
    found = signatures_in(text)
    if text.count(BEGIN) > len(found):
        raise no_signature(f"it has no line `{END}`")
    return found


async def proofs(text: str, console: Console) -> AsyncIterator[str]:
    """Hand out signatures of a text, one after the other, as whoever sits here gives them."""
    if console.signatures:
        for signature in console.signatures:
            yield signature
        return
    if console.sign is not None:
        yield console.sign(text)
        return
    while True:
        if console.asks:
            print(f"Paste a signature, down to its line {END}.", flush=True)
            print("An empty line ends it.", flush=True)
        pasted = await _pasted(console)
        if pasted is None:
            return
        yield pasted


async def _pasted(console: Console) -> str | None:
    """Read one signature or code; None where there is none any more."""
    text = ""
    while len(text) < _LONGEST:
        line = await _line(console)
        if BEGIN not in text:
            if is_code(line.strip()):
                return line.strip()
            if not line or (console.asks and not line.strip()):
                return None
        elif not line:
            raise no_signature("it ends too early")
        text += line
        if END in line and BEGIN in text:
            return whole_signatures(text)[0]
    raise no_signature("it is far too long")


async def _line(console: Console) -> str:
    """Read one line; at a terminal Ctrl-C is heard meanwhile."""
    if console.asks:
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(console.typed, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(console.typed)
    # A pipe or a file is read to its end by nobody but this command, so it may as well wait.
    return console.typed.readline()


def no_signature(why: str) -> Trouble:
    return Trouble(
        f"This is no SSH signature: {why}",
        left="nothing was pressed with it",
        do=f"paste all of it, from {BEGIN} to {END}",
    )
