"""Stored files and what becomes of them: Filelink, Transformation and AudioVisual.

They are in one module because each makes the others: a task of a Filelink begins a Transformation, which
stores a Filelink or starts an AudioVisual, which ends in a Filelink.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Type, TypeVar, Union

from . import _abi
from ._account import Account, HasAccount, account_of
from ._aio import awaitable
from ._call import (
    Handle,
    Owner,
    Path,
    check,
    data_of,
    init,
    json_text,
    one_of,
    owned,
    owned_json,
    owned_text,
    path_text,
    plain,
    string_of,
    text,
    text_list,
    without_none,
)
from ._conversion import Conversion
from ._library import lib
from ._readable import Readable
from ._request import Request
from ._source import binary
from ._tasks import Tasks
from .answers import FileMetadata, StoredFile
from .errors import InvalidArgument, NotReady
from .policy import Security, address_of
from .progress import Reporter
from .response import Response

Self = TypeVar("Self", bound="Chain")


class Chain(Tasks["Transformation", "AudioVisual"], Readable):
    """What Filelink and Transformation have in common: a file, or what becomes of it."""

    _account: Account

    def _adopt(self, handle: Handle, account: Account, security: Optional[Security]) -> None:
        address_of(security)  # refuses what is none
        self._owned, self._account, self._security = handle, account, security or account.security

    @classmethod
    def _of(cls: Type[Self], handle: Handle, account: Account, security: Optional[Security]) -> Self:
        made = cls.__new__(cls)
        made._adopt(handle, account, security)
        return made

    def _start(self) -> Transformation:
        """The chain that a task is added to."""
        raise NotImplementedError

    def _fork(self) -> Transformation:
        """A chain of its own."""
        raise NotImplementedError

    @property
    def apikey(self) -> Optional[str]:
        """The API key it was made with."""
        return self._account.apikey

    def add(self, task: str, parameters: Union[str, Mapping[str, Any], None] = None) -> Transformation:
        """Adds any task that the library knows by its name, and returns the chain.

        parameters: a dict, or a text as in a URL, "width:500,align:[top,left]", not percent-encoded.
        """
        chain = self._start()
        chain._put(task, parameters)
        return chain

    def raw(self, element: str) -> Transformation:
        """Adds an element of the URL as it is, "new_task=k:v", unchecked, for what this version does not
        know; returns the chain.
        """
        chain = self._start()
        chain._put_raw(element)
        return chain

    def _add(self, task: str, parameters: Dict[str, Any]) -> Transformation:
        return self.add(task, plain(without_none(parameters)))

    def _answer(
        self,
        task: str,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> Any:
        chain = self._fork()
        chain._put(task, plain(without_none(parameters)))
        return chain.json(security, deadline=deadline, progress=progress)

    def _av_convert(
        self,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> AudioVisual:
        security = security or self.security
        convert = json_text("parameters", plain(without_none(parameters)))
        with Request(security, deadline, progress) as request:
            arguments = self._start()._handle, convert, request.options
            job = request.owned(lib.ferry_av_free, lib.ferry_transform_av_convert, *arguments)
        return AudioVisual._of(job, self._account, security)

    def store(
        self,
        filename: Optional[str] = None,
        location: Optional[str] = None,
        path: Optional[str] = None,
        container: Optional[str] = None,
        region: Optional[str] = None,
        access: Optional[str] = None,
        base64decode: Optional[bool] = None,
        workflows: Optional[Sequence[str]] = None,
        *,
        security: Optional[Security] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Filelink:
        """Stores the result as a new file. The request is not repeated once it may have arrived, or there
        would be two files.

        location: "S3", "gcs", "azure", "rackspace", "dropbox"; default: the account's.
        path: folder (with a slash at its end) or full key in the storage.
        container: bucket or container; region: its region.
        access: "public" or "private", the default.
        base64decode: whether the result is base64 text, to be stored decoded.
        workflows: 1 to 20 ids of workflows to run on the stored file.
        """
        options = init(_abi.ferry_store_options, lib.ferry_store_options_init)
        options.filename = text("filename", filename)
        options.location = text("location", location)
        options.path = text("path", path)
        options.container = text("container", container)
        options.region = text("region", region)
        options.access = text("access", access)
        options.workflows_json = json_text("workflows", None if workflows is None else list(workflows))
        options.base64decode = bool(base64decode)
        security = security or self.security
        with Request(security, deadline, progress, options) as request:
            chain = self._start()
            stored = request.owned(lib.ferry_filelink_free, lib.ferry_transform_store, chain._handle, options)
        return Filelink._of(stored, self._account, security)

    astore = awaitable(store)


class Filelink(Chain):
    """A file in the cloud. An upload gives one; from a handle it is made with `Filelink('HANDLE')` or
    `client.filelink('HANDLE')`.

    handle: the last element of the file's URL.
    apikey: needed to delete the file.
    security: goes with every call that does not bring its own.
    client: whose hosts and connections to use, instead of apikey.
    """

    _download = lib.ferry_filelink_download
    _content = lib.ferry_filelink_content
    _stream = lib.ferry_filelink_stream
    _response: Optional[StoredFile] = None

    def __init__(
        self,
        handle: str,
        apikey: Optional[str] = None,
        security: Optional[Security] = None,
        upload_response: Any = None,
        *,
        client: Optional[HasAccount] = None,
    ) -> None:
        account = account_of(client, apikey)
        arguments = account.handle, text("handle", handle)
        self._adopt(owned(lib.ferry_filelink_free, lib.ferry_filelink_new, *arguments), account, security)
        self._response = upload_response

    def _start(self) -> Transformation:
        return Transformation._new(self, self._account, self._security)

    _fork = _start

    @property
    def handle(self) -> str:
        """The last element of the URL."""
        return str(lib.ferry_filelink_handle(self._handle).decode())

    @property
    def url(self) -> str:
        """The address, never signed."""
        return str(lib.ferry_filelink_url(self._handle).decode())

    @property
    def upload_response(self) -> StoredFile:
        """What the service said when the file was stored; of a Filelink made from a handle, only that."""
        if self._response is not None:
            return self._response
        told: StoredFile = owned_json(lib.ferry_filelink_answer, self._handle)
        return told

    def signed_url(self, security: Optional[Security] = None) -> str:
        """The address with a policy and its signature: those given, or the Filelink's own."""
        security = security or self._security
        return owned_text(lib.ferry_filelink_signed_url, self._handle, security and security._handle)

    def metadata(
        self,
        attributes_list: Optional[Sequence[str]] = None,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> FileMetadata:
        """What the service knows of the file.

        attributes_list: e.g. ['size', 'filename', 'md5']; default: as the service chooses.
        """
        attributes = text("attributes_list", ",".join(attributes_list)) if attributes_list else None
        with Request(security or self.security, deadline, progress) as request:
            function = lib.ferry_filelink_metadata
            told: FileMetadata = request.json(function, self._handle, attributes, request.options)
            return told

    ametadata = awaitable(metadata)

    def get_metadata(
        self,
        params: Union[Mapping[str, Any], Sequence[str], None] = None,
        security: Optional[Security] = None,
    ) -> FileMetadata:
        """An older name of metadata(). params: {'size': True}, or the names alone."""
        names = [name for name in params or () if not isinstance(params, Mapping) or params[name]]
        return self.metadata(names, security)

    def delete(
        self,
        apikey: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        keep_stored: bool = False,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """Deletes the file, which needs a security. The Response has the status of the answer, but not its
        headers and body.

        keep_stored: only the handle goes, and the object stays in the storage.
        """
        apikey = apikey or self.apikey
        if apikey is None:
            raise InvalidArgument("apikey is needed to delete a file: give it here or to the Filelink")
        link = self._handle
        if apikey != self.apikey:
            arguments = self._account.with_apikey(apikey).handle, text("handle", self.handle)
            link = owned(lib.ferry_filelink_free, lib.ferry_filelink_new, *arguments)
        with Request(security or self.security, deadline, progress) as request:
            request.call(lib.ferry_filelink_delete, link, keep_stored, request.options)
            return request.response_with(b"")

    adelete = awaitable(delete)

    def overwrite(
        self,
        *,
        filepath: Optional[Path] = None,
        url: Optional[str] = None,
        file_obj: Any = None,
        base64decode: bool = False,
        security: Optional[Security] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Filelink:
        """Replaces the bytes of the file, which needs a security. Its name and type stay. Returns itself.

        filepath, url, file_obj: one of a local file, what the service finds at a URL, and bytes or a binary
        file object, which is copied to a temporary file from where it stands to its end.
        base64decode: whether what is at the URL is base64 text, to be stored decoded.
        """
        one_of(filepath=filepath, url=url, file_obj=file_obj)
        if base64decode and url is None:
            raise InvalidArgument("base64decode: only what comes from a URL is decoded")
        if hasattr(file_obj, "read"):
            # The library sends a file without holding all of it.
            with tempfile.TemporaryDirectory(prefix="ferry-") as folder:
                filepath = os.path.join(folder, "file")
                with open(filepath, "wb") as copy:
                    shutil.copyfileobj(binary(file_obj), copy)
                return self.overwrite(
                    filepath=filepath, security=security, deadline=deadline, progress=progress
                )
        with Request(security or self.security, deadline, progress) as request:
            link, options = self._handle, request.options
            if filepath is not None:
                path = path_text("filepath", filepath)
                request.call(lib.ferry_filelink_overwrite_file, link, path, options)
            elif url is not None:
                request.call(lib.ferry_filelink_overwrite_url, link, text("url", url), base64decode, options)
            else:
                data = data_of("file_obj", file_obj)
                request.call(lib.ferry_filelink_overwrite_bytes, link, *data, options)
        return self

    aoverwrite = awaitable(overwrite)

    def __reduce__(self) -> Any:
        return _filelink, (type(self), self.handle, self._account, self._security, self.upload_response)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same file at the same place, whatever they are signed with."""
        if not isinstance(other, Filelink):
            return NotImplemented
        return self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __repr__(self) -> str:
        return f"<Filelink {self.handle}>"


def _filelink(
    kind: Type[Filelink], handle: str, account: Account, security: Optional[Security], response: Any
) -> Filelink:
    """What a pickle of a Filelink calls."""
    arguments = account.handle, text("handle", handle)
    link = kind._of(owned(lib.ferry_filelink_free, lib.ferry_filelink_new, *arguments), account, security)
    link._response = response
    return link


Source = Union[str, Filelink]


class Transformation(Chain):
    """A file, or several, and what is done to it, task after task. Building it sends nothing. As in the
    vendor's SDK, the method of a task adds it to this chain and returns the chain; copy() makes another one,
    to go on in two directions. Only one thread at a time may change a chain.

    A task that answers with JSON, such as tags(), runs a copy with that task at its end.

    >>> chain = Filelink('HANDLE').resize(width=500, height=500)
    >>> chain.flip().enhance()
    >>> chain.url
    """

    _download = lib.ferry_transform_download
    _content = lib.ferry_transform_content
    _stream = lib.ferry_transform_stream

    def __init__(
        self,
        apikey: Optional[str] = None,
        handle: Optional[str] = None,
        external_url: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        client: Optional[HasAccount] = None,
    ) -> None:
        source = handle or external_url
        if source is None or (handle and external_url):
            raise InvalidArgument("one of handle and external_url is needed")
        account = account_of(client, apikey)
        self._adopt(_chain_of(source, account), account, security)

    @classmethod
    def _new(
        cls, source: Union[Source, Sequence[Source]], account: Account, security: Optional[Security]
    ) -> Transformation:
        return cls._of(_chain_of(source, account), account, security)

    def _start(self) -> Transformation:
        return self

    def _fork(self) -> Transformation:
        return self.copy()

    def copy(self) -> Transformation:
        """Another chain with the same tasks: what is added to one is not added to the other."""
        copy = owned(lib.ferry_transform_free, lib.ferry_transform_clone, self._handle)
        return Transformation._of(copy, self._account, self._security)

    __copy__ = copy

    def _put(self, task: str, parameters: Union[str, Mapping[str, Any], None]) -> None:
        if parameters is None or isinstance(parameters, str):
            given = text("parameters", parameters)
            check(lib.ferry_transform_add, self._handle, text("task", task), given)
        else:
            given = json_text("parameters", dict(parameters)) if parameters else None
            check(lib.ferry_transform_add_json, self._handle, text("task", task), given)

    def _put_raw(self, element: str) -> None:
        check(lib.ferry_transform_add_raw, self._handle, text("element", element))

    def with_apikey(self, always: bool = True) -> Transformation:
        """Puts the API key into the URL, as some accounts want it, and returns itself; other sources than
        handles always have it there.
        """
        lib.ferry_transform_with_apikey(self._handle, always)
        return self

    @property
    def url(self) -> str:
        """The URL of the result, unsigned, ready to be sent by any client."""
        return owned_text(lib.ferry_transform_url, self._handle)

    def signed_url(self, security: Optional[Security] = None) -> str:
        """The URL with a policy and its signature: those given, or the chain's own."""
        security = security or self._security
        return owned_text(lib.ferry_transform_signed_url, self._handle, security and security._handle)

    def base64_url(self, security: Optional[Security] = None) -> str:
        """The URL in base64 form, for sources and values that no path can carry; signed if there is a
        security.
        """
        security = security or self._security
        return owned_text(lib.ferry_transform_base64_url, self._handle, security and security._handle)

    def json(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Runs a chain whose last task answers with JSON, e.g. pdf_info() or debug()."""
        with Request(security or self.security, deadline, progress) as request:
            return request.json(lib.ferry_transform_json, self._handle, request.options)

    ajson = awaitable(json)

    def __repr__(self) -> str:
        return f"<Transformation {self.url}>"


class AudioVisual(Owner):
    """A conversion of audio or video, a job of the service. Made by av_convert(), or from what that one told:
    then nothing is sent before it is asked for something.

    url, uuid, timestamp: those of the AudioVisual that av_convert() gave, e.g. in another process. The URL
    has to be at one of the client's hosts.
    apikey, security, client: as for Filelink.
    """

    def __init__(
        self,
        url: str,
        uuid: str,
        timestamp: str,
        apikey: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        client: Optional[HasAccount] = None,
    ) -> None:
        self._tell(url, uuid, timestamp, account_of(client, apikey), security)
        self._known.check()

    def _tell(
        self, url: str, uuid: str, timestamp: str, account: Account, security: Optional[Security]
    ) -> None:
        address_of(security)  # refuses what is none
        self._account = account
        self._security = security or account.security
        self._known = Conversion(url, account, self._security)
        self._uuid, self._timestamp = uuid, timestamp

    @classmethod
    def _of(cls, job: Handle, account: Account, security: Optional[Security]) -> AudioVisual:
        made = cls.__new__(cls)
        functions = lib.ferry_av_url, lib.ferry_av_uuid, lib.ferry_av_timestamp
        url, uuid, timestamp = (function(job).decode() for function in functions)
        made._tell(url, uuid, timestamp, account, security)
        made._owned = job
        return made

    @property
    def apikey(self) -> Optional[str]:
        """The API key it was made with."""
        return self._account.apikey

    @property
    def security(self) -> Optional[Security]:
        """What goes with every question."""
        return self._security

    @property
    def uuid(self) -> str:
        """The job's id."""
        return self._uuid

    @property
    def timestamp(self) -> str:
        """When the job began, as the service says it."""
        return self._timestamp

    @property
    def url(self) -> str:
        """The URL of the conversion, unsigned."""
        return self._known.url

    @property
    def status(self) -> str:
        """Asks the service: "started", "pending", "completed" or "failed"."""
        if self._owned is None:
            return str(self._known.ask()["status"])
        with Request(self._security) as request:
            arguments = self._handle, request.options
            return string_of(request.owned(lib.ferry_string_free, lib.ferry_av_status, *arguments))

    def wait(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Any:
        """Asks until the conversion is completed, and returns the service's description of the result. If it
        failed, that is an HTTPError with the service's reason.

        deadline: seconds to wait at most; then Timeout is raised, and the job goes on.
        """
        if self._owned is None:
            return self._known.wait(deadline, progress)
        with Request(self._security, deadline, progress) as request:
            return request.json(lib.ferry_av_wait, self._handle, request.options)

    await_done = awaitable(wait)

    def to_filelink(self) -> Filelink:
        """The converted file. NotReady until the conversion is completed, of which the service is asked if
        that is not known yet.
        """
        if self._owned is None:
            return _filelink(Filelink, self._known.result(), self._account, self._security, None)
        try:
            made = owned(lib.ferry_filelink_free, lib.ferry_av_filelink, self._handle)
        except NotReady:
            if self.status != "completed":
                raise
            made = owned(lib.ferry_filelink_free, lib.ferry_av_filelink, self._handle)
        return Filelink._of(made, self._account, self._security)

    ato_filelink = awaitable(to_filelink)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AudioVisual):
            return NotImplemented
        return (self.url, self.uuid) == (other.url, other.uuid)

    def __hash__(self) -> int:
        return hash((self.url, self.uuid))

    def __repr__(self) -> str:
        return f"<AudioVisual {self.uuid}>"


def _chain_of(source: Union[Source, Sequence[Source]], account: Account) -> Handle:
    """A chain of the library without tasks."""
    if isinstance(source, str) or not isinstance(source, Sequence):
        one = text("source", source_text(source))
        return owned(lib.ferry_transform_free, lib.ferry_transform_new, account.handle, one)
    sources = text_list("sources", source_texts(source))
    return owned(lib.ferry_transform_free, lib.ferry_transform_new_list, account.handle, *sources)


def source_text(source: Source) -> str:
    """A file as the library takes it: a handle, a URL or a storage alias."""
    handle = source if isinstance(source, str) else getattr(source, "handle", None)
    if not isinstance(handle, str):
        raise TypeError(f"source must be a str or a Filelink, not {type(source).__name__}")
    return handle


def source_texts(sources: Sequence[Source]) -> Any:
    """A list of them; what is none stays as it is, for text_list() to refuse."""
    if isinstance(sources, str) or not isinstance(sources, Iterable):
        return sources
    return [source_text(source) for source in sources]
