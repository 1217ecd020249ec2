"""Uploads to Telestream."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

from . import _abi
from ._call import (
    Handle,
    Path,
    data_of,
    init,
    json_text,
    milliseconds,
    number,
    optional_path,
    owned,
    owned_json,
    path_text,
    text,
)
from ._library import lib
from ._running import read_callback
from ._source import binary, is_file_object, name_of
from .errors import Cancelled, FerryError, InvalidState, Paused
from .models import Scope, Video
from .progress import Reporter
from .upload import FileUpload, Relay, UploadState, size_of


class UploadSession(FileUpload):
    """An upload of a video. Made by Factory.upload_session() and Factory.resume_upload()."""

    def __init__(
        self, handle: Handle, relay: Relay, progress: Reporter, scope: Scope, lent: Sequence[object] = ()
    ) -> None:
        super().__init__(handle, relay, progress)
        self._scope = scope
        self._lent = lent  # what the library borrows as long as the upload lives
        self.error_message: Optional[str] = None
        """Why the last run failed; None if it did not, or if you stopped it."""

    @property
    def status(self) -> str:
        """The state in the words of the vendor's SDK: "initialized", "uploading", "interrupted" (you stopped
        it: with a pause, an interrupt or Ctrl-C), "error" (it failed: see error_message), "uploaded",
        "aborted".
        """
        state = self.state
        if state is UploadState.PAUSED:
            return str(UploadState.INTERRUPTED)
        if state is UploadState.INTERRUPTED and self.error_message is not None:
            return str(UploadState.ERROR)
        return str(state)

    @property
    def video(self) -> Optional[Video]:
        """The Video; None before it is uploaded."""
        return self._made(self._handle) if self.state is UploadState.UPLOADED else None

    def start(self) -> Video:
        """Uploads, and returns the Video when the service has it. If all was sent before and the service only
        says so, the Video has no details: look for it in `videos`.
        """
        self._check_not_begun()
        with self._telling():
            upload = self._run()
        return self._made(upload)

    async def astart(self) -> Video:
        """As start(), for asyncio. Its callables run in the event loop. Cancelling the task interrupts the
        upload.
        """
        self._check_not_begun()
        with self._telling():
            upload = await self._arun()
        return self._made(upload)

    def resume(self) -> Video:
        """Goes on after a pause, an interrupt or a failure: what the service has is not sent again."""
        self._check_not_over()
        with self._telling():
            upload = self._run()
        return self._made(upload)

    async def aresume(self) -> Video:
        """As resume(), for asyncio, as astart()."""
        self._check_not_over()
        with self._telling():
            upload = await self._arun()
        return self._made(upload)

    def _check_not_begun(self) -> None:
        self._check_not_over()
        if self.state is not UploadState.INITIALIZED:
            raise InvalidState(f"the upload is {self.state} already: go on with resume()")

    def _check_not_over(self) -> None:
        self._check_not_uploaded()
        if self.state is UploadState.ABORTED:
            raise InvalidState(
                "the upload was aborted and cannot go on: make a new one with factory.upload_session()"
            )

    def _check_not_uploaded(self) -> None:
        if self.state is UploadState.UPLOADED:
            raise InvalidState("File already uploaded")

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Around a run: keeps what it failed with."""
        try:
            yield
        except InvalidState:  # says nothing of the run: it is under way in another thread, or was aborted
            raise
        except BaseException as error:
            is_failure = isinstance(error, FerryError) and not isinstance(error, (Cancelled, Paused))
            self.error_message = str(error) if is_failure else None
            raise
        self.error_message = None

    def _made(self, upload: Handle) -> Video:
        return Video(self._scope, owned_json(lib.ferry_upload_result, upload))

    def abort(self) -> None:
        """Ends the upload for good, at the service too."""
        self._check_not_uploaded()
        self.cancel()
        self.error_message = None


def prepare(
    scope: Scope,
    source: Any,
    params_json: Optional[bytes],
    *,
    file_name: Optional[str],
    threads: Optional[int],
    extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]],
    ranges: bool,
    deadline: Optional[float],
    progress: Reporter,
    size: Optional[int],
    journal: Optional[Path],
    restart: bool,
    bytes_per_second: Optional[int],
) -> UploadSession:
    """Makes an UploadSession; the arguments are those of Factory.upload_session()."""
    is_path = isinstance(source, (str, os.PathLike))
    options = _options(threads, extra_files, deadline, journal, restart, bytes_per_second)
    options.filename = text("file_name", file_name if is_path else file_name or name_of(source))
    options.protocol = _abi.FERRY_PROTOCOL_RANGES if ranges else _abi.FERRY_PROTOCOL_PARTS
    relay = Relay()
    lent: Sequence[Any]
    if is_path:
        function, lent = lib.ferry_telestream_upload_new, (path_text("path", source),)
    elif is_file_object(source):
        read = read_callback(relay.guarded, binary(source))
        function, lent = lib.ferry_telestream_upload_reader_new, (read, None, size_of(size))
    else:
        function, lent = lib.ferry_telestream_upload_bytes_new, data_of("path", source)
    arguments = scope.handle, text("factory_id", scope.factory_id), *lent, params_json
    return _session(scope, relay, progress, options, function, arguments, lent)


def prepare_again(
    scope: Scope,
    path: Path,
    token: str,
    *,
    threads: Optional[int],
    extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]],
    deadline: Optional[float],
    progress: Reporter,
    journal: Optional[Path],
    restart: bool,
    bytes_per_second: Optional[int],
) -> UploadSession:
    """Makes the UploadSession of a token; the arguments are those of Factory.resume_upload()."""
    options = _options(threads, extra_files, deadline, journal, restart, bytes_per_second)
    arguments = scope.handle, path_text("path", path), text("token", token)
    return _session(scope, Relay(), progress, options, lib.ferry_telestream_upload_resume, arguments, ())


def _options(
    threads: Optional[int],
    extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]],
    deadline: Optional[float],
    journal: Optional[Path],
    restart: bool,
    bytes_per_second: Optional[int],
) -> Any:
    options = init(_abi.ferry_telestream_upload_options, lib.ferry_telestream_upload_options_init)
    options.concurrency = number("threads", threads, 32)
    options.extra_files_json = json_text("extra_files", extra_files and _named(extra_files))
    options.deadline_ms = milliseconds("deadline", deadline)
    options.journal_dir = optional_path("journal", journal)
    options.restart = restart
    options.bytes_per_second = number("bytes_per_second", bytes_per_second, 64)
    return options


def _session(
    scope: Scope,
    relay: Relay,
    progress: Reporter,
    options: Any,
    function: Any,
    arguments: Sequence[Any],
    lent: Sequence[Any],
) -> UploadSession:
    options.on_progress = relay.on_progress
    upload = owned(lib.ferry_upload_free, function, *arguments, options)
    return UploadSession(upload, relay, progress, scope, lent)


def _named(files: Mapping[str, Union[Path, Sequence[Path]]]) -> Any:
    return {tag: _paths(paths) for tag, paths in files.items()}


def _paths(files: Union[Path, Sequence[Path]]) -> Any:
    if isinstance(files, (str, os.PathLike)):
        return os.fspath(files)
    return [os.fspath(file) for file in files]
