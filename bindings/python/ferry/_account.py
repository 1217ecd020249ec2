"""What a Client and all that is made from it share, so that the Client can be closed before them."""

from __future__ import annotations

from ctypes import pointer
from typing import Mapping, NamedTuple, Optional, Protocol

from . import _abi
from ._call import Handle, init, owned, text
from ._library import lib
from .connection import Connection
from .policy import Security, address_of

# What stands for the API key where none is needed.
NO_KEY = "none"


class Settings(NamedTuple):
    """What a Client is made with beside its API key."""

    storage: str = "S3"
    security: Optional[Security] = None
    addresses: Mapping[str, Optional[str]] = {}
    connection: Optional[Connection] = None


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
    if settings.connection is not None:
        options.connection = pointer(settings.connection._options())
    handle = owned(lib.ferry_filestack_free, lib.ferry_filestack_new, text("apikey", apikey), options)
    handle.kept = options
    handle.again = open_handle, apikey, settings
    return Account(handle, apikey, settings)


def open_handle(apikey: str, settings: Settings) -> Handle:
    """What a pickle of a Client, or of what was made with one, calls."""
    return open_account(apikey, settings).handle


def account_of(client: Optional[HasAccount], apikey: Optional[str], security: Optional[Security]) -> Account:
    """The account of an object that can be made with a Client or without one."""
    if client is not None:
        return client._account
    made = open_account(apikey or NO_KEY, Settings(security=security))
    return made if apikey else made._replace(apikey=None)
