"""Importing this closes the network of the process, save for the local cloud; so it is imported before the SDK.

The SDK knows its hosts by name. Here those names lead to the local cloud, and every other address is refused, so no byte leaves
the machine. tests/sdk.rs sets FERRY_TEST_HTTPS (127.0.0.1:PORT), REQUESTS_CA_BUNDLE and, where security is on,
FERRY_TEST_SECRET.
"""

import os
import socket

HOSTS = {
    "upload.filestackapi.com",
    "www.filestackapi.com",
    "process.filestackapi.com",
    "cdn.filestackcontent.com",
}
ADDRESS, PORT = os.environ["FERRY_TEST_HTTPS"].rsplit(":", 1)
CLOUD = (ADDRESS, int(PORT))
SECRET = os.environ.get("FERRY_TEST_SECRET")

real_getaddrinfo = socket.getaddrinfo
real_connect = socket.socket.connect


def getaddrinfo(host, port, *arguments, **named):
    if (host in HOSTS and port == 443) or (host, port) == CLOUD:
        return real_getaddrinfo(*CLOUD, *arguments, **named)
    raise AssertionError(f"{host}:{port} is not a host of the local cloud")


def connect(self, address):
    if address != CLOUD:
        raise AssertionError(f"a connection to {address} would leave the local cloud")
    return real_connect(self, address)


socket.getaddrinfo = getaddrinfo
socket.socket.connect = connect
