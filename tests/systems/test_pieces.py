"""Streams cross between threads and the event loop whole, in order, and never far ahead."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from playbooks.core.trouble import Trouble
from playbooks.systems.pieces import InThread, from_thread
from tests.contracts.sites import eventually, pieces


async def test_pieces_come_out_of_a_thread_in_order() -> None:
    taken = [piece async for piece in from_thread(lambda: iter([b"a", b"b", b"c"]))]
    assert taken == [b"a", b"b", b"c"]


async def test_a_thread_reads_only_a_few_pieces_ahead() -> None:
    read: list[int] = []

    def _source() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x"

    async with aclosing(from_thread(_source)) as stream:
        async for _ in stream:
            await asyncio.sleep(0.05)
            break
        assert len(read) < 10


async def test_leaving_early_closes_the_source() -> None:
    closed: list[bool] = []

    def _source() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    async with aclosing(from_thread(_source)) as stream:
        async for _ in stream:
            break

    async def _is_closed() -> bool:
        return closed == [True]

    await eventually(_is_closed)


async def test_an_error_in_the_thread_rises_after_the_pieces_before_it() -> None:
    def _source() -> Iterator[bytes]:
        yield b"a"
        raise Trouble("The line broke", left="nothing", do="try again")

    stream = from_thread(_source)
    assert await anext(stream) == b"a"
    with pytest.raises(Trouble, match="The line broke"):
        await anext(stream)


async def test_a_thread_takes_the_pieces_of_the_loop() -> None:
    source = InThread(pieces(b"a", b"b"))
    assert await asyncio.to_thread(lambda: list(source)) == [b"a", b"b"]


async def test_an_error_of_the_loop_rises_in_the_thread() -> None:
    async def _breaks() -> AsyncIterator[bytes]:
        yield b"a"
        raise Trouble("The object is cut off", left="nothing", do="try again")

    source = InThread(_breaks())
    with pytest.raises(Trouble, match="The object is cut off"):
        await asyncio.to_thread(lambda: list(source))


async def test_a_thread_that_nobody_waits_for_stops() -> None:
    async def _endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"

    source = InThread(_endless())

    def _take() -> None:
        for taken, _ in enumerate(source):
            if taken == 3:
                source.stopped.set()

    with pytest.raises(ConnectionAbortedError):
        await asyncio.to_thread(_take)
