"""All that the README of the vendor's Python SDK shows, done by the SDK, unmodified, against the local cloud.

Run by tests/sdk.rs, once with security on and once without. The picture that stands for the world outside comes from a server
in this process, which receives the webhooks too. The local cloud connects to it; nothing here does.
"""

import hashlib
import io
import json
import pathlib
import queue
import tempfile
import time
import unittest
import zipfile

from local_cloud import ADDRESS, PORT, SECRET  # closes the network, so it comes before the SDK

import requests
from filestack import AudioVisual, Client, Filelink, Security
from filestack.exceptions import FilestackHTTPError
from filestack.helpers import verify_webhook_signature
from pictures import OUTSIDE, PICTURE, TasksTest, World, png, size_of, start_world

APIKEY = "TESTKEY"
WEBHOOK_SECRET = "a secret of the webhooks"

with_security = unittest.skipUnless(SECRET, "security is off")
without_security = unittest.skipIf(SECRET, "security is on")


def setUpModule():
    global world
    world = start_world()


def send_webhooks_to(url):
    settings = {"webhook_url": url, "webhook_secret": WEBHOOK_SECRET}
    requests.put(f"https://{ADDRESS}:{PORT}/_local/settings", json=settings).raise_for_status()


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Some calls of the SDK want a policy even where security is off; any will do there.
        self.security = Security({"expiry": int(time.time()) + 600}, SECRET or "any secret")
        self.client = Client(APIKEY, security=self.security if SECRET else None)

    def file(self, data=PICTURE, name="image.png"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def upload(self, **store):
        return self.client.upload(filepath=self.file(), store_params=store)


class UploadTest(ReadmeTest):
    def test_a_path(self):
        link = self.client.upload(filepath=self.file())
        self.assertEqual(link.url, f"https://cdn.filestackcontent.com/{link.handle}")
        self.assertEqual(link.get_content(), PICTURE)

    def test_a_file_object(self):
        link = self.client.upload(file_obj=io.BytesIO(b"hello"))
        self.assertEqual(link.get_content(), b"hello")
        self.assertEqual(link.metadata()["filename"], "unnamed_file")

    def test_intelligent(self):
        data = hashlib.shake_128(b"README").digest(9 << 20)
        link = self.client.upload(filepath=self.file(data), intelligent=True)
        self.assertTrue(link.get_content() == data, "other bytes came back")

    def test_with_store_parameters(self):
        link = self.upload(path="trips/", filename="ferry.png", mimetype="image/x-ferry", upload_tags={"k": "v"})
        told = link.metadata()
        self.assertEqual((told["filename"], told["mimetype"]), ("ferry.png", "image/x-ferry"))
        self.assertTrue(told["key"].startswith("trips/"), told)
        self.assertEqual(link.upload_response["upload_tags"], {"k": "v"})

    def test_with_workflows(self):
        started = self.upload(workflows=["w-1", "w-2"]).upload_response["workflows"]
        self.assertEqual(set(started), {"w-1", "w-2"})
        self.assertTrue(all(job["jobid"] for job in started.values()), started)

    def test_a_url(self):
        link = self.client.upload_url(f"{world}/photo.png", store_params={"path": "in/"})
        told = link.upload_response
        self.assertEqual((told["filename"], told["type"], told["size"]), ("photo.png", "image/png", len(OUTSIDE)))
        self.assertTrue(told["key"].startswith("in/"), told)
        self.assertEqual(link.get_content(), OUTSIDE)

    def test_a_url_elsewhere_is_not_fetched(self):
        with self.assertRaisesRegex(FilestackHTTPError, "cannot be fetched"):
            self.client.upload_url("https://example.org/x.png")


class FilelinkTest(ReadmeTest):
    def setUp(self):
        super().setUp()
        self.link = self.upload()

    def test_download(self):
        path = self.folder / "back.png"
        self.assertEqual(self.link.download(str(path)), len(PICTURE))
        self.assertEqual(path.read_bytes(), PICTURE)

    def test_a_filelink_made_of_a_handle(self):
        link = Filelink(self.link.handle)
        self.assertEqual(link.get_content(security=self.security), PICTURE)

    def test_a_signed_url(self):
        self.assertEqual(requests.get(self.link.signed_url(self.security)).content, PICTURE)

    def test_metadata_that_is_asked_for(self):
        told = self.link.metadata(["size", "width", "height", "md5"])
        md5 = hashlib.md5(PICTURE).hexdigest()
        self.assertEqual(told, {"size": len(PICTURE), "width": 100, "height": 50, "md5": md5})

    def test_metadata_that_is_told_unasked(self):
        told = self.link.metadata()
        self.assertEqual((told["filename"], told["mimetype"], told["size"]), ("image.png", "image/png", len(PICTURE)))

    def test_tags(self):
        self.assertTrue(self.link.tags(security=self.security)["tags"]["auto"])

    def test_sfw(self):
        self.assertEqual(self.link.sfw(security=self.security), {"sfw": True})

    def test_ocr(self):
        self.assertTrue(self.link.ocr(security=self.security)["document"]["text_areas"])

    def test_overwriting_with_a_path(self):
        self.link.overwrite(filepath=self.file(png(7, 7), "new.png"), security=self.security)
        self.assertEqual(self.link.get_content(), png(7, 7))

    def test_overwriting_with_a_url(self):
        self.link.overwrite(url=f"{world}/x.png", security=self.security)
        self.assertEqual(self.link.get_content(), OUTSIDE)

    def test_overwriting_with_a_file_object(self):
        self.link.overwrite(file_obj=io.BytesIO(png(5, 5)), security=self.security)
        self.assertEqual(self.link.get_content(), png(5, 5))

    def test_deleting(self):
        self.link.delete(security=self.security)
        with self.assertRaisesRegex(FilestackHTTPError, "File not found"):
            self.link.metadata()

    def test_zipping(self):
        path = self.folder / "out.zip"
        written = self.client.zip(str(path), [self.link.handle, self.upload().handle])
        self.assertEqual(written, path.stat().st_size)
        with zipfile.ZipFile(path) as archive:
            self.assertEqual(archive.namelist(), ["image.png", "image (1).png"])
            self.assertEqual({archive.read(name) for name in archive.namelist()}, {PICTURE})


class TransformationTest(TasksTest, ReadmeTest):
    def setUp(self):
        super().setUp()
        self.link = self.upload()

    def test_a_chain(self):
        chain = self.link.resize(width=40).rotate(deg=90)
        expected = f"https://cdn.filestackcontent.com/resize=width:40/rotate=deg:90/{self.link.handle}"
        self.assertEqual(chain.url, expected)
        self.assertEqual(size_of(chain.get_content()), (20, 40))

    def test_a_chain_upon_an_external_url(self):
        chain = self.client.transform_external(f"{world}/photo.png").resize(width=30, height=30, fit="crop").flip()
        self.assertEqual(size_of(chain.get_content()), (30, 30))

    def assert_only_the_service_can(self, transformation, task):
        with self.assertRaises(FilestackHTTPError) as caught:
            transformation.get_content()
        self.assertEqual(caught.exception.__cause__.response.status_code, 501)
        self.assertEqual(json.loads(str(caught.exception))["task"], task)

    def test_round_corners(self):
        # A defect of the SDK: the service calls this task `rounded_corners`, and knows no other name for it.
        with self.assertRaisesRegex(FilestackHTTPError, "^invalid task `round_corners`$"):
            self.link.round_corners(radius=5).get_content()


class StoreTest(ReadmeTest):
    # A defect of the SDK: `store` and `av_convert` ask without the policy that the filelink has, so where security is on both are
    # refused.

    @with_security
    def test_where_security_is_on_nothing_is_stored(self):
        with self.assertRaisesRegex(FilestackHTTPError, "secured"):
            self.upload().resize(width=10).store(path="a/b/")

    @with_security
    def test_where_security_is_on_nothing_is_converted(self):
        with self.assertRaisesRegex(FilestackHTTPError, "secured"):
            self.upload().av_convert(preset="webm")

    @without_security
    def test_a_transformation(self):
        small = self.upload().resize(width=10).flip()
        kept = small.store(filename="small.png", path="a/b/", location="S3", workflows=["w-1", "w-2"])
        told = kept.metadata()
        self.assertEqual(told["filename"], "small.png")
        self.assertTrue(told["key"].startswith("a/b/"), told)
        self.assertEqual(size_of(kept.get_content()), (10, 5))

    @without_security
    def test_a_transformation_of_an_external_url(self):
        kept = self.client.transform_external(f"{world}/photo.png").resize(width=30).store()
        self.assertEqual(size_of(kept.get_content()), (30, 20))

    @without_security
    def test_a_conversion_is_polled_until_it_is_complete(self):
        job = self.upload().av_convert(preset="webm", width=320, height=240, extname=".webm")
        self.assertIsInstance(job, AudioVisual)
        self.assertTrue(job.uuid and job.timestamp)
        self.assertEqual([job.status, job.status], ["pending", "completed"])
        link = job.to_filelink()
        self.assertEqual(link.get_content(), PICTURE)
        self.assertEqual(link.metadata()["mimetype"], "video/webm")

    @without_security
    def test_a_conversion_that_is_not_complete_is_no_filelink(self):
        job = self.upload().av_convert(preset="webm")
        with self.assertRaisesRegex(Exception, "not complete"):
            job.to_filelink()


class WebhookTest(ReadmeTest):
    def setUp(self):
        super().setUp()
        send_webhooks_to(f"{world}/hook")
        self.addCleanup(send_webhooks_to, "")

    def assert_told(self, action, about):
        """An event came, of this action and about this file or job, and the SDK finds its signature good."""
        others = []
        while True:
            try:
                headers, body = World.posted.get(timeout=10)
                headers = dict(headers)
            except queue.Empty:
                self.fail(f"no {action} about {about} came, but {others}")
            self.assertEqual(verify_webhook_signature(WEBHOOK_SECRET, body, headers), (True, {}))
            event = json.loads(body)
            if event["action"] == action and about in json.dumps(event["text"]):
                return headers, body
            others.append(event["action"])

    def test_an_upload(self):
        self.assert_told("fp.upload", self.upload().handle)

    def test_an_upload_of_a_url(self):
        self.assert_told("fp.upload", self.client.upload_url(f"{world}/photo.png").handle)

    def test_overwriting(self):
        link = self.upload()
        link.overwrite(filepath=self.file(), security=self.security)
        self.assert_told("fp.overwrite", link.handle)

    def test_deleting(self):
        link = self.upload()
        link.delete(security=self.security)
        self.assert_told("fp.delete", link.handle)

    def test_a_workflow(self):
        self.assert_told("fs.workflow", self.upload(workflows=["w-1"]).handle)

    @without_security
    def test_storing_a_transformation(self):
        self.assert_told("fp.converse", self.upload().resize(width=10).store().handle)

    @without_security
    def test_a_conversion(self):
        self.assert_told("fp.video_converse", self.upload().av_convert(preset="webm").uuid)

    def test_a_forged_event_is_found_out(self):
        headers, body = self.assert_told("fp.upload", self.upload().handle)
        self.assertFalse(verify_webhook_signature("another secret", body, headers)[0])
        self.assertFalse(verify_webhook_signature(WEBHOOK_SECRET, body + b" ", headers)[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
