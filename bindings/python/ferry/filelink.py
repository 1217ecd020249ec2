"""Stored files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

from ._account import account_of
from ._call import Handle, Path, data_of, owned, owned_json, owned_text, path_text, text
from ._chain import Chain
from ._library import lib
from ._request import Request
from .errors import InvalidArgument
from .progress import Reporter
from .transformation import Transformation

if TYPE_CHECKING:
    from ._account import Account
    from .client import Client
    from .policy import Security


class Filelink(Chain):
    """A file in the cloud. An upload gives one; from a handle it is made with `Filelink('HANDLE')` or `client.filelink('HANDLE')`.

    handle: the last element of the file's URL.
    apikey: needed to delete the file.
    security: goes with every call that does not bring its own.
    client: whose hosts and connections to use, instead of apikey.
    """

    _download = lib.ferry_filelink_download
    _content = lib.ferry_filelink_content
    _response: Any = None

    def __init__(
        self,
        handle: str,
        apikey: Optional[str] = None,
        security: Optional[Security] = None,
        upload_response: Any = None,
        *,
        client: Optional[Client] = None,
    ) -> None:
        account = account_of(client, apikey, security)
        link = owned(lib.ferry_filelink_free, lib.ferry_filelink_new, account.handle, text("handle", handle))
        self._adopt(link, account, security or account.security)
        self._response = upload_response

    @classmethod
    def _of(cls, link: Handle, account: Account, security: Optional[Security]) -> Filelink:
        made = cls.__new__(cls)
        made._adopt(link, account, security or account.security)
        return made

    def _adopt(self, link: Handle, account: Account, security: Optional[Security]) -> None:
        self._owned, self._account, self._security = link, account, security

    def _start(self) -> Transformation:
        return Transformation._new(self, self._account, self._security)

    @property
    def handle(self) -> str:
        """The last element of the URL."""
        return str(lib.ferry_filelink_handle(self._handle).decode())

    @property
    def url(self) -> str:
        """The address, never signed."""
        return str(lib.ferry_filelink_url(self._handle).decode())

    @property
    def upload_response(self) -> Any:
        """What the service said when the file was stored; only its handle if the Filelink was made from one."""
        return owned_json(lib.ferry_filelink_answer, self._handle) if self._response is None else self._response

    def signed_url(self, security: Optional[Security] = None) -> str:
        """The address with a policy and its signature: those given, or the Filelink's own."""
        security = security or self._security
        return owned_text(lib.ferry_filelink_signed_url, self._handle, security and security._handle)

    def metadata(
        self, attributes_list: Optional[Sequence[str]] = None, security: Optional[Security] = None, *, timeout: Optional[float] = None
    ) -> Any:
        """What the service knows of the file.

        attributes_list: e.g. ['size', 'filename', 'md5']; default: as the service chooses.
        """
        attributes = text("attributes_list", ",".join(attributes_list)) if attributes_list else None
        with Request(security or self.security, timeout) as request:
            return request.json(lib.ferry_filelink_metadata, self._handle, attributes, request.options)

    def delete(
        self,
        apikey: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        keep_stored: bool = False,
        timeout: Optional[float] = None,
    ) -> None:
        """Deletes the file, which needs a security.

        keep_stored: only the handle goes, and the object stays in the storage.
        """
        apikey = apikey or self.apikey
        if apikey is None:
            raise InvalidArgument("apikey is needed to delete a file: delete(apikey=…), or Filelink(handle, apikey=…)")
        link = self._handle
        if apikey != self.apikey:
            account = self._account.with_apikey(apikey)
            link = owned(lib.ferry_filelink_free, lib.ferry_filelink_new, account.handle, text("handle", self.handle))
        with Request(security or self.security, timeout) as request:
            request.call(lib.ferry_filelink_delete, link, keep_stored, request.options)

    def overwrite(
        self,
        *,
        filepath: Optional[Path] = None,
        url: Optional[str] = None,
        file_obj: Any = None,
        base64decode: bool = False,
        security: Optional[Security] = None,
        timeout: Optional[float] = None,
        progress: Reporter = None,
    ) -> Filelink:
        """Replaces the bytes of the file, which needs a security. Its name and type stay. Returns itself.

        filepath, url, file_obj: one of a local file, what the service finds at a URL, and bytes or a binary file object, read to its end.
        base64decode: whether what is at the URL is base64 text, to be stored decoded.
        """
        if [filepath, url, file_obj].count(None) != 2:
            raise InvalidArgument("one of filepath, url and file_obj is needed")
        if base64decode and url is None:
            raise InvalidArgument("base64decode: only what comes from a URL is decoded")
        with Request(security or self.security, timeout, progress) as request:
            if filepath is not None:
                request.call(lib.ferry_filelink_overwrite_file, self._handle, path_text("filepath", filepath), request.options)
            elif url is not None:
                request.call(lib.ferry_filelink_overwrite_url, self._handle, text("url", url), base64decode, request.options)
            else:
                data = data_of(file_obj.read() if hasattr(file_obj, "read") else file_obj)
                request.call(lib.ferry_filelink_overwrite_bytes, self._handle, *data, request.options)
        return self

    def __repr__(self) -> str:
        return f"<Filelink {self.handle}>"
