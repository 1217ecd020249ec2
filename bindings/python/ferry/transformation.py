"""Chains of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Union

from ._account import account_of
from ._call import Handle, check, json_text, owned, owned_text, text, text_list
from ._chain import Chain
from ._library import lib
from ._request import Request
from .errors import InvalidArgument
from .progress import Reporter

if TYPE_CHECKING:
    from ._account import Account
    from .client import Client
    from .filelink import Filelink
    from .policy import Security

Source = Union[str, "Filelink"]


class Transformation(Chain):
    """A file, or several, and what is done to it, task after task. Building it sends nothing. A task gives a new Transformation, so that a
    chain can go on in two directions.

    >>> Filelink('HANDLE').resize(width=500, height=500).flip().enhance().url
    """

    _download = lib.ferry_transform_download
    _content = lib.ferry_transform_content

    def __init__(
        self,
        apikey: Optional[str] = None,
        handle: Optional[str] = None,
        external_url: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        client: Optional[Client] = None,
    ) -> None:
        source = handle or external_url
        if source is None or (handle and external_url):
            raise InvalidArgument("one of handle and external_url is needed")
        self._set(source, account_of(client, apikey, security), security)

    @classmethod
    def _new(cls, source: Union[Source, Sequence[Source]], account: Account, security: Optional[Security]) -> Transformation:
        made = cls.__new__(cls)
        made._set(source, account, security)
        return made

    def _set(self, source: Union[Source, Sequence[Source]], account: Account, security: Optional[Security]) -> None:
        if isinstance(source, str) or not isinstance(source, Sequence):
            chain = owned(lib.ferry_transform_free, lib.ferry_transform_new, account.handle, text("source", source_text(source)))
        else:
            sources = text_list("sources", source_texts(source))
            chain = owned(lib.ferry_transform_free, lib.ferry_transform_new_list, account.handle, *sources)
        self._adopt(chain, account, security or account.security)

    def _adopt(self, chain: Handle, account: Account, security: Optional[Security]) -> None:
        self._owned, self._account, self._security = chain, account, security

    def _start(self) -> Transformation:
        return self.clone()

    def clone(self) -> Transformation:
        """A copy."""
        copy = Transformation.__new__(Transformation)
        copy._adopt(owned(lib.ferry_transform_free, lib.ferry_transform_clone, self._handle), self._account, self._security)
        return copy

    def _put(self, task: str, parameters: Union[str, Mapping[str, Any], None]) -> None:
        if parameters is None or isinstance(parameters, str):
            check(lib.ferry_transform_add, self._handle, text("task", task), text("parameters", parameters))
        else:
            given = json_text("parameters", dict(parameters)) if parameters else None
            check(lib.ferry_transform_add_json, self._handle, text("task", task), given)

    def _put_raw(self, element: str) -> None:
        check(lib.ferry_transform_add_raw, self._handle, text("element", element))

    def with_apikey(self, always: bool = True) -> Transformation:
        """A copy with the API key in its URL, as some accounts want it; other sources than handles always have it there."""
        chain = self.clone()
        lib.ferry_transform_with_apikey(chain._handle, always)
        return chain

    @property
    def url(self) -> str:
        """The URL of the result, unsigned, ready to be sent by any client."""
        return owned_text(lib.ferry_transform_url, self._handle)

    def signed_url(self, security: Optional[Security] = None) -> str:
        """The URL with a policy and its signature: those given, or the chain's own."""
        security = security or self._security
        return owned_text(lib.ferry_transform_signed_url, self._handle, security and security._handle)

    def base64_url(self, security: Optional[Security] = None) -> str:
        """The URL in base64 form, for sources and values that no path can carry; signed if there is a security."""
        security = security or self._security
        return owned_text(lib.ferry_transform_base64_url, self._handle, security and security._handle)

    def json(
        self, security: Optional[Security] = None, *, timeout: Optional[float] = None, progress: Reporter = None
    ) -> Any:
        """Runs a chain whose last task answers with JSON, e.g. pdf_info() or debug()."""
        with Request(security or self.security, timeout, progress) as request:
            return request.json(lib.ferry_transform_json, self._handle, request.options)

    def __repr__(self) -> str:
        return f"<Transformation {self.url}>"


def source_text(source: Source) -> str:
    """A file as the library takes it: a handle, a URL or a storage alias."""
    return source if isinstance(source, str) else source.handle


def source_texts(sources: Sequence[Source]) -> List[str]:
    return [source_text(source) for source in sources]
