"""A download as a file object: what a thread receives, another one reads."""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import sys
import threading
import time
import weakref
from collections import deque
from typing import Any, Callable, Deque, Iterator, List, Optional

from ._closing import Closing
from ._running import LONGEST, end_other_threads, interrupted_by, leave_if_ending
from .errors import Cancelled

# Pieces that are received before they are read; one has at most some hundred KiB.
MOST = 16


class Pipe:
    """Pieces that one thread gives and another one takes."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._changed = threading.Condition()
        self._pieces: Deque[bytes] = deque()
        self._is_over = False
        self._error: Optional[BaseException] = None

    def give(self, piece: bytes) -> bool:
        """Waits for room; False if nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self.stop.is_set() or len(self._pieces) < MOST)
            self._pieces.append(piece)
            self._changed.notify_all()
            return not self.stop.is_set()

    def take(self) -> bytes:
        """The next piece; empty at the end. Raises what has ended the download before, and Cancelled once the
        pipe is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_over or self.stop.is_set())
            if self.stop.is_set():
                leave_if_ending()
                raise Cancelled("the download was closed while it was read", step="download", retryable=True)
            if self._pieces:
                self._changed.notify_all()
                return self._pieces.popleft()
        if self._error is not None:
            raise self._error
        return b""

    def fill(self, stream: Callable[[Callable[[bytes], object]], Any]) -> None:
        """Runs the download."""
        error: Optional[BaseException] = None
        try:
            with interrupted_by(self.stop):
                stream(self.give)
        except BaseException as raised:
            error = raised
        with self._changed:
            self._is_over, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self.stop.set()
            self._changed.notify_all()


Stream = Callable[[Callable[[bytes], object]], Any]


class Download(io.BufferedReader):
    """A binary file object of what `stream` hands to its callable, in a thread of its own."""

    def __init__(self, stream: Stream) -> None:
        self._received = Received(stream)
        super().__init__(self._received)
        _open.add(self)

    def close(self) -> None:
        """Interrupts the download if it is not over, and a call that reads it, which then raises
        Cancelled. From any thread.
        """
        self._received.interrupt()  # a call that waits for bytes has the lock that closing takes
        super().close()


_open: weakref.WeakSet[Download] = weakref.WeakSet()


def _all_open() -> List[Download]:
    while True:
        with contextlib.suppress(RuntimeError):  # another thread has opened one meanwhile
            return list(_open)


def _close_all() -> None:
    """At the end of the program: its threads must not end inside a call of the library, and none may keep the
    lock of a file object.
    """
    end_other_threads()
    end = time.monotonic() + LONGEST
    files = _all_open()
    for file in files:
        file._received.interrupt()
    for file in files:
        if not file._received.ends_until(end):
            continue  # code of its caller does not return
        with contextlib.suppress(ValueError):  # what it reads was detached from it
            file.close()
        file._received.close()


atexit.register(_close_all)
if sys.platform != "win32":
    # A forked process has no thread but its own.
    os.register_at_fork(after_in_child=lambda: _open.clear())


class Received(io.RawIOBase):
    """The same without a buffer."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._rest = memoryview(b"")
        self._pipe = Pipe()
        # It does not refer to this object, which so is closed with its last reference.
        self._thread = threading.Thread(target=self._pipe.fill, args=(stream,), name="ferry", daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if not self._rest:
            self._rest = memoryview(self._pipe.take())
        whole = memoryview(buffer).cast("B")
        count = min(len(whole), len(self._rest))
        whole[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def interrupt(self) -> None:
        self._pipe.close()

    def ends_until(self, end: float) -> bool:
        """Waits for the thread; whether it ends by then, in seconds of the monotonic clock."""
        self._thread.join(max(0.0, end - time.monotonic()))
        return not self._thread.is_alive()

    def close(self) -> None:
        if not self.closed:
            self._pipe.close()
            self._thread.join()
        super().close()


class Pieces(Closing, Iterator[bytes]):
    """What a download receives, so many bytes at a time. The download ends with it."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._size = size
        self._file = Download(stream)

    def __next__(self) -> bytes:
        if self._file.closed:
            raise StopIteration
        try:
            piece = self._file.read(self._size)
        except BaseException:
            self.close()
            raise
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """As of the file object."""
        self._file.close()
