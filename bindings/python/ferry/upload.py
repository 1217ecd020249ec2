"""Uploads: their options, and the ones that can be paused and run again."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    TypedDict,
    Union,
)

from . import _abi
from ._account import Account
from ._call import (
    Handle,
    Owner,
    Path,
    check,
    init,
    json_text,
    mapping,
    number,
    optional_path,
    owned,
    owned_json,
    owned_text,
    text,
    whole,
)
from ._closing import Closing
from ._library import lib
from ._request import Request
from ._running import Running
from ._watch import watched
from .errors import InvalidArgument
from .files import Filelink
from .policy import Security
from .progress import Reporter


class StoreParams(TypedDict, total=False):
    """Where and how to store a file. All are optional."""

    filename: str
    mimetype: str
    location: str
    path: str
    container: str
    region: str
    access: str
    workflows: Sequence[str]
    upload_tags: Mapping[str, str]
    base64decode: bool
    """Only of a file that the service fetches: see Client.upload_url()."""


TEXTS = ("filename", "mimetype", "location", "path", "container", "region", "access")
LISTS = {"workflows": "workflows_json", "upload_tags": "tags_json"}
INTELLIGENT = {
    False: _abi.FERRY_INTELLIGENT_OFF,
    True: _abi.FERRY_INTELLIGENT_ON,
    "fallback": _abi.FERRY_INTELLIGENT_FALLBACK,
}


class UploadState(str, enum.Enum):
    """Where an upload stands. A member is equal to its word, and prints as it: `upload.state == "paused"`."""

    INITIALIZED = "initialized"
    """Not run yet."""
    UPLOADING = "uploading"
    """Running."""
    PAUSED = "paused"
    """The last run was paused; another run goes on."""
    INTERRUPTED = "interrupted"
    """The last run was interrupted, or failed in a way that may pass; another run goes on."""
    ERROR = "error"
    """The last run failed, and another one fails too unless the cause is removed."""
    UPLOADED = "uploaded"
    """Stored; final."""
    ABORTED = "aborted"
    """Cancelled; final."""

    __str__ = str.__str__


class UploadRequest(Request):
    """A running upload with its options."""

    def __init__(
        self,
        store_params: Optional[Mapping[str, Any]] = None,
        *,
        filename: Optional[str] = None,
        intelligent: Union[bool, str] = False,
        security: Optional[Security] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
        part_size: Optional[int] = None,
        concurrency: Optional[int] = None,
        alt_text: Optional[str] = None,
        sanitize_filename: bool = False,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
        multipart: bool = True,
    ) -> None:
        store = {"filename": filename, **mapping("store_params", store_params)}
        options = stored_as(store, intelligent, part_size, alt_text, sanitize_filename, multipart)
        options.concurrency = number("concurrency", concurrency, 32)
        options.journal_dir = optional_path("journal", journal)
        options.restart = restart
        options.bytes_per_second = number("bytes_per_second", bytes_per_second, 64)
        super().__init__(security, deadline, progress, options)


def stored_as(
    store_params: Mapping[str, Any],
    intelligent: Union[bool, str],
    part_size: Optional[int],
    alt_text: Optional[str],
    sanitize_filename: bool,
    multipart: bool,
) -> Any:
    """The options of an upload that say where and how a file is stored."""
    options = init(_abi.ferry_upload_options, lib.ferry_upload_options_init)
    for name, value in store_params.items():
        if name in TEXTS:
            setattr(options, name, text(name, value))
        elif name in LISTS:
            setattr(
                options, LISTS[name], json_text(name, list(value) if isinstance(value, tuple) else value)
            )
        elif value or name != "base64decode":
            known = ", ".join([*TEXTS, *LISTS])
            raise InvalidArgument(f"store_params has {name}, which an upload does not take; it takes {known}")
    if intelligent not in INTELLIGENT:
        raise InvalidArgument(f"intelligent is {intelligent!r}; it takes True, False or 'fallback'")
    options.intelligent = INTELLIGENT[intelligent]
    options.part_size = number("part_size", part_size, 64)
    options.alt_text = text("alt_text", alt_text)
    options.sanitize_filename = sanitize_filename
    options.single_request = not multipart
    return options


class Relay:
    """Leads the callback that an upload has for all its life to the run under way in this thread."""

    def __init__(self) -> None:
        self._run = threading.local()
        self.on_progress = _abi.ferry_progress_fn(_relay(self._run))

    @contextlib.contextmanager
    def to(self, running: Running) -> Iterator[None]:
        """What is called in this thread meanwhile belongs to that run."""
        outer = getattr(self._run, "running", None)
        self._run.running = running
        try:
            yield
        finally:
            self._run.running = outer

    def guarded(self, function: Callable[..., object], *arguments: Any) -> bool:
        """Runs code of the caller inside a callback of that run; False if the run is to be interrupted."""
        running: Running = self._run.running
        return running.guarded(function, *arguments)


def _relay(run: Any) -> Any:
    return lambda report, _user_data: run.running.progressed(report)


class ControlledUpload(Closing, Owner):
    """An upload, of one file or of many, that can be paused, interrupted, cancelled and run again. One thread
    at a time runs it; others may control it and look at it.
    """

    def __init__(self, handle: Handle, relay: Relay, progress: Reporter) -> None:
        self._owned = handle
        self._relay = relay
        self._progress = progress

    def _run(self) -> Handle:
        """Runs it. The handle tells the result, although the object may have been closed meanwhile."""
        upload = self._handle
        self._run_in(Running(self._progress), upload)
        return upload

    def _run_in(self, running: Running, handle: Handle) -> None:
        with running, self._relay.to(running):
            running.call(lib.ferry_upload_run, handle)

    async def _arun(self) -> Handle:
        upload = self._handle
        await self._arun_in(Running(self._progress), upload)
        return upload

    async def _arun_in(self, running: Running, handle: Handle) -> None:
        """Runs it beside the event loop, in which its callables run."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def look() -> None:
            with self._relay.to(running):
                status = running.polled(lib.ferry_upload_poll, handle, None)
            if status != _abi.FERRY_NOT_READY and not ended.done():
                ended.set_result(None)

        check(lib.ferry_upload_start, handle)
        cancelled: Optional[BaseException] = None
        try:
            with watched(loop, lib.ferry_upload_fd(handle), look):
                while not ended.done():
                    try:
                        await asyncio.shield(ended)
                    except asyncio.CancelledError as error:
                        cancelled = error
                        lib.ferry_upload_interrupt(handle)
                    except GeneratorExit:  # the loop is closed
                        lib.ferry_upload_interrupt(handle)
                        raise
        finally:
            try:
                with self._relay.to(running):
                    running.call(lib.ferry_upload_finish, handle, always=True)
            except Exception:
                if cancelled is None:
                    raise
            finally:
                running.close()
        if cancelled is not None:
            raise cancelled

    def pause(self) -> None:
        """Asks for a pause and returns at once: no new part starts, those under way end, then the run raises
        Paused. From any thread, also in the progress callable. Asked for while nothing runs, it pauses the
        next run at its start.
        """
        lib.ferry_upload_pause(self._handle)

    def interrupt(self) -> None:
        """Interrupts the run in progress and returns at once; the run raises Cancelled within a second, and
        another one goes on. From any thread, also in the progress callable. While nothing runs it does
        nothing. Ctrl-C, and a progress callable that raises or returns False, interrupt too.
        """
        lib.ferry_upload_interrupt(self._handle)

    def cancel(self) -> None:
        """Ends the upload for good and returns at once; the run raises Cancelled within a second. From any
        thread, also in the progress callable.
        """
        lib.ferry_upload_cancel(self._handle)

    def limit(self, bytes_per_second: Optional[int]) -> None:
        """Sets the most bytes a second of all connections together and returns at once; None or 0 takes the
        limit away. It holds from now on and for the runs that follow. From any thread, also in the progress
        callable.
        """
        lib.ferry_upload_limit(self._handle, number("bytes_per_second", bytes_per_second or None, 64))

    @property
    def state(self) -> UploadState:
        """Where it stands."""
        return UploadState(lib.ferry_upload_state_name(lib.ferry_upload_state(self._handle)).decode())

    def close(self) -> None:
        """Frees it, when no call uses it any more. What the service has is left there."""
        self._owned = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self._owned is None else self.state}>"


class FileUpload(ControlledUpload):
    """An upload of one file."""

    @property
    def token(self) -> str:
        """One line of text with which resume_upload() goes on, in another process, language or machine: what
        the service has confirmed so far. At any time, from any thread, also in the progress callable and
        after a failure; InvalidState after a cancel. No key, policy or signature is in it, and only the same
        account can use it.
        """
        return owned_text(lib.ferry_upload_token, self._handle)

    def __reduce__(self) -> Any:
        name = type(self).__name__
        raise TypeError(f"no {name} can be pickled: pickle its token, with which resume_upload() goes on")

    @property
    def result(self) -> Any:
        """What the service said of the stored file; NotReady before it is uploaded."""
        return owned_json(lib.ferry_upload_result, self._handle)


class Upload(FileUpload):
    """An upload to Filestack. Made by Client.prepare_upload() and Client.resume_upload()."""

    def __init__(
        self, handle: Handle, relay: Relay, progress: Reporter, account: Account, security: Optional[Security]
    ) -> None:
        super().__init__(handle, relay, progress)
        self._account = account
        self._security = security

    def run(self) -> Filelink:
        """Uploads, and returns the Filelink when the service has confirmed the file. After Paused, Ctrl-C and
        any other interrupt, or an error that is retryable, another run goes on: what the service has
        confirmed is not sent again.
        """
        return self._stored(self._run())

    async def arun(self) -> Filelink:
        """As run(), for asyncio. Its callables run in the event loop. Cancelling the task interrupts the
        upload.
        """
        return self._stored(await self._arun())

    @property
    def filelink(self) -> Filelink:
        """The stored file; NotReady before it is uploaded."""
        return self._stored(self._handle)

    def _stored(self, upload: Handle) -> Filelink:
        link = owned(lib.ferry_filelink_free, lib.ferry_upload_filelink, upload)
        return Filelink._of(link, self._account, self._security)


def size_of(size: Optional[int]) -> int:
    """The size of what a file object gives, as the library takes it."""
    if size is None:
        return _abi.FERRY_SIZE_UNKNOWN
    return whole("size", size, 0, _abi.FERRY_SIZE_UNKNOWN - 1)
