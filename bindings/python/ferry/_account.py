"""What a Client and all that is made from it share, so that the Client can be closed before them."""

from __future__ import annotations

import functools
import os
from typing import Dict, Mapping, NamedTuple, Optional, Protocol, Tuple

from . import _abi
from ._call import Handle, init, owned, text
from ._library import lib
from .connection import Connection, options_of
from .policy import Security, address_of

# What stands for the API key where none is needed.
NO_KEY = "none"


# Each of them has connections, and no program needs many.
MOST_SHARED = 32

Addresses = Tuple[Tuple[str, Optional[str]], ...]


class Config:
    """What holds for the whole program: for each Client that is made without addresses or without a
    connection, and for each Filelink and Transformation that is made without a Client. Those share one client
    for each API key. Set it before the first of them.

    >>> ferry.config.base_url = 'http://127.0.0.1:8080'
    >>> ferry.Filelink('HANDLE').url
    """

    __slots__ = ("base_url", "CNAME", "connection")

    def __init__(self) -> None:
        self.base_url: Optional[str] = None
        """As for Client."""
        self.CNAME: str = ""
        """Your own domain, as for Client."""
        self.connection: Optional[Connection] = None
        """As for Client."""

    def addresses(self) -> Dict[str, Optional[str]]:
        """Those that are set, by the names of Client's arguments."""
        given = {"base_url": self.base_url, "cname": self.CNAME}
        return {name: value for name, value in given.items() if value}

    def close(self) -> None:
        """Lets go of the clients that are shared. What was made with them goes on working."""
        _shared.cache_clear()

    def __repr__(self) -> str:
        return f"<Config {self.addresses()}>"


config = Config()


class Settings(NamedTuple):
    """What a Client is made with beside its API key."""

    storage: str = "S3"
    security: Optional[Security] = None
    addresses: Mapping[str, Optional[str]] = {}
    connection: Optional[Connection] = None
    skip_policy_checks: bool = False


class Account(NamedTuple):
    """A client of the library, and what it was made with."""

    handle: Handle
    apikey: Optional[str]
    settings: Settings

    @property
    def security(self) -> Optional[Security]:
        return self.settings.security

    def with_apikey(self, apikey: str) -> Account:
        return open_account(apikey, self.settings)


class HasAccount(Protocol):
    """A Client, for what is made with one."""

    @property
    def _account(self) -> Account: ...


def open_account(apikey: str, settings: Settings) -> Account:
    """Makes a client of the library. Nothing is sent."""
    options = init(_abi.ferry_filestack_options, lib.ferry_filestack_options_init)
    options.security = address_of(settings.security)
    options.storage = text("storage", settings.storage)
    for name, value in settings.addresses.items():
        setattr(options, name, text(name, value))
    options.connection = options_of(settings.connection)
    options.skip_policy_checks = settings.skip_policy_checks
    handle = owned(lib.ferry_filestack_free, lib.ferry_filestack_new, text("apikey", apikey), options)
    handle.kept = options
    handle.again = open_handle, apikey, settings
    return Account(handle, apikey, settings)


def open_handle(apikey: str, settings: Settings) -> Handle:
    """What a pickle of a Client, or of what was made with one, calls."""
    return open_account(apikey, settings).handle


def account_of(client: Optional[HasAccount], apikey: Optional[str]) -> Account:
    """The account of an object that can be made with a Client or without one."""
    if client is not None:
        return client._account
    made = _shared(apikey or NO_KEY, tuple(config.addresses().items()), config.connection, os.getpid())
    return made if apikey else made._replace(apikey=None)


@functools.lru_cache(MOST_SHARED)
def _shared(apikey: str, addresses: Addresses, connection: Optional[Connection], _process: int) -> Account:
    """The account of all that is made without a Client in this process."""
    account = open_account(apikey, Settings(addresses=dict(addresses), connection=connection))
    account.handle.again = shared_handle, apikey, addresses, connection
    return account


def shared_handle(apikey: str, addresses: Addresses, connection: Optional[Connection]) -> Handle:
    """What a pickle of an object that was made without a Client calls."""
    return _shared(apikey, addresses, connection, os.getpid()).handle
