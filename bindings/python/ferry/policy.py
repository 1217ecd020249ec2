"""Security: policies and their signatures."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence, TypedDict, Union

from ._call import Owner, check, json_text, owned, text, whole, without_none
from ._library import lib
from .errors import InvalidArgument


class Policy(TypedDict, total=False):
    """What a policy can say; only `expiry` is needed."""

    expiry: int
    call: Union[str, Sequence[str]]
    handle: str
    url: str
    maxSize: int
    minSize: int
    path: str
    container: str


class Security(Owner):
    """A policy and its signature, which go with every call of the Client or Filelink that has them.

    policy: a dict, or its JSON text, with `expiry` (Unix seconds) and, if you like, `call`, `handle`, `url`,
    `maxSize`, `minSize`, `path`, `container`. Any other key is an InvalidArgument, unless unchecked.
    secret: the application's secret. It is not kept, and so it is in no pickle, which has the signature.

    Two that have the same policy and signature are equal. As with older versions of the vendor's SDK,
    `security["policy"]` is policy_b64 and `security["signature"]` the signature.

    >>> Security({'expiry': Security.expiry_in(3600), 'call': ['read', 'store']}, 'YOUR APP SECRET')
    """

    def __init__(
        self, policy: Union[Policy, Mapping[str, Any], str], secret: str, *, unchecked: bool = False
    ) -> None:
        sign = lib.ferry_security_new_unchecked if unchecked else lib.ferry_security_new
        if not isinstance(policy, (Mapping, str)):
            raise TypeError(f"policy must be a dict or JSON text, not {type(policy).__name__}")
        given = text("policy", policy) if isinstance(policy, str) else json_text("policy", dict(policy))
        self._owned = owned(lib.ferry_security_free, sign, given, text("secret", secret))

    @classmethod
    def from_signed(cls, policy_b64: str, signature: str) -> Security:
        """Takes a policy (base64) and its signature (hex) that somebody with the secret has made."""
        arguments = text("policy_b64", policy_b64), text("signature", signature)
        made = cls.__new__(cls)
        made._owned = owned(lib.ferry_security_free, lib.ferry_security_from_signed, *arguments)
        return made

    @staticmethod
    def expiry_in(seconds: int) -> int:
        """The moment so many seconds from now, for the `expiry` of a policy."""
        return int(lib.ferry_security_expiry_in(whole("seconds", seconds, 0, (1 << 64) - 1)))

    @property
    def policy(self) -> Any:
        """The policy as it was signed."""
        return json.loads(lib.ferry_security_policy_json(self._handle))

    @property
    def policy_b64(self) -> str:
        """The policy in URL-safe base64, as the service takes it."""
        return str(lib.ferry_security_policy_b64(self._handle).decode())

    @property
    def signature(self) -> str:
        """64 hexadecimal digits."""
        return str(lib.ferry_security_signature(self._handle).decode())

    def as_url_string(self) -> str:
        """Both as the element of a URL: security=p:POLICY,s:SIGNATURE."""
        return str(lib.ferry_security_url_string(self._handle).decode())

    def check(self, call: str, **details: Any) -> None:
        """Raises InvalidArgument with the reason if the policy does not let a call pass; the service is not
        asked.

        call: "read", "store", "convert", ....
        details: what the policy may look at: handle, size, path, container, url, and now (Unix seconds)
        instead of the clock.
        """
        known = json_text("details", without_none(details))
        check(lib.ferry_security_allows, self._handle, text("call", call), known)

    def allows(self, call: str, **details: Any) -> bool:
        """Whether check() lets the call pass."""
        try:
            self.check(call, **details)
        except InvalidArgument:
            return False
        return True

    def __getitem__(self, name: str) -> str:
        if name == "policy":
            return self.policy_b64
        if name == "signature":
            return self.signature
        raise KeyError(name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Security):
            return NotImplemented
        return self.as_url_string() == other.as_url_string()

    def __hash__(self) -> int:
        return hash(self.as_url_string())

    def __reduce__(self) -> Any:
        return type(self).from_signed, (self.policy_b64, self.signature)

    def __repr__(self) -> str:
        return f"<Security {self.policy}>"


def address_of(security: Any) -> Any:
    """The pointer for a field `security` of an option struct; whoever fills it keeps the Security as long as
    the struct is in use.
    """
    if security is None:
        return None
    if not isinstance(security, Security):
        raise TypeError(f"security must be a Security, not {type(security).__name__}")
    return security._handle.address
