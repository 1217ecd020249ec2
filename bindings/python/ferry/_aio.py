"""Calls for asyncio: those without a form of their own run in a worker thread, and are interrupted when their
task is cancelled.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable, Coroutine, Dict, Optional, Tuple, TypeVar

from ._running import interrupted_by

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")

# Calls that run at once; those that are made beyond wait. A thread is made only when it is needed.
MOST = 64

_workers: Optional[Tuple[int, ThreadPoolExecutor]] = None


def _executor() -> ThreadPoolExecutor:
    """Of this process: threads do not go through a fork."""
    global _workers
    if _workers is None or _workers[0] != os.getpid():
        _workers = os.getpid(), ThreadPoolExecutor(MOST, thread_name_prefix="ferry")
    return _workers[1]


_turns: Dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def turn() -> asyncio.Semaphore:
    """Lets as many uploads run at once beside the running loop: each has connections and descriptors."""
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        for closed in [it for it in list(_turns) if it.is_closed()]:
            _turns.pop(closed, None)
        _turns[loop] = asyncio.Semaphore(MOST)
    return _turns[loop]


async def in_thread(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Runs a call in a worker thread, with the context variables of the task. When the task is cancelled it
    interrupts the call, and lets the task end when the call has ended, within a second.
    """
    stop = threading.Event()
    context = contextvars.copy_context()

    def work() -> T:
        try:
            with interrupted_by(stop):
                return context.run(function, *arguments, **named)
        except StopIteration as error:  # which no future can hold (PEP 479)
            raise RuntimeError("a callable raised StopIteration") from error

    call = _executor().submit(work)
    try:
        return await asyncio.wrap_future(call)
    except asyncio.CancelledError:
        stop.set()
        end = asyncio.wrap_future(call)
        await asyncio.wait([end])
        if not end.cancelled():
            end.exception()  # that it was interrupted; asyncio reports what nobody has looked at
        raise


def awaitable(method: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same method for asyncio."""

    @functools.wraps(method)
    async def call(*arguments: P.args, **named: P.kwargs) -> T:
        return await in_thread(method, *arguments, **named)

    call.__doc__ = (
        f"As {method.__name__}(), for asyncio. Its callables run in the worker thread that makes the call. "
        "Cancelling the task interrupts the call."
    )
    return call


def called_as(
    method: Callable[P, T],
) -> Callable[[Callable[..., Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """For the coroutine function that does beside the event loop what the method does: it takes the same
    arguments.
    """

    def counterpart(function: Callable[..., Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(method)
        async def call(*arguments: P.args, **named: P.kwargs) -> T:
            return await function(*arguments, **named)

        call.__name__, call.__qualname__ = function.__name__, function.__qualname__
        call.__doc__ = function.__doc__
        return call

    return counterpart
