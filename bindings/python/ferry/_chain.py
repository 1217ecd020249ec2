"""What Filelink and Transformation have in common."""

from __future__ import annotations

from ctypes import byref, c_uint64
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Sequence, Union

from . import _abi
from ._call import Owner, Path, bytes_of, init, json_text, owned, path_text, text, without_none
from ._library import lib
from ._request import Request
from ._running import write_callback
from ._tasks import Tasks
from .audiovisual import AudioVisual
from .progress import Reporter

if TYPE_CHECKING:
    from ._account import Account
    from .filelink import Filelink
    from .policy import Security
    from .transformation import Transformation


class Chain(Tasks, Owner):
    """A file, or what becomes of it."""

    _account: Account
    _security: Optional[Security]
    _download: Any
    _content: Any

    def _start(self) -> Transformation:
        """A chain of its own that can be added to."""
        raise NotImplementedError

    @property
    def apikey(self) -> Optional[str]:
        """The API key it was made with."""
        return self._account.apikey

    @property
    def security(self) -> Optional[Security]:
        """What goes with every call that does not bring its own."""
        return self._security

    def add(self, task: str, parameters: Union[str, Mapping[str, Any], None] = None) -> Transformation:
        """Adds any task that the library knows by its name.

        parameters: a dict, or a text as in a URL, "width:500,align:[top,left]", not percent-encoded.
        """
        chain = self._start()
        chain._put(task, parameters)
        return chain

    def raw(self, element: str) -> Transformation:
        """Adds an element of the URL as it is, "new_task=k:v", unchecked: for what this version does not know."""
        chain = self._start()
        chain._put_raw(element)
        return chain

    def _add(self, task: str, parameters: Dict[str, Any]) -> Transformation:
        return self.add(task, _plain(without_none(parameters)))

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
        timeout: Optional[float] = None,
        progress: Reporter = None,
    ) -> Filelink:
        """Stores the result as a new file. If an answer is lost on the way, the attempt that follows stores once more.

        location: "S3", "gcs", "azure", "rackspace", "dropbox"; default: the account's.
        path: folder (with a slash at its end) or full key in the storage.
        container: bucket or container; region: its region.
        access: "public" or "private", the default.
        base64decode: whether the result is base64 text, to be stored decoded.
        workflows: 1 to 20 ids of workflows to run on the stored file.
        timeout: seconds for the whole call.
        """
        from .filelink import Filelink

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
        with Request(security, timeout, progress, options) as request:
            chain = self._start()
            stored = request.owned(lib.ferry_filelink_free, lib.ferry_transform_store, chain._handle, options)
        return Filelink._of(stored, self._account, security)

    def download(
        self, path: Path, security: Optional[Security] = None, *, timeout: Optional[float] = None, progress: Reporter = None
    ) -> int:
        """Downloads it to a file and returns how many bytes it has. What was there is replaced when all bytes have come, and not before."""
        length = c_uint64()
        with Request(security or self.security, timeout, progress) as request:
            request.call(self._download, self._handle, path_text("path", path), request.options, byref(length))
        return length.value

    def get_content(
        self, security: Optional[Security] = None, *, timeout: Optional[float] = None, progress: Reporter = None
    ) -> bytes:
        """Its bytes, at most 1 GiB."""
        with Request(security or self.security, timeout, progress) as request:
            return bytes_of(request.owned(lib.ferry_bytes_free, self._content, self._handle, request.options))

    def stream(
        self,
        write: Callable[[bytes], object],
        security: Optional[Security] = None,
        *,
        timeout: Optional[float] = None,
        progress: Reporter = None,
    ) -> int:
        """Downloads it piece by piece: write is called with each, e.g. `file.write`. Returns how many bytes there were. Once a piece was
        handed over, a failure is final.
        """
        length = c_uint64()
        with Request(security or self.security, timeout, progress) as request:
            take = write_callback(request, write)
            chain = self._start()
            request.call(lib.ferry_transform_stream, chain._handle, take, None, request.options, byref(length))
        return length.value

    def _av_convert(self, parameters: Dict[str, Any], security: Optional[Security]) -> AudioVisual:
        security = security or self.security
        convert = json_text("parameters", _plain(without_none(parameters)))
        with Request(security) as request:
            job = request.owned(lib.ferry_av_free, lib.ferry_transform_av_convert, self._start()._handle, convert, request.options)
        return AudioVisual(job, self._account, security)


def _plain(value: Any) -> Any:
    """Filelinks as their handles, in lists and dicts too."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return getattr(value, "handle", value)
