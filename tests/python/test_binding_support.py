"""What the tests of the Python binding share. tests/python_binding.rs sets FERRY_LIBRARY, PYTHONPATH,
FERRY_TEST_CLOUD (http://127.0.0.1:PORT) and, where security is on, FERRY_TEST_SECRET.
"""

import contextlib
import gc
import hashlib
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import ferry
from pictures import PICTURE

CLOUD = os.environ["FERRY_TEST_CLOUD"]
SECRET = os.environ.get("FERRY_TEST_SECRET")
APIKEY = "TESTKEY"
WEBHOOK_SECRET = "a secret of the webhooks"
MIB = 1 << 20
# In seconds, what stops a call may take; under a checker everything takes longer.
LONGEST = 10 if "FERRY_TEST_SMALL" in os.environ else 1

with_security = unittest.skipUnless(SECRET, "security is off")
without_security = unittest.skipIf(SECRET, "security is on")


def noise(size, seed=b""):
    return hashlib.shake_128(seed + str(size).encode()).digest(size)


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def control(path, value=None, method="PUT"):
    data = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(
        f"{CLOUD}/_local/{path}", data=data, method=method if data or method != "PUT" else "GET"
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def requests_of(kind):
    return [request for request in control("requests") if request["class"] == kind]


@contextlib.contextmanager
def ctrl_c_after(event):
    """Sends this process SIGINT when the event is set, which has to end what is done here within a second;
    meanwhile Python's own handler is installed, whoever runs the tests.
    """

    def send():
        event.wait()
        if not done.is_set():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done, sent = threading.Event(), []
    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
        took = time.monotonic() - sent[0] if sent else 0
        assert took < LONGEST, f"it took {took:.2f} s to end"
    finally:
        done.set()
        event.set()
        thread.join()
        signal.signal(signal.SIGINT, before)


class Stalled:
    """A service that takes requests and never answers; `arrived` is set when one is there."""

    def __init__(self):
        self.arrived = threading.Event()
        self._connections = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            connection, _ = self._server.accept()
            self._connections.append(connection)
            if not connection.recv(1 << 16):
                return
            self.arrived.set()

    def close(self):
        socket.create_connection(self._server.getsockname()).close()
        self._thread.join()
        for it in (self._server, *self._connections):
            it.close()


class CloudTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.security = ferry.Security({"expiry": int(time.time()) + 600}, SECRET or "any secret")
        self.client = self.make_client()

    def make_client(self, **options):
        return ferry.Client(APIKEY, security=self.security if SECRET else None, base_url=CLOUD, **options)

    def file(self, data=PICTURE, name="image.png"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def end_by_ctrl_c(self, child):
        """Sends a program SIGINT, which has to end it within a second; what it wrote to standard error."""
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        self.assertLess(time.monotonic() - sent, LONGEST, said)
        return said

    def faults(self, *rules):
        control("faults", list(rules))
        self.addCleanup(control, "faults", [])


def main():
    """Runs the tests of the program; all that they made must be freed at their end."""
    program = unittest.main(verbosity=2, exit=False)
    ferry.config.close()
    gc.collect()
    alive = ferry.live_objects()
    if alive:
        print(f"{alive} objects of the library are not freed", file=sys.stderr)
    sys.exit(bool(alive) or not program.result.wasSuccessful())
