"""Conversions of audio and video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ._call import Handle, Owner, owned, string_of
from ._library import lib
from ._request import Request
from .errors import NotReady
from .progress import Reporter

if TYPE_CHECKING:
    from ._account import Account
    from .filelink import Filelink
    from .policy import Security


class AudioVisual(Owner):
    """A conversion, a job of the service. Made by av_convert()."""

    def __init__(self, handle: Handle, account: Account, security: Optional[Security]) -> None:
        self._owned = handle
        self._account = account
        self._security = security

    @property
    def uuid(self) -> str:
        """The job's id."""
        return str(lib.ferry_av_uuid(self._handle).decode())

    @property
    def timestamp(self) -> str:
        """When the job began, as the service says it."""
        return str(lib.ferry_av_timestamp(self._handle).decode())

    @property
    def url(self) -> str:
        """The URL of the conversion, unsigned."""
        return str(lib.ferry_av_url(self._handle).decode())

    @property
    def status(self) -> str:
        """Asks the service: "started", "pending", "completed" or "failed"."""
        with Request(self._security) as request:
            return string_of(request.owned(lib.ferry_string_free, lib.ferry_av_status, self._handle, request.options))

    def wait(self, *, timeout: Optional[float] = None, progress: Reporter = None) -> Any:
        """Asks until the conversion is completed, and returns the service's description of the result. If it failed, that is an HTTPError
        with the service's reason.

        timeout: seconds to wait at most; then Timeout is raised, and the job goes on.
        """
        with Request(self._security, timeout, progress) as request:
            return request.json(lib.ferry_av_wait, self._handle, request.options)

    def to_filelink(self) -> Filelink:
        """The converted file. NotReady until the conversion is completed, of which the service is asked if that is not known yet."""
        from .filelink import Filelink

        try:
            made = owned(lib.ferry_filelink_free, lib.ferry_av_filelink, self._handle)
        except NotReady:
            if self.status != "completed":
                raise
            made = owned(lib.ferry_filelink_free, lib.ferry_av_filelink, self._handle)
        return Filelink._of(made, self._account, self._security)

    def __repr__(self) -> str:
        return f"<AudioVisual {self.uuid}>"
