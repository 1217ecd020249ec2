"""Events: what a call tells of its requests, connections and retries while it runs."""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Optional

from . import _abi
from ._library import lib
from ._running import of_this_thread

# Nothing is printed in a program that has not set up logging.
_logger = logging.getLogger("ferry")
_logger.addHandler(logging.NullHandler())
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class EventKind(str, enum.Enum):
    """What an Event tells of. Each is equal to its word."""

    ATTEMPT = "attempt"
    """A request was sent and its answer read to the end, or that failed. A redirect that is followed makes
    two attempts: one of each address, with the same number.
    """
    CONNECTION = "connection"
    """A connection was opened, or could not be. Comes before the attempt that it was opened for."""
    RETRY = "retry"
    """A request or a part has failed and is sent again after a pause, which begins now."""
    RESTART = "restart"
    """The service has forgotten an upload, which begins anew."""
    CONCURRENCY = "concurrency"
    """The number of parts or files that are sent at once has changed."""
    UNKNOWN = "unknown"
    """Something that this version of the package does not know."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Event:
    """Something that has happened in a call. Times are in seconds. What does not apply to its kind is 0 or
    "". Nothing in it is secret.
    """

    kind: EventKind
    time: datetime
    """When it happened or ended, in UTC. The callable is given it up to 0.1 s later."""
    step: str
    """As FerryError.step names it."""
    part: int
    """The part that it was for, from 1; 0 if for none."""
    attempt: int
    """Which attempt it was, or has failed: 1, 2, …"""
    method: str
    url: str
    """As errors show it, without query, user and password; of a connection "https://host:port"."""
    remote: str
    """Where the bytes went, as "192.0.2.1:443" or "[2001:db8::1]:443": a proxy, if there is one."""
    reused: bool
    """Of an attempt: whether it went over a connection that was open."""
    http_status: int
    """0 if there was no answer."""
    status: str
    """What failed, as in "FERRY_NETWORK"; "" if nothing did."""
    message: str
    """What failed, in one line."""
    request_id: str
    """What the service calls the request."""
    name: float
    """The look-up of the host's name; this and the next two are 0 for a reused connection."""
    connect: float
    """The TCP connection."""
    tls: float
    """The TLS handshakes."""
    first_byte: float
    """From the beginning to the first byte of the answer; 0 if none came."""
    whole: float
    """Of an attempt: until the last byte of the answer was read."""
    bytes_sent: int
    """Head and body of the request, before TLS."""
    bytes_received: int
    """Head and body of the answer, after TLS."""
    wait: float
    """Of a retry: the pause."""
    concurrency: int
    """Of a change: how many parts or files are sent at once from now on."""

    @property
    def failed(self) -> bool:
        return bool(self.status)


Listener = Callable[[Event], object]
"""A callable that is given each Event on the thread that made the call, in the order in which they happened,
while the call runs and before it returns. Calls that several threads make at once call it at once. What it
raises interrupts the call and is raised by it; what it returns is ignored.
"""


def log_event(event: Event) -> None:
    """Writes to the logger "ferry", as a Connection without on_event does: what failed, retries and restarts
    as warnings, all else as debug messages. The Event itself is the attribute `event` of the record.
    """
    is_warning = event.failed or event.kind in (EventKind.RETRY, EventKind.RESTART)
    level = logging.WARNING if is_warning else logging.DEBUG
    if not _logger.isEnabledFor(level):
        return
    words = [event.kind.value, event.step, f"part {event.part}" if event.part else ""]
    words += [f"attempt {event.attempt}" if event.attempt > 1 else "", event.method, event.url]
    words += [f"HTTP {event.http_status}" if event.http_status else ""]
    words += [f"{event.whole * 1000:.1f} ms" if event.whole else ""]
    words += [f"again after {event.wait:.3f} s" if event.kind is EventKind.RETRY else ""]
    words += [f"{event.concurrency} at once" if event.concurrency else ""]
    words += [f"({event.message})" if event.message else ""]
    _logger.log(level, "%s", " ".join(filter(None, words)), extra={"event": event})


def event_callback(listener: Optional[Listener]) -> Any:
    """A ferry_event_fn; it has to live as long as the client that is made with it."""
    is_logged, tell_of = (_is_logged, log_event) if listener is None else (_always, listener)

    def tell(event: Any, _user_data: Any) -> None:
        running = of_this_thread()
        if running is None:
            return
        if event.contents.kind == _abi.FERRY_EVENT_ATTEMPT:
            running.answered = event.contents.http_status, event.contents.url
        if is_logged(event.contents):
            running.told(lambda: tell_of(_event(event.contents)))

    return _abi.ferry_event_fn(tell)


def _is_logged(event: Any) -> bool:
    """Whether log_event() writes anything: an Event costs more than the question."""
    return _logger.isEnabledFor(logging.DEBUG) or (
        (event.status != _abi.FERRY_OK or event.kind in (_abi.FERRY_EVENT_RETRY, _abi.FERRY_EVENT_RESTART))
        and _logger.isEnabledFor(logging.WARNING)
    )


def _always(_event: Any) -> bool:
    return True


def _event(event: Any) -> Event:
    return Event(
        kind=_kind(event.kind),
        time=_EPOCH + timedelta(microseconds=event.time_us),
        step=event.step.decode(),
        part=event.part,
        attempt=event.attempt,
        method=event.method.decode(),
        url=event.url.decode(),
        remote=event.remote.decode(),
        reused=event.reused != 0,
        http_status=event.http_status,
        status=lib.ferry_status_name(event.status).decode() if event.status else "",
        message=event.message.decode(),
        request_id=event.request_id.decode(),
        name=event.name_us / 1e6,
        connect=event.connect_us / 1e6,
        tls=event.tls_us / 1e6,
        first_byte=event.first_byte_us / 1e6,
        whole=event.whole_us / 1e6,
        bytes_sent=event.bytes_sent,
        bytes_received=event.bytes_received,
        wait=event.wait_ms / 1e3,
        concurrency=event.concurrency,
    )


def _kind(number: int) -> EventKind:
    return EventKind(lib.ferry_event_kind_name(number).decode())
