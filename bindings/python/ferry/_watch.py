"""Looks, in an event loop, whenever a descriptor can be read."""

from __future__ import annotations

import asyncio
import contextlib
import select
import threading
from typing import Callable, Iterator


@contextlib.contextmanager
def watched(loop: asyncio.AbstractEventLoop, descriptor: int, look: Callable[[], None]) -> Iterator[None]:
    """Calls `look` in the loop meanwhile. When this ends the descriptor is readable, or about to be."""
    try:
        loop.add_reader(descriptor, look)
    except NotImplementedError:  # the loop that Windows has as a rule
        watch = _thread(loop, descriptor, look)
    else:
        watch = _reader(loop, descriptor)
    with watch:
        yield


@contextlib.contextmanager
def _reader(loop: asyncio.AbstractEventLoop, descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


@contextlib.contextmanager
def _thread(loop: asyncio.AbstractEventLoop, descriptor: int, look: Callable[[], None]) -> Iterator[None]:
    goes_on, has_looked = True, threading.Event()

    def look_once() -> None:
        try:
            look()
        finally:
            has_looked.set()

    def wait() -> None:
        while goes_on:
            has_looked.clear()
            select.select([descriptor], [], [])
            if not goes_on:
                return
            try:
                loop.call_soon_threadsafe(look_once)
            except RuntimeError:  # the loop is closed
                return
            has_looked.wait()

    thread = threading.Thread(target=wait, name="ferry", daemon=True)
    thread.start()
    try:
        yield
    finally:
        goes_on = False
        has_looked.set()
        thread.join()
