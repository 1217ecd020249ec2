"""Calls for asyncio: those without a form of their own run in a worker thread, and are interrupted when their
task is cancelled.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Callable, Coroutine, Dict, Optional, Tuple, TypeVar

from ._running import interrupted_by

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")

# Calls of a kind that run at once; those that are made beyond wait.
MOST = 64

_turns: Dict[Tuple[asyncio.AbstractEventLoop, str], asyncio.Semaphore] = {}


def turn(kind: str) -> asyncio.Semaphore:
    """Lets as many calls of a kind run at once beside the running loop: each has connections and descriptors,
    or a thread.
    """
    key = asyncio.get_running_loop(), kind
    if key not in _turns:
        for closed in [it for it in list(_turns) if it[0].is_closed()]:
            _turns.pop(closed, None)
        _turns[key] = asyncio.Semaphore(MOST)
    return _turns[key]


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

    async with turn("call"):
        call: Future[T] = Future()
        # The end of the program interrupts the calls of daemon threads, and waits for other threads.
        threading.Thread(target=_settle, args=(call, work), name="ferry call", daemon=True).start()
        end, cancelled = asyncio.wrap_future(call), None
        try:
            while not end.done():
                try:
                    await asyncio.wait([end])
                except asyncio.CancelledError as error:
                    cancelled = error
                    stop.set()
            if cancelled is not None:
                end.exception()  # that it was interrupted; asyncio reports what nobody has looked at
                raise cancelled
            return end.result()
        finally:
            stop.set()  # also where this ends because the loop is closed
            del call, end, cancelled  # the traceback of what is raised has this frame


def _settle(call: Future[T], function: Callable[[], T]) -> None:
    try:
        result = function()
    except BaseException as error:
        call.set_exception(error)
        del call  # whose exception has this frame
    else:
        call.set_result(result)


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
