"""How a client connects."""

from __future__ import annotations

import re
from ctypes import pointer
from dataclasses import dataclass, fields
from typing import Any, Optional

from . import _abi
from ._call import Path, init, milliseconds, number, optional_path, text, whole
from ._library import lib
from ._running import plain_callable
from .errors import InvalidArgument
from .event import Listener, event_callback

TRUST = {"public": _abi.FERRY_TRUST_PUBLIC, "system": _abi.FERRY_TRUST_SYSTEM}
MANNERS = {"fair": _abi.FERRY_MANNERS_FAIR, "background": _abi.FERRY_MANNERS_BACKGROUND}


@dataclass(frozen=True, repr=False)
class Connection:
    """Times are in seconds; None is the default. Of these only `deadline` ends a transfer that moves."""

    connect_timeout: Optional[float] = None
    """To find the host, to reach it and for the TLS handshake; default 10 s."""
    stall_timeout: Optional[float] = None
    """Without a byte sent or received; default 120 s."""
    deadline: Optional[float] = None
    """For a whole call, all retries included; default none."""
    max_retries: Optional[int] = None
    """Further attempts of one request or part, 0: none; default 10."""
    proxy: Optional[str] = None
    """E.g. "http://user:password@proxy.example.com:3128". "environment" takes http_proxy, HTTPS_PROXY,
    ALL_PROXY and NO_PROXY when the client is made, as curl does. Without it no environment variable is read.
    """
    ca_file: Optional[Path] = None
    """A PEM file of certificates to trust in addition."""
    user_agent: Optional[str] = None
    """Instead of ferry/VERSION."""
    trust: str = "public"
    """Who may sign certificates: "public", the public authorities that are built in, or "system", the
    system's store.
    """
    manners: str = "fair"
    """How the client's connections share a line with other traffic: "fair", as any others do, or
    "background": what is sent yields to other traffic. That is an InvalidArgument where the system does not
    tell the round trip of a connection; Linux does.
    """
    bytes_per_second: Optional[int] = None
    """The most of all calls of the client together, there and back; default no limit."""
    congestion: Optional[str] = None
    """How the kernel controls congestion, by the name that it has there, such as "bbr" or "cubic"; default:
    as the system does. A name that is not permitted is an InvalidArgument, which lists those that are.
    """
    on_event: Optional[Listener] = None
    """Is given an Event for each attempt of each request, each connection, each retry, each restart of an
    upload, and each change of the number of parts sent at once; default: log_event. To pickle a client it has
    to be a function of a module.
    """

    def __post_init__(self) -> None:
        self._options()  # refuses what it cannot have

    def __repr__(self) -> str:
        """What differs from the default; without the user and password of the proxy."""
        set_to = [(it.name, getattr(self, it.name)) for it in fields(self)]
        differ = [
            f"{name}={(without_user(value) if name == 'proxy' else value)!r}"
            for (name, value), it in zip(set_to, fields(self))
            if value != it.default
        ]
        return f"Connection({', '.join(differ)})"

    def _options(self) -> _abi.ferry_connection_options:
        options: _abi.ferry_connection_options = init(
            _abi.ferry_connection_options, lib.ferry_connection_options_init
        )
        options.connect_timeout_ms = milliseconds("connect_timeout", self.connect_timeout)
        options.stall_timeout_ms = milliseconds("stall_timeout", self.stall_timeout)
        options.deadline_ms = milliseconds("deadline", self.deadline)
        if self.max_retries is not None:
            retries = whole("max_retries", self.max_retries, 0, _abi.FERRY_NO_RETRIES - 1)
            options.max_retries = retries or _abi.FERRY_NO_RETRIES
        options.proxy = text("proxy", self.proxy)
        options.ca_file = optional_path("ca_file", self.ca_file)
        options.user_agent = text("user_agent", self.user_agent)
        if self.trust not in TRUST:
            raise InvalidArgument(f"trust is {self.trust!r}; it takes 'public' or 'system'")
        options.trust = TRUST[self.trust]
        if self.manners not in MANNERS:
            raise InvalidArgument(f"manners is {self.manners!r}; it takes 'fair' or 'background'")
        options.manners = MANNERS[self.manners]
        options.bytes_per_second = number("bytes_per_second", self.bytes_per_second, 64)
        options.congestion = text("congestion", self.congestion)
        if self.on_event is not None:
            plain_callable("on_event", self.on_event)
        options.on_event = event_callback(self.on_event)
        return options


def without_user(proxy: str) -> str:
    """A proxy as a repr shows it: without user and password."""
    head, at, host = proxy.rpartition("@")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", head)
    return f"{scheme.group() if scheme else ''}***@{host}" if at else proxy


def options_of(connection: Optional[Connection]) -> Any:
    """The pointer for a field `connection` of an option struct."""
    if connection is not None and not isinstance(connection, Connection):
        raise TypeError(f"connection must be a Connection, not {type(connection).__name__}")
    return pointer((connection or Connection())._options())
