"""Uploads of many files, as one that can be paused and run again."""

from __future__ import annotations

import contextlib
import functools
import os
from ctypes import byref, c_void_p, pointer
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

from . import _abi
from ._account import Account
from ._call import (
    Handle,
    Path,
    PathText,
    failure,
    mapping,
    milliseconds,
    number,
    optional_path,
    owned,
    owned_json,
    path_text,
)
from ._library import lib
from ._running import Running, plain_callable
from .errors import Cancelled, FerryError, InvalidArgument, NotReady, Paused
from .files import Filelink
from .policy import Security, address_of
from .progress import Reporter
from .upload import ControlledUpload, Relay, StoreParams, stored_as

Ended = Union[Filelink, FerryError]
"""What has become of a file: it is stored, or why it is not."""

ItemReporter = Callable[[int, Path, Ended], object]
"""A callable that is given the place in the list, the path and what has become of the file, on the thread
that made the call, in the order in which files end. What it raises interrupts the batch and is raised by it.
False as its answer interrupts the batch, which then raises Cancelled.
"""


@dataclass(frozen=True)
class BatchItem:
    """A file of a batch that is not stored as the others are. What is None is as for the whole batch."""

    path: Path
    store_params: Union[StoreParams, Mapping[str, Any], None] = None
    """As for Client.upload(). What it does not name is as for the whole batch."""
    intelligent: Union[bool, str, None] = None
    security: Optional[Security] = None
    part_size: Optional[int] = None
    alt_text: Optional[str] = None
    sanitize_filename: Optional[bool] = None
    multipart: Optional[bool] = None


class BatchError(FerryError):
    """Files of a batch are not stored; the others are. Its text, `status`, `http_status`, `body` and `step`
    are of the first of the list that failed, whose exception is its cause. `retryable` says whether the same
    call can succeed for any of them.

    paths: the paths of the batch, in the order of its list.
    results: for each of them the Filelink, or the exception that says why it is not stored.
    """

    def __init__(
        self,
        message: str = "",
        *,
        paths: Sequence[Path] = (),
        results: Sequence[Optional[Ended]] = (),
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.paths = [*paths]
        self.results = [*results]


def prepare(
    account: Account,
    paths: Iterable[Union[Path, BatchItem]],
    *,
    on_item: Optional[ItemReporter],
    progress: Reporter,
    deadline: Optional[float],
    concurrency: Optional[int],
    journal: Optional[Path],
    restart: bool,
    bytes_per_second: Optional[int],
    whole: BatchItem,
) -> Batch:
    """Makes a Batch; the arguments are those of Client.prepare_batch(), and `whole` has those that an item
    can have of its own.
    """
    items = listed(paths)
    if on_item is not None:
        plain_callable("on_item", on_item)
    relay = BatchRelay()
    options = _options(whole)
    options.concurrency = number("concurrency", concurrency, 32)
    options.deadline_ms = milliseconds("deadline", deadline)
    options.journal_dir = optional_path("journal", journal)
    options.restart = restart
    options.bytes_per_second = number("bytes_per_second", bytes_per_second, 64)
    options.on_progress = relay.on_progress
    given = [_given(index, item, whole) for index, item in enumerate(items)]
    upload = owned(
        lib.ferry_upload_free,
        lib.ferry_filestack_upload_batch_new,
        account.handle,
        (_abi.ferry_batch_item * len(given))(*given),
        len(given),
        options,
        _abi.ferry_item_fn() if on_item is None else relay.on_item,
        None,
    )
    securities = [item.security or whole.security for item in items]
    return Batch(upload, relay, progress, on_item, [item.path for item in items], securities, account)


def listed(paths: Iterable[Union[Path, BatchItem]]) -> List[BatchItem]:
    """The files of a batch as a list."""
    if isinstance(paths, (str, bytes, os.PathLike, BatchItem)):
        raise TypeError("paths must be a list of paths, not one path")
    return [it if isinstance(it, BatchItem) else BatchItem(it) for it in paths]


def _given(index: int, item: BatchItem, whole: BatchItem) -> Any:
    """The fields of a ferry_batch_item."""
    path = path_text(f"items[{index}]: path", item.path)
    own = {name: value for name, value in vars(item).items() if name != "path" and value is not None}
    if not own:
        return path, None
    stored = [mapping("store_params", it.store_params) for it in (whole, item)]
    own["store_params"] = {**stored[0], **stored[1]}
    try:
        return path, pointer(_options(replace(whole, **own)))
    except InvalidArgument as error:
        raise InvalidArgument(f"items[{index}]: {error}") from None


def _options(item: BatchItem) -> Any:
    options = stored_as(
        mapping("store_params", item.store_params),
        False if item.intelligent is None else item.intelligent,
        item.part_size,
        item.alt_text,
        item.sanitize_filename or False,
        item.multipart is not False,
    )
    options.security = address_of(item.security)
    return options


class BatchRelay(Relay):
    """The same for the callback that is told of each file."""

    def __init__(self) -> None:
        super().__init__()
        self.on_item = _abi.ferry_item_fn(_relay_item(self._run))


def _relay_item(run: Any) -> Any:
    return lambda index, _path, _filelink, _error, _user_data: run.running.item_ended(index)


class BatchRunning(Running):
    """A run of a batch, whose files are told of."""

    def __init__(
        self,
        progress: Reporter,
        on_item: Optional[ItemReporter],
        paths: Sequence[Path],
        ended: Callable[[int], Ended],
    ) -> None:
        super().__init__(progress)
        self._on_item = on_item
        self._paths = paths
        self._ended = ended

    def item_ended(self, index: int) -> int:
        """The ferry_item_fn."""
        if self._on_item is None or self._raised is not None:
            return 1
        # It lives until the code of the caller is over: Python drops what a signal handler raises while
        # something is freed.
        try:
            ended = self._ended(index)
        except BaseException as error:
            self.keep(error)
            return 1
        return 0 if self.guarded(self._on_item, index, self._paths[index], ended) else 1


class Batch(ControlledUpload):
    """An upload of many files to Filestack. Made by Client.prepare_batch()."""

    def __init__(
        self,
        handle: Handle,
        relay: BatchRelay,
        progress: Reporter,
        on_item: Optional[ItemReporter],
        paths: List[Path],
        securities: List[Optional[Security]],
        account: Account,
    ) -> None:
        super().__init__(handle, relay, progress)
        self._on_item = on_item
        self._securities = securities
        self._account = account
        self.paths = paths
        """The paths, in the order of the list."""

    def run(self) -> List[Filelink]:
        """Uploads what is not stored yet, and returns the Filelinks in the order of the list when all are
        stored. If files fail, the others are stored all the same, and then it raises BatchError. After that,
        Paused, Ctrl-C and any other interrupt, another run goes on: files that are stored are not sent again.
        """
        upload = self._handle
        with self._failures(upload):
            self._run_in(self._running(upload), upload)
        return self._links(upload)

    async def arun(self) -> List[Filelink]:
        """As run(), for asyncio. Its callables run in the event loop. Cancelling the task interrupts the
        batch.
        """
        upload = self._handle
        with self._failures(upload):
            await self._arun_in(self._running(upload), upload)
        return self._links(upload)

    def _running(self, upload: Handle) -> BatchRunning:
        ended = functools.partial(self._ended, upload)
        return BatchRunning(self._progress, self._on_item, self.paths, ended)

    @contextlib.contextmanager
    def _failures(self, upload: Handle) -> Iterator[None]:
        try:
            yield
        except FerryError as error:
            self._raise_if_files_failed(error, upload)
            raise

    def _links(self, upload: Handle) -> List[Filelink]:
        return [self._stored(upload, index) for index in range(len(self.paths))]

    @property
    def results(self) -> List[Optional[Ended]]:
        """What has become of the files by now, in the order of the list: for each the Filelink, or the
        exception that says why it is not stored, or None where the batch has not come to it. At any time,
        from any thread, also in the callables.
        """
        return self._results(self._handle)

    def _results(self, upload: Handle) -> List[Optional[Ended]]:
        results: List[Optional[Ended]] = [self._ended(upload, index) for index in range(len(self.paths))]
        if any(isinstance(result, NotReady) for result in results):
            # The library says so of a file that it has not come to, and of one that may be stored already.
            report = owned_json(lib.ferry_upload_result, upload)
            for index, told in enumerate(report):
                if isinstance(results[index], NotReady) and (told["error"] or {}).get("status") != NOT_READY:
                    results[index] = None
        return results

    def _ended(self, upload: Handle, index: int) -> Ended:
        upload.check()
        link, error = Handle(lib.ferry_filelink_free), c_void_p()
        status = lib.ferry_upload_item_filelink(upload, index, link.out, byref(error))
        if status != _abi.FERRY_OK:
            path = path_text("path", self.paths[index])
            return failure(status, error, [path] if isinstance(path, PathText) else [])
        return Filelink._of(link, self._account, self._securities[index])

    def _stored(self, upload: Handle, index: int) -> Filelink:
        ended = self._ended(upload, index)
        if isinstance(ended, FerryError):
            raise ended
        return ended

    def _raise_if_files_failed(self, error: FerryError, upload: Handle) -> None:
        """Raises BatchError if the run has failed because files have, and not for a reason of its own."""
        if isinstance(error, (Cancelled, Paused)):
            return
        results = self._results(upload)
        first = next((result for result in results if isinstance(result, FerryError)), None)
        if first is None or error.status != first.status or not str(error).endswith(str(first)):
            return
        raise BatchError(
            str(error),
            paths=self.paths,
            results=results,
            http_status=error.http_status,
            body=error.body,
            step=error.step,
            retryable=error.retryable,
            status=error.status,
        ) from first

    def __reduce__(self) -> Any:
        raise TypeError("no Batch can be pickled: with a journal, one of the same files goes on")


NOT_READY = lib.ferry_status_name(_abi.FERRY_NOT_READY).decode()
