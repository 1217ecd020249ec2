"""What can be read: stored files, and what becomes of them."""

from __future__ import annotations

import functools
import sys
from ctypes import byref, c_uint64
from typing import Any, Callable, Optional

from ._aio import awaitable
from ._call import Owner, Path, bytes_of, path_text, whole
from ._library import lib
from ._pipe import Download, Pieces
from ._request import Request
from ._running import write_callback
from .policy import Security
from .progress import Reporter


class Readable(Owner):
    """Something with bytes that are downloaded."""

    _security: Optional[Security]
    # The functions of the library that read it.
    _download: Any
    _content: Any
    _stream: Any

    @property
    def security(self) -> Optional[Security]:
        """What goes with every call that does not bring its own."""
        return self._security

    def download(
        self,
        path: Path,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> int:
        """Downloads it to a file and returns how many bytes it has. What was there is replaced when all bytes
        have come, and not before.
        """
        length = c_uint64()
        with Request(security or self.security, deadline, progress) as request:
            arguments = self._handle, path_text("path", path), request.options, byref(length)
            request.call(self._download, *arguments)
        return length.value

    adownload = awaitable(download)

    def get_content(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> bytes:
        """Its bytes, at most 1 GiB."""
        with Request(security or self.security, deadline, progress) as request:
            return bytes_of(request.owned(lib.ferry_bytes_free, self._content, self._handle, request.options))

    aget_content = awaitable(get_content)

    def stream(
        self,
        write: Callable[[bytes], object],
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> int:
        """Downloads it piece by piece: write is called with each, e.g. `file.write`. Returns how many bytes
        there were. No byte is handed over twice: after a cut only the rest is asked for, and only of what
        has a strong ETag. What write raises interrupts the call and is raised by it; if it returns False, the
        call raises Cancelled.
        """
        length = c_uint64()
        with Request(security or self.security, deadline, progress) as request:
            arguments = self._handle, write_callback(request, write), None, request.options, byref(length)
            request.call(self._stream, *arguments)
        return length.value

    def open(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Download:
        """Its bytes as a binary file object, which are received by a thread while they are read; what is not
        read yet is bounded. It cannot seek. close(), or the end of a `with`, interrupts the download, and
        close() in another thread a call that reads, which then raises Cancelled. The end of the program
        closes it. Errors are raised by the call that reads; progress runs in the thread that receives.

        >>> with link.open() as file:
        ...     head = file.read(16)
        """
        return Download(self._begin(security, deadline, progress))

    def iter_content(
        self,
        chunk_size: int = 65536,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Pieces:
        """Its bytes, so many at a time, as open() receives them. The download ends with the iterator, which
        has close() too.
        """
        if chunk_size is not None:
            chunk_size = whole("chunk_size", chunk_size, 1, sys.maxsize)
        return Pieces(self._begin(security, deadline, progress), chunk_size)

    def _begin(
        self, security: Optional[Security], deadline: Optional[float], progress: Reporter
    ) -> Callable[[Callable[[bytes], object]], int]:
        return functools.partial(self.stream, security=security, deadline=deadline, progress=progress)
