"""A conversion that is known by its URL alone: the same URL asks for the same job."""

from __future__ import annotations

import json
import re
import time
from typing import Any, NamedTuple, Optional

from ._account import Account
from ._call import milliseconds, text
from ._library import lib
from ._request import Request
from ._running import pause
from .errors import HTTPError, InvalidArgument, NotReady, ProtocolError, Timeout
from .policy import Security
from .progress import Reporter

TASK = "/video_convert="
BETWEEN = 1.0
"""Seconds from one question to the next."""
MOST_IN_VAIN = 10
"""How often a wait believes that a conversion is completed of which there is no file."""


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
        if not isinstance(told, dict) or not isinstance(told.get("status"), str):
            raise ProtocolError(f"cannot ask for {self.url}: the answer has no status of a conversion")
        return told

    def wait(self, deadline: Optional[float], progress: Reporter) -> Any:
        """Asks until it is completed; what the service said last."""
        milliseconds("deadline", deadline)  # refuses what is none
        connection = self.account.settings.connection
        if deadline is None and connection is not None:
            deadline = connection.deadline
        end = None if deadline is None else time.monotonic() + deadline
        in_vain = 0
        while True:
            told = self.ask(None if end is None else max(0.001, end - time.monotonic()), progress)
            if result_of(told) is not None:
                return told
            if told["status"] == "completed":
                in_vain += 1
            if in_vain == MOST_IN_VAIN:
                raise ProtocolError(
                    f"the service has said {MOST_IN_VAIN} times that the conversion is completed, and named "
                    "no file: convert it again with force",
                    **_of_answer(told),
                )
            if end is not None and time.monotonic() + BETWEEN > end:
                raise Timeout(f"{self.url} was not converted within {deadline} s; it goes on", retryable=True)
            pause(BETWEEN)

    def result(self) -> str:
        """The handle of the converted file."""
        told = self.ask()
        handle = result_of(told)
        if handle is None:
            lacks = " and has no result yet" if told["status"] == "completed" else ""
            words = f'the conversion is "{told["status"]}"{lacks}: wait for it, then ask again'
            raise NotReady(words, retryable=True)
        return handle


def result_of(told: Any) -> Optional[str]:
    """The handle of the converted file, once the service names it; an HTTPError if the conversion has failed.
    """
    if told["status"] == "failed":
        reason = told.get("message") or "the service gives no reason"
        raise HTTPError(f"the conversion has failed: {reason}", **_of_answer(told))
    data = told.get("data") if told["status"] == "completed" else None
    url = data.get("url") if isinstance(data, dict) else None
    handle = re.search(r"(?:^|/)([A-Za-z0-9_-]{1,128})\Z", url) if isinstance(url, str) else None
    return handle and handle.group(1)


def _of_answer(told: Any) -> Any:
    return {"http_status": 200, "body": json.dumps(told), "step": "video_convert"}
