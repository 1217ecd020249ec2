"""What a Client and all that is made from it share, so that the Client can be closed before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional

from ._call import Handle

if TYPE_CHECKING:
    from .client import Client
    from .policy import Security

# What stands for the API key where none is needed.
NO_KEY = "none"


class Account(NamedTuple):
    handle: Handle
    apikey: Optional[str]
    settings: Dict[str, Any]

    @property
    def security(self) -> Optional[Security]:
        security: Optional[Security] = self.settings["security"]
        return security

    def with_apikey(self, apikey: str) -> Account:
        from .client import Client

        return Client(apikey, **self.settings)._account


def account_of(client: Optional[Client], apikey: Optional[str], security: Optional[Security]) -> Account:
    """The account of an object that can be made with a Client or without one."""
    from .client import Client

    if client is not None:
        return client._account
    made = Client(apikey or NO_KEY, security=security)._account
    return made if apikey else made._replace(apikey=None)
