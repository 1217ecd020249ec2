"""A Telestream Cloud account, and its service Flip."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional

from . import _abi
from ._aio import awaitable
from ._call import Handle, Owner, init, json_text, owned, owned_text, text, whole
from ._closing import Closing
from ._library import lib
from ._request import Request
from .connection import Connection, options_of
from .errors import InvalidArgument
from .factory import Factory
from .models import Collection, Scope
from .progress import Reporter
from .response import Response


class TelestreamCloud(Closing, Owner):
    """A Telestream Cloud account and its connections. Used by any number of threads at once.

    access_key, secret_key: of the account.
    factory_id: the factory of get(), post(), put() and delete().
    api_host: of the account's region; default "api-gce.pandastream.com". It is part of every signature.
    api_port: default 443.
    api_version: default "3.0".
    apikey: instead of access_key and secret_key, for API 3.1, which signs nothing.
    base_url: an origin to talk to instead, e.g. a gateway or the local cloud; the one way to ask for plain
    http.
    connection: timeouts, retries, proxy.

    It can be pickled, and so can what was made with it but its uploads; it is made anew from what it was made
    with. The pickle contains its keys and the connection's proxy, so keep it as you keep a key.

    >>> flip = TelestreamCloud('ACCESS KEY', 'SECRET KEY').get_resource('flip')
    >>> [factory.name for factory in flip.factories.all()]
    """

    def __init__(
        self,
        access_key: Optional[str] = None,
        secret_key: Optional[str] = None,
        factory_id: Optional[str] = None,
        api_host: Optional[str] = None,
        api_port: Optional[int] = None,
        api_version: Optional[str] = None,
        *,
        apikey: Optional[str] = None,
        base_url: Optional[str] = None,
        connection: Optional[Connection] = None,
    ) -> None:
        self._owned = _open(
            access_key, secret_key, factory_id, api_host, api_port, api_version, apikey, base_url, connection
        )
        self.access_key = access_key
        self.factory_id = factory_id

    @property
    def flip(self) -> Flip:
        """The service that encodes videos."""
        return Flip(Scope(self._handle, None))

    def get_resource(self, resource_name: str) -> Flip:
        """A service by its name; "flip" is the only one."""
        if resource_name != "flip":
            raise InvalidArgument(f"Unknown resource: {resource_name}")
        return self.flip

    def request(
        self,
        method: str,
        request_path: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """Sends any request, and returns the whole Response; a status that is not 2xx is an HTTPError. A GET
        is repeated as often as the connection's max_retries says, a PUT, PATCH or DELETE twice at most, a
        POST only if it has surely not arrived.

        method: GET, POST, PUT or DELETE, with an API key also PATCH.
        request_path: begins after the version, e.g. "/videos.json".
        params: True and False are sent as True and False: give "true" as a text where the service wants that.
        """
        arguments = (
            text("method", method),
            text("request_path", request_path),
            json_text("params", _plain(params)),
        )
        with Request(None, deadline, progress) as request:
            return request.response(lib.ferry_telestream_request, self._handle, *arguments, request.options)

    arequest = awaitable(request)

    def get(
        self,
        request_path: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """As request(), with GET."""
        return self.request("GET", request_path, params, deadline=deadline, progress=progress)

    def post(
        self,
        request_path: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """As request(), with POST."""
        return self.request("POST", request_path, params, deadline=deadline, progress=progress)

    def put(
        self,
        request_path: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """As request(), with PUT."""
        return self.request("PUT", request_path, params, deadline=deadline, progress=progress)

    def delete(
        self,
        request_path: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Response:
        """As request(), with DELETE."""
        return self.request("DELETE", request_path, params, deadline=deadline, progress=progress)

    def signed_params(
        self,
        verb: str,
        path: str,
        params: Optional[Mapping[str, Any]] = None,
        timestamp: Optional[str] = None,
    ) -> Dict[str, Any]:
        """Signs a request that somebody else sends, e.g. a page that uploads from a browser and must not know
        the secret key.

        Returns the parameters as they were given, and "factory_id" (if there is one), "access_key",
        "timestamp" and "signature". "file" is not signed; True and False must be sent as these words.
        """
        arguments = (
            text("verb", verb.upper()),
            text("path", path),
            json_text("params", _plain(params)),
            text("timestamp", timestamp),
        )
        signed: Dict[str, Any] = json.loads(
            owned_text(lib.ferry_telestream_signed_params, self._handle, *arguments)
        )
        return signed

    def close(self) -> None:
        """Closes its connections, when no call uses them any more. What was made from it goes on working."""
        self._owned = None

    def __repr__(self) -> str:
        return f"<TelestreamCloud {self.factory_id or 'without a factory'}>"


class Flip:
    """The service that encodes videos."""

    def __init__(self, scope: Scope) -> None:
        self.factories: Collection[Factory] = Collection(scope, Factory)

    def __repr__(self) -> str:
        return "<Flip>"


def _plain(params: Optional[Mapping[str, Any]]) -> Optional[Dict[str, Any]]:
    return dict(params) if params else None


def _open(
    access_key: Optional[str],
    secret_key: Optional[str],
    factory_id: Optional[str],
    api_host: Optional[str],
    api_port: Optional[int],
    api_version: Optional[str],
    apikey: Optional[str],
    base_url: Optional[str],
    connection: Optional[Connection],
) -> Handle:
    """Makes a client of the library, here and from a pickle. Nothing is sent."""
    options = init(_abi.ferry_telestream_options, lib.ferry_telestream_options_init)
    given = {
        "factory_id": factory_id,
        "api_host": api_host,
        "api_version": api_version,
        "base_url": base_url,
    }
    for name, value in given.items():
        setattr(options, name, text(name, value))
    if api_port is not None:
        options.api_port = whole("api_port", api_port, 1, 65535)
    options.connection = options_of(connection)
    if apikey is not None:
        if access_key is not None or secret_key is not None:
            raise InvalidArgument(
                "apikey takes the place of access_key and secret_key: give the one or the others"
            )
        function, keys = lib.ferry_telestream_new_with_apikey, [text("apikey", apikey)]
    else:
        function, keys = (
            lib.ferry_telestream_new,
            [text("access_key", access_key), text("secret_key", secret_key)],
        )
    handle = owned(lib.ferry_telestream_free, function, *keys, options)
    handle.kept = options
    handle.again = (
        _open,
        access_key,
        secret_key,
        factory_id,
        api_host,
        api_port,
        api_version,
        apikey,
        base_url,
        connection,
    )
    return handle
