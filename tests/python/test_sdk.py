"""The vendor's own Python SDK, unmodified, against the local cloud: what it stores, tells and removes.

Run by tests/sdk.rs, with security on.
"""

import hashlib
import io
import pathlib
import socket
import tempfile
import time
import unittest

from local_cloud import ADDRESS, SECRET  # closes the network, so it comes before the SDK

import filestack
from filestack import Client, Filelink, Security
from filestack.exceptions import FilestackHTTPError


def noise(size):
    return hashlib.shake_128(str(size).encode()).digest(size)


def security(*calls):
    return Security({"expiry": int(time.time()) + 600, "call": list(calls)}, SECRET)


class SdkTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.security = security("pick", "read", "stat", "write", "store", "remove")
        self.client = Client("TESTKEY", security=self.security)

    def file(self, data, name="trip.bin"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def assert_stored(self, link, data):
        self.assertEqual(link.url, f"https://cdn.filestackcontent.com/{link.handle}")
        self.assertEqual(link.upload_response["size"], len(data))
        self.assertTrue(link.get_content(security=self.security) == data, "other bytes came back")
        path = self.folder / "back"
        self.assertEqual(link.download(str(path), security=self.security), len(data))
        self.assertTrue(path.read_bytes() == data, "other bytes were downloaded")

    def test_it_is_the_sdk_that_was_asked_for(self):
        self.assertEqual(filestack.__version__, "4.0.0")

    def test_a_plain_upload_of_a_path(self):
        data = noise((12 << 20) + 345)
        link = self.client.upload(filepath=self.file(data))
        self.assert_stored(link, data)

    def test_a_plain_upload_of_a_file_object(self):
        data = noise((5 << 20) + 1)
        link = self.client.upload(file_obj=io.BytesIO(data), store_params={"filename": "memory.bin"})
        self.assert_stored(link, data)
        self.assertEqual(link.metadata(["filename"]), {"filename": "memory.bin"})

    def test_a_plain_upload_that_fits_one_part(self):
        data = noise(1000)
        self.assert_stored(self.client.upload(filepath=self.file(data)), data)

    def test_an_intelligent_upload(self):
        data = noise((20 << 20) + 678)
        link = self.client.upload(filepath=self.file(data), intelligent=True)
        self.assert_stored(link, data)

    def test_store_parameters_reach_the_metadata(self):
        store = {"filename": "ferry.png", "mimetype": "image/png", "path": "trips/"}
        link = self.client.upload(filepath=self.file(noise(10)), store_params=store)
        told = link.metadata()
        self.assertEqual((told["filename"], told["mimetype"], told["size"]), ("ferry.png", "image/png", 10))
        self.assertTrue(told["key"].startswith("trips/"), told)

    def test_metadata_that_is_asked_for(self):
        data = noise(4321)
        link = self.client.upload(filepath=self.file(data))
        told = link.metadata(["size", "md5", "sha256"])
        expected = {
            "size": len(data),
            "md5": hashlib.md5(data).hexdigest(),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        self.assertEqual(told, expected)

    def test_a_signed_url_opens_the_file_and_an_unsigned_one_does_not(self):
        data = noise(99)
        link = self.client.upload(filepath=self.file(data))
        signed = link.signed_url(security=security("read"))
        self.assertEqual(filestack.utils.requests.get(signed).content, data)
        with self.assertRaises(FilestackHTTPError):
            filestack.utils.requests.get(link.url)

    def test_a_policy_for_something_else_opens_nothing(self):
        link = self.client.upload(filepath=self.file(noise(99)))
        with self.assertRaises(FilestackHTTPError):
            link.get_content(security=security("stat"))

    def test_an_upload_with_a_wrong_secret_is_refused(self):
        forged = Security({"expiry": int(time.time()) + 600}, "not the secret")
        with self.assertRaises(FilestackHTTPError):
            self.client.upload(filepath=self.file(noise(99)), security=forged)

    def test_a_deleted_file_is_gone(self):
        link = self.client.upload(filepath=self.file(noise(99)))
        link.delete()
        with self.assertRaises(FilestackHTTPError):
            Filelink(link.handle, security=self.security).get_content()

    def test_nothing_leaves_the_machine(self):
        with self.assertRaises(AssertionError):
            socket.create_connection(("example.com", 443))
        with self.assertRaises(AssertionError):
            socket.create_connection((ADDRESS, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
