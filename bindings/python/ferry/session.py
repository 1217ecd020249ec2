"""Uploads to Telestream."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Sequence, Union

from . import _abi
from ._call import Handle, Path, init, json_text, milliseconds, owned, path_text, text
from ._library import lib
from .errors import FerryError, InvalidState
from .progress import Reporter
from .upload import ControlledUpload, Relay, number

if TYPE_CHECKING:
    from .models import Scope, Video


class UploadSession(ControlledUpload):
    """An upload of a video. Made by Factory.upload_session()."""

    def __init__(self, handle: Handle, relay: Relay, progress: Reporter, video_of: Callable[[Dict[str, Any]], Video]) -> None:
        super().__init__(handle, relay, progress)
        self._video_of = video_of
        self.error_message: Optional[str] = None

    @property
    def status(self) -> str:
        """As `state`; the sample of the vendor's SDK waits for "uploaded"."""
        return self.state

    @property
    def video(self) -> Optional[Video]:
        """The Video; None before it is uploaded."""
        return self._video_of(self.result or {}) if self.state == "uploaded" else None

    def start(self) -> Video:
        """Uploads, and returns the Video when the service has it. Ctrl-C and what the progress callable raises abort it. If all was sent before
        and the service only says so, the Video has no details: look for it in `videos`.
        """
        if self.state != "initialized":
            raise InvalidState(f"the upload is {self.state} already: go on with resume()")
        return self._go_on()

    def resume(self) -> Video:
        """Goes on after Paused or a failure: what the service has is not sent again."""
        if self.state == "uploaded":
            raise InvalidState("File already uploaded")
        return self._go_on()

    def _go_on(self) -> Video:
        try:
            self._run()
        except FerryError as error:
            self.error_message = str(error)
            raise
        self.error_message = None
        return self._video_of(self.result or {})

    def abort(self) -> None:
        """Ends the upload for good, at the service too."""
        if self.state == "uploaded":
            raise InvalidState("File already uploaded")
        self.cancel()
        self.error_message = None

    def __repr__(self) -> str:
        return f"<UploadSession {self.state}>"


def prepare(
    scope: Scope,
    path: Path,
    params_json: Optional[bytes],
    video_of: Callable[[Dict[str, Any]], Video],
    *,
    file_name: Optional[str],
    threads: Optional[int],
    extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]],
    ranges: bool,
    timeout: Optional[float],
    progress: Reporter,
) -> UploadSession:
    """Makes an UploadSession; the arguments are those of Factory.upload_session()."""
    options = init(_abi.ferry_telestream_upload_options, lib.ferry_telestream_upload_options_init)
    options.filename = text("file_name", file_name)
    options.concurrency = number("threads", threads, 32)
    options.protocol = _abi.FERRY_PROTOCOL_RANGES if ranges else _abi.FERRY_PROTOCOL_PARTS
    options.extra_files_json = json_text("extra_files", extra_files and {tag: _paths(files) for tag, files in extra_files.items()})
    options.deadline_ms = milliseconds("timeout", timeout)
    relay = Relay()
    options.on_progress = relay.on_progress
    arguments = scope.handle, text("factory_id", scope.factory_id), path_text("path", path), params_json, options
    return UploadSession(owned(lib.ferry_upload_free, lib.ferry_telestream_upload_new, *arguments), relay, progress, video_of)


def _paths(files: Union[Path, Sequence[Path]]) -> Any:
    if isinstance(files, (str, os.PathLike)):
        return os.fspath(files)
    return [os.fspath(file) for file in files]
