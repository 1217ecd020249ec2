"""What a service answered."""

from __future__ import annotations

import json
from http.client import responses
from typing import Any, Callable, ClassVar, Dict, Iterable, Iterator, List, Mapping, Tuple


class Headers(Mapping[str, str]):
    """The headers of a response. Names are not case-sensitive. The value of a header that came several times
    is all its values, joined with ", "; get_all() gives them one by one.
    """

    def __init__(self, pairs: Iterable[Tuple[str, str]] = ()) -> None:
        self._values: Dict[str, List[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_all(self, name: str) -> List[str]:
        """All values of a header, in the order in which they came; an empty list if there is none."""
        return list(self._values.get(name.lower(), ()))

    def __repr__(self) -> str:
        return f"Headers({dict(self)})"


class Response:
    """What a service answered.

    status_code: the HTTP status, e.g. 200.
    headers: by name, in any case. Empty for the response of an error.
    content: the body. For the response of an error it is `body` of the error: at most 16 KiB, without
    secrets.
    url: the URL of the request as errors show it, without query and secrets; "" for the response of an error.
    """

    # HTTPError and ProtocolError; their module needs this one.
    _refusal: ClassVar[Callable[..., Exception]]
    _malformed: ClassVar[Callable[..., Exception]]

    def __init__(self, status_code: int, content: bytes, headers: Headers = Headers(), url: str = "") -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content
        self.url = url

    @property
    def reason(self) -> str:
        """The usual words for the status, such as "Not Found"; "" if it has none."""
        return responses.get(self.status_code, "")

    def raise_for_status(self) -> None:
        """Raises HTTPError for a status from 400 on. A response that a call has returned has none such."""
        if not self.ok:
            raise self._refusal(
                f"HTTP {self.status_code} {self.reason} from {self.url}",
                http_status=self.status_code,
                body=self.text,
            )

    @property
    def ok(self) -> bool:
        """Whether the service did what it was asked."""
        return self.status_code < 400

    @property
    def text(self) -> str:
        """The body as UTF-8. Bytes that are not UTF-8 become U+FFFD."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON, None if it is empty; ProtocolError if it is anything else."""
        if not self.content:
            return None
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise self._malformed(f"{self.url or 'the answer'} is not JSON: {error}") from None

    def __repr__(self) -> str:
        return f"<Response {self.status_code}>"
