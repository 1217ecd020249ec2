"""A Filestack account."""

from __future__ import annotations

import os
from ctypes import byref, c_uint64
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import _abi
from ._account import Account, Settings, config, open_account
from ._aio import awaitable, called_as, in_thread, turn
from ._call import (
    Owner,
    Path,
    data_of,
    json_text,
    mapping,
    one_of,
    owned,
    path_text,
    text,
    text_list,
)
from ._closing import Closing
from ._library import lib
from ._request import Request
from ._running import read_callback
from ._source import binary, is_file_object, name_of
from .batch import Batch, BatchItem, ItemReporter, listed, prepare
from .connection import Connection
from .errors import InvalidArgument
from .files import Filelink, Source, Transformation, source_text, source_texts
from .policy import Security
from .progress import Reporter
from .response import Response
from .upload import Relay, StoreParams, Upload, UploadRequest, size_of
from .webhook import webhook_verdict


class Client(Closing, Owner):
    """A Filestack account and its connections. Used by any number of threads at once.

    apikey: the key of your application.
    storage: where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox".
    security: goes with every call that does not bring its own.
    base_url: one origin for every role, e.g. a gateway or the local cloud. Plain http is used only to this
    machine or where such a URL asks for it. upload_url, cdn_url, api_url (its path "/api" included) and
    process_url win over it. Without any address, those of ferry.config hold.
    cname: your own domain, e.g. "files.example.com".
    connection: timeouts, retries, proxy.
    skip_policy_checks: leaves it to the service whether a policy allows a call. Else a call raises
    InvalidArgument, before anything is sent, if its policy has expired by this machine's clock, does not name
    what is needed, or is for another handle.

    A Client can be pickled, and so can a Filelink; it is made anew from what it was made with. The pickle
    contains the API key, the security and the connection's proxy, so keep it as you keep a key.

    >>> client = Client('YOUR_API_KEY')
    >>> link = client.upload(filepath='photo.jpg')
    """

    def __init__(
        self,
        apikey: str,
        storage: str = "S3",
        security: Optional[Security] = None,
        *,
        base_url: Optional[str] = None,
        cname: Optional[str] = None,
        upload_url: Optional[str] = None,
        cdn_url: Optional[str] = None,
        api_url: Optional[str] = None,
        process_url: Optional[str] = None,
        connection: Optional[Connection] = None,
        skip_policy_checks: bool = False,
    ) -> None:
        addresses = {
            "base_url": base_url,
            "cname": cname,
            "upload_url": upload_url,
            "cdn_url": cdn_url,
            "api_url": api_url,
            "process_url": process_url,
        }
        if not any(addresses.values()):
            addresses = config.addresses()
        self._apikey = apikey
        connection = connection or config.connection
        self._settings = Settings(storage, security, addresses, connection, skip_policy_checks)
        self._owned = open_account(apikey, self._settings).handle

    @property
    def _account(self) -> Account:
        return Account(self._handle, self._apikey, self._settings)

    @property
    def apikey(self) -> str:
        """The API key it was made with."""
        return self._apikey

    @property
    def storage(self) -> str:
        """Where files are stored."""
        return self._settings.storage

    @property
    def security(self) -> Optional[Security]:
        """What goes with every call that does not bring its own."""
        return self._settings.security

    def upload(
        self,
        source: Any = None,
        *,
        filepath: Optional[Path] = None,
        file_obj: Any = None,
        url: Optional[str] = None,
        store_params: Union[StoreParams, Mapping[str, Any], None] = None,
        intelligent: Union[bool, str] = False,
        security: Optional[Security] = None,
        params: Union[StoreParams, Mapping[str, Any], None] = None,
        workflows: Optional[Sequence[str]] = None,
        multipart: bool = True,
        progress: Reporter = None,
        deadline: Optional[float] = None,
        part_size: Optional[int] = None,
        concurrency: Optional[int] = None,
        alt_text: Optional[str] = None,
        sanitize_filename: bool = False,
        size: Optional[int] = None,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
    ) -> Filelink:
        """Uploads a file and waits until the service has confirmed it. Ctrl-C ends it; to go on afterwards,
        give a journal, or make it with prepare_upload().

        source: a path, bytes or a binary file object; or filepath or file_obj, which say which. Bytes must
        stay as they are until the call returns. A file object is read from where it stands to its end.
        url: an older way to say upload_url(url).
        size: how many bytes the file object gives; other sources ignore it. Then it goes up while it is read:
        until a part is stored, a temporary file keeps it, at most 64 MiB or four parts. Without a size, all
        of it is read into the temporary file first, since the service must be told the size at the start;
        progress then reports the bytes read. Another number of bytes raises FileChanged.
        store_params: filename, mimetype, location, path, container, region, access, workflows (1 to 20 ids),
        upload_tags (at most 10).
        intelligent: True sends parts in chunks that get smaller on a bad network, "fallback" only once a part
        has failed.
        params, workflows: older names for store_params and its workflows.
        multipart: False sends the file in one request instead of parts, which is for small files: a quarter
        of the round trips. There are no intelligent, part_size, concurrency, alt_text, journal and restart
        then, nor region, workflows and upload_tags; a file object is read to its end first. The request is
        sent again only if it has surely not arrived. Any other failure is final (`retryable` is False), and
        the file may be stored all the same.
        progress: a callable that is given each Progress, or True for a tqdm bar. What the callable raises
        interrupts the call and is raised by it; if it returns False, the call raises Cancelled.
        deadline: seconds that the whole call may take, retries included; default: the connection's.
        part_size: bytes, 5 MiB to 5 GiB, default 5 MiB. concurrency: parts sent at once, 1 to 64; default: as
        many as make it faster, which follows the line.
        alt_text: a description for people who cannot see the picture, up to 125 characters.
        sanitize_filename: whether each of \\ { } | % ` " ' ~ [ ] # ^ < > in the name becomes a "-".
        journal: a folder that keeps what the upload of a path needs to go on. After a crash or a kill, the
        same call in a new process goes on: what the service has confirmed is not sent again. See Journals.
        restart: starts anew where the file may be stored already and the service cannot tell, which is a
        NotReady else; then a second file is possible.
        bytes_per_second: the most of all connections of the upload together, there and back; default no
        limit. That of the connection holds too. limit() of a prepared upload changes it.
        """
        name, what = one_of(source=source, filepath=filepath, file_obj=file_obj, url=url)
        is_path = isinstance(what, (str, os.PathLike))
        request = UploadRequest(
            _stored_as(params, store_params, workflows),
            filename=None if is_path else name_of(what),
            intelligent=intelligent,
            security=security,
            deadline=deadline,
            progress=progress,
            part_size=part_size,
            concurrency=concurrency,
            alt_text=alt_text,
            sanitize_filename=sanitize_filename,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
            multipart=multipart,
        )
        given: Tuple[Any, ...]
        if url is not None:
            function, given = lib.ferry_filestack_upload_url, (text("url", url),)
        elif is_path:
            function, given = lib.ferry_filestack_upload_file, (path_text("filepath", what),)
        elif is_file_object(what):
            read = read_callback(request.guarded, binary(what))
            function, given = lib.ferry_filestack_upload_reader, (read, None, size_of(size))
        else:
            function, given = lib.ferry_filestack_upload_bytes, data_of(name, what)
        return self._uploaded(request, security, function, *given)

    @called_as(upload)
    async def aupload(
        self,
        source: Any = None,
        *,
        filepath: Optional[Path] = None,
        file_obj: Any = None,
        url: Optional[str] = None,
        params: Optional[Mapping[str, Any]] = None,
        store_params: Optional[Mapping[str, Any]] = None,
        workflows: Optional[Sequence[str]] = None,
        multipart: bool = True,
        size: Optional[int] = None,
        **named: Any,
    ) -> Filelink:
        """As upload(), for asyncio. Cancelling the task interrupts the upload, within a second.

        The upload of a path runs beside the event loop and needs no thread of Python: its callables run in
        the loop. Up to 64 run at once, the others wait. That of bytes, a file object or a URL runs in a
        worker thread, and so do its callables and the methods of the file object.
        """
        name, what = one_of(source=source, filepath=filepath, file_obj=file_obj, url=url)
        store = _stored_as(params, store_params, workflows)
        named.update(store_params=store, multipart=multipart)
        if url is not None or not isinstance(what, (str, os.PathLike)):
            return await in_thread(self.upload, size=size, **{name: what}, **named)
        async with turn("upload"):
            with self.prepare_upload(what, **named) as upload:
                return await upload.arun()

    def _uploaded(
        self, request: UploadRequest, security: Optional[Security], function: Any, *given: Any
    ) -> Filelink:
        account = self._account  # the client may be closed meanwhile
        with request:
            arguments = account.handle, *given, request.options
            link = request.owned(lib.ferry_filelink_free, function, *arguments)
        return Filelink._of(link, account, security)

    def upload_url(
        self,
        url: str,
        store_params: Union[StoreParams, Mapping[str, Any], None] = None,
        security: Optional[Security] = None,
        *,
        progress: Reporter = None,
        deadline: Optional[float] = None,
    ) -> Filelink:
        """Has the service fetch and store the file at a URL.

        store_params: as for upload(), but for mimetype. With base64decode=True, what is at the URL is base64
        text, to be stored decoded; there are no upload_tags then.
        """
        store = dict(mapping("store_params", store_params))
        if store.pop("base64decode", False):
            return self._stored_decoded(url, store, security, progress, deadline)
        request = UploadRequest(store_params, security=security, progress=progress, deadline=deadline)
        return self._uploaded(request, security, lib.ferry_filestack_upload_url, text("url", url))

    aupload_url = awaitable(upload_url)

    def _stored_decoded(
        self,
        url: str,
        store: Dict[str, Any],
        security: Optional[Security],
        progress: Reporter,
        deadline: Optional[float],
    ) -> Filelink:
        """Has the service store the file at a URL by the task of a chain, the one that decodes."""
        known = "filename", "location", "path", "container", "region", "access", "workflows"
        for name in store:
            if name not in known:
                raise InvalidArgument(
                    f"store_params has {name}, and base64decode, with which it takes only {', '.join(known)}"
                )
        store["location"] = store.get("location") or self.storage
        chain = Transformation._new(url, self._account, security)
        return chain.store(base64decode=True, deadline=deadline, progress=progress, **store)

    def prepare_upload(
        self,
        filepath: Path,
        *,
        store_params: Union[StoreParams, Mapping[str, Any], None] = None,
        intelligent: Union[bool, str] = False,
        security: Optional[Security] = None,
        progress: Reporter = None,
        deadline: Optional[float] = None,
        part_size: Optional[int] = None,
        concurrency: Optional[int] = None,
        alt_text: Optional[str] = None,
        sanitize_filename: bool = False,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
        multipart: bool = True,
    ) -> Upload:
        """Prepares the upload of a file that can be paused, interrupted, cancelled and run again: run()
        starts it. Nothing is sent yet. The arguments are those of upload(); deadline is for each run.
        """
        request = UploadRequest(
            store_params,
            intelligent=intelligent,
            security=security,
            deadline=deadline,
            part_size=part_size,
            concurrency=concurrency,
            alt_text=alt_text,
            sanitize_filename=sanitize_filename,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
            multipart=multipart,
        )
        path = path_text("filepath", filepath)
        return self._prepared(request, progress, security, lib.ferry_filestack_upload_new, path)

    def resume_upload(
        self,
        filepath: Path,
        token: str,
        *,
        security: Optional[Security] = None,
        progress: Reporter = None,
        deadline: Optional[float] = None,
        concurrency: Optional[int] = None,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
    ) -> Upload:
        """Prepares the upload of a token (Upload.token) again, in any process or machine: run() sends what
        the service lacks, and compares what it has with the file. Nothing is sent yet.

        filepath: the file, or a copy of it: only its bytes have to be the same.
        token: says what is stored and how. InvalidArgument if it is cut, altered, of another version, service
        or account, or of a file of another size.
        """
        request = UploadRequest(
            security=security,
            deadline=deadline,
            concurrency=concurrency,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
        )
        given = path_text("filepath", filepath), text("token", token)
        return self._prepared(request, progress, security, lib.ferry_filestack_upload_resume, *given)

    def _prepared(
        self,
        request: UploadRequest,
        progress: Reporter,
        security: Optional[Security],
        function: Any,
        *given: Any,
    ) -> Upload:
        account, relay = self._account, Relay()
        request.options.on_progress = relay.on_progress
        handle = owned(lib.ferry_upload_free, function, account.handle, *given, request.options)
        return Upload(handle, relay, progress, account, security)

    def upload_many(
        self,
        paths: Iterable[Union[Path, BatchItem]],
        *,
        on_item: Optional[ItemReporter] = None,
        store_params: Union[StoreParams, Mapping[str, Any], None] = None,
        intelligent: Union[bool, str] = False,
        security: Optional[Security] = None,
        progress: Reporter = None,
        deadline: Optional[float] = None,
        part_size: Optional[int] = None,
        concurrency: Optional[int] = None,
        alt_text: Optional[str] = None,
        sanitize_filename: bool = False,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
        multipart: bool = True,
    ) -> List[Filelink]:
        """Uploads files and returns their Filelinks, in the order of `paths`, when all are stored. They share
        threads and connections, so that small files cost little more than their bytes.

        paths: an iterable, read to its end first, of paths and of BatchItems, which are for files that are
        stored in another way than the others. The same path twice needs two BatchItems. Of none, the result
        is an empty list.
        on_item: called as on_item(index, path, result) when a file has ended, with its Filelink or the
        exception that says why it is not stored, on the thread that made the call. What it raises interrupts
        the batch and is raised by it; if it returns False, the call raises Cancelled.
        journal: a folder with which the same call in a new process goes on: files that are stored are not
        sent again, and on_item is told of them too.
        concurrency: files and parts sent at once, 1 to 64; default: as many as make it faster. progress,
        deadline and bytes_per_second are for the batch as a whole. The others are as for upload(), for every
        file whose BatchItem says nothing else; a path in store_params has to be a folder.

        If files fail, the others are stored all the same, and then it raises BatchError, which has the
        results of all. What ends the batch itself, such as Ctrl-C or the deadline, is raised as it is.
        """
        items = listed(paths)
        if not items:
            return []
        with self.prepare_batch(
            items,
            on_item=on_item,
            store_params=store_params,
            intelligent=intelligent,
            security=security,
            progress=progress,
            deadline=deadline,
            part_size=part_size,
            concurrency=concurrency,
            alt_text=alt_text,
            sanitize_filename=sanitize_filename,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
            multipart=multipart,
        ) as batch:
            return batch.run()

    @called_as(upload_many)
    async def aupload_many(self, paths: Iterable[Union[Path, BatchItem]], **named: Any) -> List[Filelink]:
        """As upload_many(), for asyncio: it runs beside the event loop and needs no thread of Python. The
        iterable is read, and its callables run, in the loop. Cancelling the task interrupts the batch, within
        a second.
        """
        items = listed(paths)
        if not items:
            return []
        with self.prepare_batch(items, **named) as batch:
            return await batch.arun()

    def prepare_batch(
        self,
        paths: Iterable[Union[Path, BatchItem]],
        *,
        on_item: Optional[ItemReporter] = None,
        store_params: Union[StoreParams, Mapping[str, Any], None] = None,
        intelligent: Union[bool, str] = False,
        security: Optional[Security] = None,
        progress: Reporter = None,
        deadline: Optional[float] = None,
        part_size: Optional[int] = None,
        concurrency: Optional[int] = None,
        alt_text: Optional[str] = None,
        sanitize_filename: bool = False,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
        multipart: bool = True,
    ) -> Batch:
        """Prepares the upload of files that can be paused, interrupted, cancelled and run again: run() starts
        it, and `results` tells at any time what is stored. Nothing is sent yet. The arguments are those of
        upload_many(); deadline is for each run.
        """
        whole = BatchItem(
            "", store_params, intelligent, security, part_size, alt_text, sanitize_filename, multipart
        )
        return prepare(
            self._account,
            paths,
            on_item=on_item,
            progress=progress,
            deadline=deadline,
            concurrency=concurrency,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
            whole=whole,
        )

    def filelink(self, handle: str, security: Optional[Security] = None) -> Filelink:
        """The Filelink of a stored file. Nothing is sent."""
        return Filelink(handle, security=security, client=self)

    def transform(
        self, source: Union[Source, Sequence[Source]], security: Optional[Security] = None
    ) -> Transformation:
        """A chain without tasks yet. source: a handle or Filelink, an http or https URL, or a storage alias
        "src://alias/path"; a list of them for the tasks that join files.
        """
        return Transformation._new(source, self._account, security)

    def transform_external(self, external_url: str) -> Transformation:
        """The chain of a URL."""
        return self.transform(external_url)

    def urlscreenshot(
        self,
        url: str,
        agent: Optional[str] = None,
        mode: Optional[str] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        delay: Optional[int] = None,
        *,
        orientation: Optional[str] = None,
        device: Optional[str] = None,
    ) -> Transformation:
        """A chain that starts with a screenshot of a web page.

        agent: "desktop" or "mobile". mode: "all" or "window". width, height: of the window in pixels. delay:
        milliseconds to wait before.
        orientation: "portrait" or "landscape". device: its name.
        """
        chain = self.transform(url)
        return chain.urlscreenshot(agent, mode, width, height, delay, orientation, device)

    def zip(
        self,
        destination_path: Path,
        files: Sequence[Source],
        security: Optional[Security] = None,
        *,
        progress: Reporter = None,
        deadline: Optional[float] = None,
    ) -> int:
        """Downloads 1 to 100 files, each a handle, a Filelink or a URL, as one ZIP archive, and returns its
        size in bytes.
        """
        length = c_uint64()
        sources = text_list("files", source_texts(files))
        with Request(security, deadline, progress) as request:
            path = path_text("destination_path", destination_path)
            request.call(
                lib.ferry_filestack_zip, self._handle, *sources, path, request.options, byref(length)
            )
        return length.value

    azip = awaitable(zip)

    def run_workflow(
        self,
        workflow_id: str,
        source: Source,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Starts a workflow on a file. The answer's "jobid" is what workflow_status() takes."""
        arguments = self._handle, text("workflow_id", workflow_id), text("source", source_text(source))
        with Request(security, deadline, progress) as request:
            return request.json(lib.ferry_filestack_workflow_run, *arguments, request.options)

    arun_workflow = awaitable(run_workflow)

    def workflow_status(
        self,
        job_id: str,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """How far a workflow's job has come: "status" is "Started", "Finished" or "Failed", "results" has
        what each task gave.
        """
        arguments = self._handle, text("job_id", job_id)
        with Request(security, deadline, progress) as request:
            return request.json(lib.ferry_filestack_workflow_status, *arguments, request.options)

    aworkflow_status = awaitable(workflow_status)

    def request(
        self,
        method: str,
        target: str,
        json: Any = None,
        *,
        security: Optional[Security] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """Sends a request for which there is no method here, and returns the whole Response; a status that is
        not 2xx is an HTTPError. GET, HEAD, PUT and DELETE are repeated as often as the connection's
        max_retries says, POST and PATCH only if they have surely not arrived.

        method: GET, HEAD, PUT, DELETE, POST or PATCH.
        target: a path below the REST API, e.g. "/file/HANDLE", percent-encoded, or a URL at one of the
        client's hosts. The security's policy and signature are added to it; the API key is not, so write it
        where the service wants it.
        json: what is sent as the body, as JSON; None: no body.
        """
        arguments = self._handle, text("method", method), text("target", target), json_text("json", json)
        with Request(security, deadline, progress) as request:
            return request.response(lib.ferry_filestack_request, *arguments, request.options)

    arequest = awaitable(request)

    verify_webhook_signature = staticmethod(webhook_verdict)

    def close(self) -> None:
        """Closes its connections, when no call uses them any more. Filelinks and uploads made from it go on
        working.
        """
        self._owned = None

    def __repr__(self) -> str:
        return f"<Client {self.storage}>"


def _stored_as(
    params: Optional[Mapping[str, Any]],
    store_params: Optional[Mapping[str, Any]],
    workflows: Optional[Sequence[str]],
) -> Dict[str, Any]:
    """The store_params with what the older arguments say."""
    store = {**mapping("params", params), **mapping("store_params", store_params)}
    if workflows is not None:
        store["workflows"] = workflows
    return store
