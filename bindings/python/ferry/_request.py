"""One request with its options."""

from __future__ import annotations

from typing import Any, Optional, TypeVar

from . import _abi
from ._call import init, json_of, milliseconds, response_of
from ._library import lib
from ._running import Running
from .policy import Security, address_of
from .progress import Reporter
from .response import Headers, Response

Self = TypeVar("Self", bound="Request")


class Request(Running):
    """A Running whose options, of any struct that has `security`, `deadline_ms` and `on_progress`, are in
    `options`.
    """

    def __init__(
        self,
        security: Optional[Security] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
        options: Any = None,
    ) -> None:
        super().__init__(progress)
        self.options = (
            init(_abi.ferry_request_options, lib.ferry_request_options_init) if options is None else options
        )
        self.options.security = address_of(security)
        self.options.deadline_ms = milliseconds("deadline", deadline)
        self._security = security  # the options point to it

    def __enter__(self: Self) -> Self:
        super().__enter__()
        self.options.on_progress = self.on_progress
        return self

    def json(self, function: Any, *arguments: Any) -> Any:
        """Calls a function whose last arguments are `ferry_value **out, ferry_error **err`."""
        return json_of(self.owned(lib.ferry_value_free, function, *arguments))

    def response_with(self, content: bytes) -> Response:
        """The Response of a call that tells no more of the answer than its content."""
        status, url = self.answered
        # A call that succeeds although nothing is there any more has deleted it in an attempt before.
        return Response(status if status < 400 else 200, content, Headers(), url.decode())

    def response(self, function: Any, *arguments: Any) -> Response:
        """The same for `ferry_response **out, ferry_error **err`."""
        return response_of(self.owned(lib.ferry_response_free, function, *arguments))
