"""For your own tests: the local cloud, both services on this machine, without an account.

It is a program of its own: `cargo install --locked --path tests/localcloud` in a clone of Ferry installs it.

>>> from ferry.testing import LocalCloud
>>> with LocalCloud() as cloud:
...     link = cloud.client().upload(b"some bytes", store_params={"filename": "a.txt"})
...     [(file["filename"], file["size"]) for file in cloud.files()]
[('a.txt', 10)]

pytest has a fresh one for each test that asks for `ferry_cloud`, if conftest.py says
`pytest_plugins = ["ferry.testing"]`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from typing import Any, Dict, Iterator, List, Optional, Sequence, TypedDict

from ._call import Path
from ._closing import Closing
from .client import Client
from .policy import Security
from .telestream import TelestreamCloud

# In a clone of Ferry.
INSTALL = "cargo install --locked --path tests/localcloud"
# Seconds. It is ready in a few hundredths of one, and ends in as many.
PATIENCE = 30

_Rule = TypedDict("_Rule", {"class": str, "action": Dict[str, Any]})


class Fault(_Rule, total=False):
    """A rule by which requests go wrong; the README of the local cloud lists classes and actions."""

    match: Dict[str, Any]
    skip: int
    """How many matching requests pass first."""
    times: int
    """How often it acts; default without end."""
    probability: float
    """Of each matching request; default 1."""


class CountedFault(Fault):
    """A fault with what the cloud has counted."""

    seen: int
    """Requests that matched."""
    fired: int
    """How often it acted."""


Request = TypedDict(
    "Request",
    {
        "class": str,
        "method": str,
        "path": str,
        "scheme": str,
        "part": Optional[int],
        "offset": Optional[int],
        "size": Optional[int],
        "handle": Optional[str],
        "status": Optional[int],
        "received": int,
        "fault": bool,
        "took_ms": Optional[int],
        "headers": Dict[str, Any],
        "body": Any,
    },
)
"""A request that the cloud has had. `status` is None while there is no answer, and if there was none."""


class File(TypedDict):
    """A file that is stored. Digests are in hex, and None where the cloud keeps no bytes."""

    handle: str
    filename: str
    mimetype: str
    size: int
    md5: Optional[str]
    sha256: Optional[str]
    location: str
    container: Optional[str]
    key: Optional[str]


class Upload(TypedDict):
    """An upload to Filestack; `handle` is None until it is complete."""

    upload_id: str
    uri: str
    region: str
    filename: str
    size: int
    fii: bool
    parts: Dict[str, Dict[str, Any]]
    chunks: Dict[str, List[Dict[str, Any]]]
    handle: Optional[str]


class Session(TypedDict):
    """An upload session of Telestream."""

    id: str
    factory: str
    multi_chunk: bool
    video: Optional[str]
    files: List[Dict[str, Any]]
    most_at_once: int


class Webhook(TypedDict):
    """An event; `state` is "pending", "delivered" or "failed"."""

    id: int
    action: str
    url: str
    state: str
    attempts: int
    status: Optional[int]
    error: Optional[str]
    event: Any


class LocalCloud(Closing):
    """The local cloud, as a process of its own on a free port. It ends with close() or `with`, and with this
    process, however that ends. What it stores is removed then.

    app_secret: calls need a policy that is signed with it; client() signs then. Without it none does.
    flags: further ones of the program, such as ["--polls", "1"]; `localcloud --help` lists them.
    program: its path; default: what FERRY_LOCALCLOUD names, else what is found in PATH.

    >>> with LocalCloud(app_secret="a secret") as cloud:
    ...     cloud.set_faults([{"class": "put", "times": 1, "action": {"status": 503}}])
    ...     link = cloud.client().upload(b"some bytes")  # goes through in the end
    ...     [request["status"] for request in cloud.requests("put")]
    [503, 200]
    """

    def __init__(
        self,
        app_secret: Optional[str] = None,
        *,
        flags: Sequence[str] = (),
        program: Optional[Path] = None,
    ) -> None:
        self.app_secret = app_secret
        secret = [] if app_secret is None else [f"--app-secret={app_secret}"]
        # Its input is a pipe of which this process has the other end: it ends when this process has. It does
        # not hear Ctrl-C, so that a test can look into it afterwards.
        command = [_find(program), "--exit-with-stdin", *secret, *flags]
        with tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )
            ready = self._first_line()
            if not ready.startswith(b"{"):
                self.close()
                said.seek(0)
                text = (ready + said.read()).decode(errors="replace").strip()
                raise RuntimeError(f"{command[0]} did not say that it is ready: {text or 'it said nothing'}")
        self.addresses: Dict[str, Optional[str]] = json.loads(ready)

    def _first_line(self) -> bytes:
        output = self._process.stdout
        assert output is not None
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        with output:
            line = output.readline()
        timer.cancel()
        return line

    def close(self) -> None:
        """Ends the process and removes what it has stored."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        # The end of its input is not enough where a fork of this process has the pipe too.
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def url(self) -> str:
        """The address of all of it, e.g. "http://127.0.0.1:40123": the base_url of clients."""
        return str(self.addresses["http"])

    def client(self, apikey: str = "TESTKEY", **options: Any) -> Client:
        """A client of Filestack at this cloud; options are those of Client. With security=None it signs
        nothing.
        """
        if self.app_secret is not None and "security" not in options:
            options["security"] = Security({"expiry": Security.expiry_in(24 * 3600)}, self.app_secret)
        return Client(apikey, base_url=self.url, **options)

    def telestream(self, **options: Any) -> TelestreamCloud:
        """An account of Telestream at this cloud; options are those of TelestreamCloud."""
        if "apikey" not in options:
            options = {"access_key": "LOCAL_ACCESS_KEY", "secret_key": "LOCAL_SECRET_KEY", **options}
        return TelestreamCloud(base_url=self.url, **options)

    def set_faults(self, faults: Sequence[Fault], *, seed: Optional[int] = None) -> None:
        """What goes wrong from now on, in place of what did; [] lets all go well. seed: for faults with a
        probability, the same seed chooses the same requests.
        """
        rules = list(faults)
        self._control("PUT", "faults", rules if seed is None else {"seed": seed, "rules": rules})

    def faults(self) -> List[CountedFault]:
        """The faults with their counts. A test with a fault should check that it has fired."""
        found: List[CountedFault] = self._control("GET", "faults")
        return found

    def requests(self, kind: Optional[str] = None) -> List[Request]:
        """The requests since the start or forget_requests(), oldest first: all, or those of one class, such
        as "put" or "complete".
        """
        found: List[Request] = self._control("GET", "requests")
        return [request for request in found if kind is None or request["class"] == kind]

    def files(self) -> List[File]:
        """The files that are stored."""
        found: List[File] = self._control("GET", "files")
        return found

    def uploads(self) -> List[Upload]:
        """The uploads to Filestack, complete or not."""
        found: List[Upload] = self._control("GET", "uploads")
        return found

    def sessions(self) -> List[Session]:
        """The upload sessions of Telestream."""
        found: List[Session] = self._control("GET", "sessions")
        return found

    def webhooks(self) -> List[Webhook]:
        """The events that were sent, or are to be, oldest first. `set(webhook_url=…)` says where to."""
        found: List[Webhook] = self._control("GET", "webhooks")
        return found

    def settings(self) -> Dict[str, Any]:
        """The settings that set() changes."""
        found: Dict[str, Any] = self._control("GET", "settings")
        return found

    def set(self, **settings: Any) -> None:
        """Changes settings, such as intelligent, webhook_url and webhook_secret; the others stay."""
        self._control("PUT", "settings", settings)

    def repeated(self) -> Dict[str, Dict[str, int]]:
        """What came although it was there: {"filestack": {"parts", "bytes"}, "telestream": …}."""
        found: Dict[str, Dict[str, int]] = self._control("GET", "repeated")
        return found

    def forget_requests(self) -> None:
        """Empties requests()."""
        self._control("DELETE", "requests")

    def forget_webhooks(self) -> None:
        """Empties webhooks()."""
        self._control("DELETE", "webhooks")

    def forget_uploads(self, upload_id: Optional[str] = None) -> None:
        """The service knows nothing of its uploads from now on, or of this one. Files stay."""
        self._control("DELETE", "uploads" if upload_id is None else f"uploads/{upload_id}")

    def forget_sessions(self, session_id: Optional[str] = None) -> None:
        """The service knows nothing of its upload sessions from now on, or of this one. Videos stay."""
        self._control("DELETE", "sessions" if session_id is None else f"sessions/{session_id}")

    def _control(self, method: str, name: str, value: Optional[object] = None) -> Any:
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.url}/_local/{name}", data, method=method)
        try:
            with _OPENER.open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode(errors="replace").strip()
            raise ValueError(f"the local cloud refuses {method} {name}: {said}") from None


# Not by a proxy that the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _find(program: Optional[Path]) -> str:
    named = program or os.environ.get("FERRY_LOCALCLOUD") or "localcloud"
    found = shutil.which(named)
    if found is None:
        raise FileNotFoundError(
            f"there is no program {os.fspath(named)!r}: install the local cloud with `{INSTALL}` in a clone "
            "of Ferry, and have cargo's bin folder in PATH or name the program in FERRY_LOCALCLOUD"
        )
    return found


if "pytest" in sys.modules:
    import pytest

    @pytest.fixture
    def ferry_cloud() -> Iterator[LocalCloud]:
        """A local cloud of the test's own, that knows nothing yet."""
        with LocalCloud() as cloud:
            yield cloud
