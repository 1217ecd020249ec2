"""A conversion that is known by its URL alone: the same URL asks for the same job."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple, Optional

from ._account import Account
from ._call import text
from ._library import lib
from ._request import Request
from ._running import pause
from .errors import HTTPError, InvalidArgument, NotReady, ProtocolError, Timeout
from .policy import Security
from .progress import Reporter

TASK = "/video_convert="
BETWEEN = 1.0
"""Seconds from one question to the next."""


class Conversion(NamedTuple):
    url: str
    account: Account
    security: Optional[Security]

    def check(self) -> None:
        if TASK not in self.url:
            raise InvalidArgument(f"url is {self.url!r}; that of a conversion has {TASK[1:-1]}")

    def ask(self, deadline: Optional[float] = None, progress: Reporter = None) -> Any:
        """What the service says of it."""
        url = self.url
        if self.security is not None and "/security=" not in url:
            url = url.replace(TASK, f"/{self.security.as_url_string()}{TASK}", 1)
        with Request(self.security, deadline, progress) as request:
            arguments = self.account.handle, b"GET", text("url", url), None, request.options
            told = request.response(lib.ferry_filestack_request, *arguments).json()
        if not isinstance(told, dict) or "status" not in told:
            raise ProtocolError(f"cannot ask for {self.url}: the answer has no status of a conversion")
        return told

    def wait(self, deadline: Optional[float], progress: Reporter) -> Any:
        """Asks until it is completed; what the service said last."""
        end = None if deadline is None else time.monotonic() + deadline
        while True:
            told = self.ask(None if end is None else max(0.001, end - time.monotonic()), progress)
            if result_url(told) is not None:
                return told
            if end is not None and time.monotonic() + BETWEEN > end:
                raise Timeout(f"{self.url} was not converted within {deadline} s; it goes on", retryable=True)
            pause(BETWEEN)

    def result(self) -> str:
        """The handle of the converted file."""
        told = self.ask()
        url = result_url(told)
        if url is None:
            words = f'the conversion is "{told["status"]}": wait for it, then ask again'
            raise NotReady(words, retryable=True)
        return url.rsplit("/", 1)[-1]


def result_url(told: Any) -> Optional[str]:
    """Where the converted file is, once it is converted; an HTTPError if that has failed."""
    if told["status"] == "failed":
        reason = told.get("message") or "the service gives no reason"
        failed = f"the conversion has failed: {reason}"
        raise HTTPError(failed, http_status=200, body=json.dumps(told), step="video_convert")
    url = (told.get("data") or {}).get("url") if told["status"] == "completed" else None
    return str(url) if url else None
