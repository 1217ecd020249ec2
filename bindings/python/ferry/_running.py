"""One blocking call that reports progress: its callbacks, what they raise, and signals meanwhile."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import inspect
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Type, TypeVar

from . import _abi
from ._call import Handle, check
from .errors import Cancelled, FerryError, InvalidArgument
from .progress import Bar, Progress, Reporter

Self = TypeVar("Self", bound="Running")

# `running` is the call that runs on the thread: an event callback is a client's, what it raises a call's.
_thread = threading.local()


def of_this_thread() -> Optional[Running]:
    """The call that runs on this thread."""
    running: Optional[Running] = getattr(_thread, "running", None)
    return running


# The longest time for which the end of the program waits for calls of other threads. They end within a second
# unless code of their callers does not.
LONGEST = 5.0

_under_way: Dict[Running, threading.Thread] = {}
_last: Optional[threading.Thread] = None


def end_other_threads() -> None:
    """The program ends: from now on calls of other threads are interrupted, and raise SystemExit, which ends
    a thread without a word.
    """
    global _last
    _last = threading.current_thread()


def leave_if_ending() -> None:
    """Raises SystemExit in the other threads of a program that ends."""
    if _last is not None and threading.current_thread() is not _last:
        raise SystemExit


def _end_calls() -> None:
    """Waits for the calls of daemon threads. Python ends such a thread where it next asks for the
    interpreter; inside a callback of the library that aborts the process.
    """
    end_other_threads()
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and any(it.is_alive() for it in list(_under_way.values())):
        time.sleep(0.01)


atexit.register(_end_calls)


@contextlib.contextmanager
def interrupted_by(stop: threading.Event) -> Iterator[None]:
    """Calls of this thread are interrupted when another one sets `stop`."""
    outer = getattr(_thread, "stop", None)
    _thread.stop = stop
    try:
        yield
    finally:
        _thread.stop = outer


def pause(seconds: float) -> None:
    """Waits so long, or until calls of this thread are to be interrupted."""
    stop: Optional[threading.Event] = getattr(_thread, "stop", None)
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)


class Running:
    """Around a call of the library: `with Running(progress) as running: running.call(function, …)`.

    What a callback raises is kept, interrupts the call, and is raised by call(). A callback that returns
    False interrupts the call too, which then raises Cancelled.

    The library calls the progress callback at least twice a second, also while it waits. Python runs its
    signal handlers when a callback begins, where ctypes would print and drop an exception. So the handlers
    are wrapped while the main thread makes a call, and what they raise is kept in the same way: Ctrl-C ends
    every call.
    """

    def __init__(self, progress: Reporter = None) -> None:
        self._bar = Bar() if progress is True else None
        self._report: Optional[Callable[[Progress], object]] = self._bar or (
            progress if callable(progress) else None
        )
        if progress and self._report is None:
            raise TypeError("progress must be a callable, True or None")
        if self._report is not None:
            plain_callable("progress", self._report)
        self._raised: Optional[BaseException] = None
        self._stop: Optional[threading.Event] = getattr(_thread, "stop", None)
        self._in_user_code = False
        self._is_deaf = False
        self._handlers: Dict[int, Any] = {}
        self.on_progress: Any = None
        self.answered: Tuple[int, bytes] = 0, b""
        """HTTP status and URL of the last attempt; the client's event callback tells them."""

    def call(self, function: Any, *arguments: Any, always: bool = False) -> None:
        """Calls a function whose last argument is `ferry_error **`; not once a callback has raised, unless
        `always`.
        """
        try:
            with self._on_this_thread():
                if always or self._raised is None:
                    check(function, *arguments)
        except FerryError:
            if self._raised is None:
                raise
        if self._raised is not None:
            raise self._raised

    def polled(self, function: Any, *arguments: Any) -> int:
        """Calls a function that returns at once and may run a callback. What that raises is kept."""
        with self._on_this_thread():
            self._hear_signals()
            status: int = function(*arguments)
            return status

    @contextlib.contextmanager
    def _on_this_thread(self) -> Iterator[None]:
        outer = of_this_thread()
        try:
            _thread.running = self
            _under_way[self] = threading.current_thread()
            leave_if_ending()  # from here on the end of the program waits for this call
            yield
        finally:
            _under_way.pop(self, None)
            _thread.running = outer
            self._restore_handlers()

    def owned(self, free: Any, function: Any, *arguments: Any) -> Handle:
        """Calls a function whose last arguments are `T **out, ferry_error **err`."""
        handle = Handle(free)
        self.call(function, *arguments, handle.out)
        return handle

    def progressed(self, report: Any, _user_data: Any = None) -> int:
        """The ferry_progress_fn."""
        goes_on = self.guarded(self._tell, report.contents)
        return 1 if not goes_on or (self._stop is not None and self._stop.is_set()) else 0

    def _tell(self, report: _abi.ferry_progress) -> object:
        if self._report is None:
            return None
        return self._report(
            Progress(
                report.bytes_done,
                report.bytes_total,
                report.parts_done,
                report.parts_total,
                report.retries,
                report.bytes_per_second,
                report.seconds_left if report.seconds_left >= 0 else None,
                report.files_done,
                report.files_total,
            )
        )

    def guarded(self, function: Callable[..., object], *arguments: Any) -> bool:
        """Runs code of the caller inside a callback; False if the call is to be interrupted."""
        answer: object = None
        try:
            leave_if_ending()
            if self._raised is None:
                self._in_user_code = True
                answer = function(*arguments)
        except BaseException as error:
            self.keep(error)
        finally:
            self._in_user_code = False
        return self._raised is None and answer is not False

    def told(self, tell: Callable[[], object]) -> None:
        """Runs an event callback of the caller, also when the call is to be interrupted, but not once it has
        raised.
        """
        if self._is_deaf:
            return
        try:
            self._in_user_code = True
            tell()
        except BaseException as error:
            self._is_deaf = True
            self.keep(error)
        finally:
            self._in_user_code = False

    def keep(self, error: BaseException) -> None:
        """What the call raises at its end, unless something else came first."""
        if self._raised is None:
            self._raised = error

    def __enter__(self: Self) -> Self:
        self.on_progress = _abi.ferry_progress_fn(self.progressed)
        try:
            self._hear_signals()
        except BaseException:
            self._restore_handlers()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._restore_handlers()
        # The callback refers to this object: without a cycle, all of it goes with the last reference.
        self.on_progress = None
        self.close()

    def close(self) -> None:
        """Ends what shows the progress."""
        if self._bar is not None:
            self._bar.close()

    def _on_signal(self, number: int, frame: Optional[FrameType]) -> None:
        try:
            self._handlers[number](number, frame)
        except BaseException as error:
            self.keep(error)
            if self._in_user_code:
                raise

    def _hear_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                try:
                    signal.signal(number, self._on_signal)
                except ValueError:  # a subinterpreter, which runs no handlers
                    self._handlers.clear()
                    return

    def _restore_handlers(self) -> None:
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, handler)


def plain_callable(name: str, function: Callable[..., object]) -> None:
    """Refuses what cannot be called, and a coroutine function: what it gives when it is called would never
    run.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a callable, not {type(function).__name__}")
    call = getattr(type(function), "__call__", None)
    if any(inspect.iscoroutinefunction(it) or inspect.isasyncgenfunction(it) for it in (function, call)):
        raise TypeError(
            f"{name} is a coroutine function (async def), which nothing here awaits: give a plain function"
        )


def read_callback(guarded: Callable[..., bool], file: Any) -> Any:
    """A ferry_read_fn that takes the bytes of a binary file object; guarded() is that of the running call."""
    readinto = getattr(file, "readinto", None)

    def fill(buffer: int, capacity: int, count: ctypes.c_int64) -> None:
        with memoryview((ctypes.c_char * capacity).from_address(buffer)) as whole, whole.cast("B") as view:
            if readinto is not None:
                read = readinto(view)
            else:
                data = file.read(capacity)
                if not isinstance(data, (bytes, bytearray, memoryview)):
                    raise TypeError("read() of the file object gave no bytes: open the file in binary mode")
                read = len(data)
                view[:read] = data[:capacity]
        if read is None:
            raise BlockingIOError("the file object is non-blocking and has no data yet")
        if read > capacity:
            raise InvalidArgument(f"the file object gave {read} bytes where {capacity} were asked for")
        count.value = read

    def read(buffer: int, capacity: int, _user_data: Any) -> int:
        count = ctypes.c_int64()
        goes_on = guarded(fill, buffer, capacity, count)
        # Bytes that were read are not lost: the next callback ends the call.
        return count.value if goes_on or count.value > 0 else -1

    return _abi.ferry_read_fn(read)


def write_callback(running: Running, write: Callable[[bytes], object]) -> Any:
    """A ferry_write_fn that hands each piece to a callable; the running call must outlive it."""
    plain_callable("write", write)

    def give(data: int, length: int, _user_data: Any) -> int:
        if running.guarded(lambda: write(ctypes.string_at(data, length))):
            return 0
        stopped = "the download was interrupted by its callable"
        running.keep(Cancelled(stopped, step="download", retryable=True))
        return 1

    return _abi.ferry_write_fn(give)
