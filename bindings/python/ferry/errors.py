"""What goes wrong, as a tree of exceptions under FerryError."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any, Dict, Optional, Tuple, Type

from . import _abi
from .response import Response


class FerryError(Exception):
    """The base of all errors of Ferry. Its text says what was done, to what, what came back and what to do;
    it never holds a secret.

    status: the number of the outcome, as in ferry.h.
    http_status: the HTTP status of the service's answer; 0 if there was none.
    body: the first 16 KiB of the answer's body, secrets replaced; "" if there was none.
    step: the step that failed. Of an upload to Filestack: "start", "upload", "put", "commit", "complete"; to
        Telestream: "session", "part", "range", "status", "abort". Of other calls a word for what was asked,
        such as "download"; "" if nothing had begun.
    retryable: whether the same call can succeed later without a change.
    """

    status = 0

    def __init__(
        self,
        message: str = "",
        *,
        http_status: int = 0,
        body: str = "",
        step: str = "",
        retryable: bool = False,
        status: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.body = body
        self.step = step
        self.retryable = retryable
        if status is not None:
            self.status = status

    @property
    def response(self) -> Optional[Response]:
        """The service's answer; None if there was none."""
        return Response(self.http_status, self.body.encode()) if self.http_status else None


class InvalidArgument(FerryError, ValueError):
    """An argument cannot be used; the message names it. Nothing was sent."""

    status = _abi.FERRY_INVALID_ARGUMENT


class InvalidState(FerryError):
    """The object is not in a state for this call, e.g. it is closed, cancelled or running already."""

    status = _abi.FERRY_INVALID_STATE


def of_number(number: int) -> Tuple[Optional[int], Optional[str]]:
    """errno and strerror for the number that the library tells: on Windows it is one of GetLastError."""
    if number == 0:
        return None, None
    if sys.platform != "win32":
        return number, os.strerror(number)
    told = OSError(0, ctypes.FormatError(number).strip(), None, number)
    is_directory = number == 336  # ERROR_DIRECTORY_NOT_SUPPORTED, which Python does not know
    return errno.EISDIR if is_directory else told.errno, told.strerror


class OfSystem:
    """What the system may have said, of an OSError."""

    args: Tuple[Any, ...]
    errno: Optional[int]
    strerror: Optional[str]
    filename: Any

    def of_system(self, number: Optional[int], words: Optional[str], filename: Any) -> None:
        """Sets what an OSError has."""
        self.errno, self.strerror, self.filename = number, words, filename

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> Any:
        of_system = {"errno": self.errno, "strerror": self.strerror, "filename": self.filename}
        return type(self), self.args, {**vars(self), **of_system}


class IOFailure(OfSystem, FerryError, OSError):
    """A local file cannot be read or written. If it is not there it is a FileNotFoundError too, if it may not
    be read or written a PermissionError, if it is a folder an IsADirectoryError.

    errno, strerror: as of any OSError; None where it was not the system that refused.
    filename: the path as it was given; None where it was part of other options.
    """

    status = _abi.FERRY_IO


class PathNotFound(IOFailure, FileNotFoundError):
    """A local file or folder is not there."""


class PathDenied(IOFailure, PermissionError):
    """A local file or folder may not be read or written."""


class PathIsDirectory(IOFailure, IsADirectoryError):
    """A local file is needed, and this is a folder."""


class PathNotDirectory(IOFailure, NotADirectoryError):
    """A local folder is needed, and this is none."""


class NetworkError(OfSystem, FerryError, ConnectionError):
    """The connection failed or was cut.

    errno, strerror: as of any OSError; None where it was not the system that said so.
    """

    status = _abi.FERRY_NETWORK


class Timeout(FerryError, TimeoutError):
    """A timeout or the deadline has passed."""

    status = _abi.FERRY_TIMEOUT


class HTTPError(FerryError):
    """The service refused: see http_status and body."""

    status = _abi.FERRY_HTTP


class ProtocolError(FerryError):
    """The service's answer was not understood."""

    status = _abi.FERRY_PROTOCOL


class IntegrityError(FerryError):
    """What was stored is not what was sent."""

    status = _abi.FERRY_INTEGRITY


class FileChanged(FerryError):
    """The file changed while it was uploaded, or the stored one while it was downloaded."""

    status = _abi.FERRY_FILE_CHANGED


class Cancelled(FerryError):
    """The call was interrupted, and `retryable` says that it can go on; or it was cancelled for good."""

    status = _abi.FERRY_CANCELLED


class Paused(FerryError):
    """The upload was paused: run() goes on."""

    status = _abi.FERRY_PAUSED


class NotReady(FerryError):
    """There is no result yet; or, of an upload that goes on after a crash, it may be stored already and the
    service cannot tell: look there, or give restart=True.
    """

    status = _abi.FERRY_NOT_READY


class SignatureMismatch(FerryError):
    """The signature is not that of the message: do not trust it."""

    status = _abi.FERRY_SIGNATURE_MISMATCH


class SignatureExpired(FerryError):
    """The signature is right but too old: do not act on the message."""

    status = _abi.FERRY_SIGNATURE_EXPIRED


class OutOfMemory(FerryError, MemoryError):
    """Memory or threads have run out."""

    status = _abi.FERRY_OUT_OF_MEMORY


class InternalError(FerryError):
    """A bug in the library: report it with the message."""

    status = _abi.FERRY_INTERNAL


# The vendors' names for what their SDKs raise.
FilestackHTTPError = HTTPError
Response._refusal = HTTPError
Response._malformed = ProtocolError
TelestreamCloudException = FerryError

BY_ERRNO: Dict[Optional[int], Type[IOFailure]] = {
    errno.ENOENT: PathNotFound,
    errno.EACCES: PathDenied,
    errno.EPERM: PathDenied,
    errno.EISDIR: PathIsDirectory,
    errno.ENOTDIR: PathNotDirectory,
}
BY_STATUS: Dict[int, Type[FerryError]] = {kind.status: kind for kind in FerryError.__subclasses__()}
