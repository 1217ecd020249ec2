"""Webhooks: whether a message comes from the service, unchanged."""

from __future__ import annotations

from typing import Dict, Iterable, Optional, Protocol, Sequence, Tuple, TypedDict, Union

from ._call import check, owned_text, text, text_list, whole
from ._library import lib
from .errors import FerryError, InvalidArgument, SignatureMismatch

Body = Union[str, bytes, bytearray, memoryview]


class HasItems(Protocol):
    """Headers: a dict, the Message of http.server, or what a framework has."""

    def items(self) -> Iterable[Tuple[str, str]]: ...


def verify_webhook(
    secret: Union[str, Sequence[str]], body: Body, headers: HasItems, *, tolerance: int = 300
) -> None:
    """Returns if the message is genuine; else raises SignatureMismatch or SignatureExpired, or
    InvalidArgument if something is missing.

    secret: of the webhook; a list while it is being replaced, the old and the new one.
    body: the body of the request as it came, before any parsing.
    headers: of the request, in any case; FS-Timestamp and FS-Signature are read.
    tolerance: the greatest age of a message in seconds; 0: any age. A message that is caught and sent again
    later is as genuine as it was.
    """
    if not hasattr(headers, "items"):
        raise TypeError(f"headers must be a dict or another mapping, not {type(headers).__name__}")
    most = whole("tolerance", tolerance, 0, (1 << 32) - 1)
    given = {name.lower(): value for name, value in headers.items()}
    stamp = []
    for name in ("FS-Timestamp", "FS-Signature"):
        if name.lower() not in given:
            raise InvalidArgument(
                f"headers has no {name}: the message is not from Filestack, or not all headers were given"
            )
        stamp.append(text(name, given[name.lower()]))
    data = _bytes(body)
    if secret is None or isinstance(secret, str):
        check(lib.ferry_webhook_verify, text("secret", secret), data, len(data), *stamp, most)
    else:
        check(lib.ferry_webhook_verify_any, *text_list("secret", secret), data, len(data), *stamp, most)


def verify_webhook_signature(
    secret: Optional[str] = None,
    body: Optional[Body] = None,
    headers: Optional[HasItems] = None,
    *,
    tolerance: int = 0,
) -> Tuple[bool, Dict[str, str]]:
    """The vendor's form of verify_webhook, from 3.0 on: (True, {}), or (False, {'error': why}). Raises
    nothing; takes messages of any age.
    """
    try:
        if secret is None or body is None or headers is None:
            raise InvalidArgument("secret, body and headers are needed")
        verify_webhook(secret, body, headers, tolerance=tolerance)
    except (FerryError, TypeError, AttributeError) as error:
        return False, {"error": str(error)}
    return True, {}


class Verdict(TypedDict):
    """What Client.verify_webhook_signature() tells."""

    valid: bool
    error: Optional[str]


def webhook_verdict(
    secret: Optional[str] = None,
    body: Optional[Body] = None,
    headers: Optional[HasItems] = None,
    *,
    tolerance: int = 0,
) -> Verdict:
    """The form of the vendor's SDK up to 2.8: {'valid': whether the message is genuine, 'error': None}; where
    that could not be found out, `error` says why, and `valid` is False. Raises nothing; takes messages of any
    age.
    """
    try:
        if secret is None or body is None or headers is None:
            raise InvalidArgument("secret, body and headers are needed")
        verify_webhook(secret, body, headers, tolerance=tolerance)
    except SignatureMismatch:
        return {"valid": False, "error": None}
    except (FerryError, TypeError, AttributeError) as error:
        return {"valid": False, "error": str(error)}
    return {"valid": True, "error": None}


def sign_webhook(secret: str, body: Body, timestamp: str) -> str:
    """The FS-Signature of a message, to test a receiver. timestamp: what FS-Timestamp says, Unix seconds."""
    data = _bytes(body)
    return owned_text(
        lib.ferry_webhook_sign, text("secret", secret), data, len(data), text("timestamp", timestamp)
    )


def _bytes(body: Body) -> bytes:
    if isinstance(body, str):
        try:
            return body.encode()
        except UnicodeEncodeError as error:
            raise InvalidArgument(f"body cannot be written in UTF-8: {error}") from None
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"body must be bytes or str, not {type(body).__name__}")
