"""Follows a printed page as people would: its blocks, in order, each in the right shell."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from tests.runbooks.terminals import Terminal

_SECTION: Final = re.compile(r"^## (.*?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_BLOCK: Final = re.compile(r"^```(sh|custodian).*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)

_NONCE: Final = re.compile(r"Rotation ([0-9a-f-]{36}), begun")


@dataclass(frozen=True)
class Section:
    """A step, or what stands before and after the steps."""

    title: str
    text: str
    blocks: tuple[tuple[str, str], ...]  # Whose, and the commands.


def sections(page: str) -> Iterator[Section]:
    for title, text in _SECTION.findall(page):
        blocks = tuple((whose, commands.rstrip("\n")) for whose, commands in _BLOCK.findall(text))
        yield Section(title, text, blocks)


def follow(
    page: str, person: Terminal, custodians: list[Terminal], *, leaving_out: tuple[str, ...] = ()
) -> str:
    """Follow every step but those named, which the page says are for other cases. What was said."""
    with ExitStack() as stack:
        for terminal in (person, *custodians):
            stack.enter_context(terminal)
        pool = stack.enter_context(ThreadPoolExecutor(max(len(custodians), 1)))
        for number, section in enumerate(sections(page)):
            if any(name in section.title for name in leaving_out):
                assert "\nOnly " in section.text, f"{section.title} is for every case"
                continue
            if number == 0:
                addresses = section.blocks[0][1]
                for custodian in custodians:
                    custodian.paste(addresses)
            _take(section, person, custodians, pool)
    return person.said.decode(errors="replace")


def _take(
    section: Section, person: Terminal, custodians: list[Terminal], pool: ThreadPoolExecutor
) -> None:
    """The custodians come while whoever follows the page waits for them."""
    coming: list[Future[str]] = []
    for whose, commands in section.blocks:
        if whose == "custodian":
            told = _as_told(commands, person)
            coming += [pool.submit(each.paste, told) for each in custodians]
        else:
            person.paste(commands)
    for each in coming:
        each.result()


def _as_told(commands: str, person: Terminal) -> str:
    """Whoever follows the page reads the custodians a nonce, which they write in its place."""
    nonces = _NONCE.findall(person.said.decode(errors="replace"))
    return commands.replace("NONCE", nonces[-1]) if nonces else commands
