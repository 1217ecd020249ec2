"""Programs that were written for the vendors' SDKs: what their READMEs show, of every version, with only the
imports and the address changed, and what programs expect of the objects they are given.

Run by tests/python_binding.rs, with security on.
"""

import base64
import inspect
import io
import queue
import warnings

import ferry
import filestack
import telestream_cloud.models
import telestream_cloud.upload_session
from ferry.helpers import verify_webhook_signature
from pictures import PICTURE, World, size_of, start_world
from test_binding_support import APIKEY, CLOUD, SECRET, WEBHOOK_SECRET, CloudTest, control, main, requests_of

HANDLE = "sm9IEXAMPLEQuzfJykmA"
CDN = "https://cdn.filestackcontent.com"
KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"


def setUpModule():
    global world
    world = start_world()


class PortedTest(CloudTest):
    def setUp(self):
        super().setUp()
        ferry.config.base_url = CLOUD
        self.addCleanup(setattr, ferry.config, "base_url", None)


class Version2Test(PortedTest):
    """The README of filestack-python 2.8."""

    def test_uploading(self):
        from ferry import Client, security

        json_policy = {"expiry": 253381964415}
        security = security(json_policy, SECRET)
        client = Client(APIKEY, security=security)
        params = {"mimetype": "image/x-ferry"}
        new_filelink = client.upload(filepath=self.file(), params=params)
        self.assertEqual(new_filelink.metadata()["mimetype"], "image/x-ferry")
        for options in ({"multipart": False}, {"intelligent": True}):
            control("requests", method="DELETE")
            new_filelink = client.upload(filepath=self.file(), **options)
            self.assertEqual(new_filelink.get_content(), PICTURE)
            self.assertEqual(len(requests_of("store_api")), "multipart" in options)
        new_filelink = client.upload(url=f"{world}/photo.png", params={"path": "in/"})
        self.assertTrue(new_filelink.upload_response["key"].startswith("in/"))
        with self.assertRaisesRegex(ferry.InvalidArgument, "one of source"):
            client.upload(url=f"{world}/photo.png", filepath=self.file())

    def test_filelinks(self):
        from ferry import Filelink

        uploaded = self.client.upload(PICTURE)
        new_filelink = Filelink(uploaded.handle, security=self.security)
        self.assertEqual(new_filelink.get_content(), PICTURE)
        response = new_filelink.download(self.folder / "back")
        self.assertEqual(response, len(PICTURE))
        filelink = self.client.upload(PICTURE)
        filelink.overwrite(filepath=self.file(b"other"))
        self.assertEqual(filelink.get_metadata({"size": True, "md5": False}), {"size": 5})
        self.assertEqual(filelink.get_metadata(["size"]), {"size": 5})
        self.assertEqual(filelink.get_metadata()["size"], 5)
        filelink.overwrite(url=f"{world}/photo.png")
        self.assertEqual(size_of(filelink.get_content()), (60, 40))
        response = filelink.delete()
        self.assertEqual((response.status_code, response.reason, response.ok), (200, "OK", True))
        response.raise_for_status()
        self.assertEqual(response.url, f"{CLOUD}/api/file/{filelink.handle}")

    def test_transformations(self):
        transform_candidate = self.client.transform_external(f"{world}/photo.png")
        transform = transform_candidate.resize(width=30, height=20).flip().enhance()
        self.assertEqual(transform.url, transform_candidate.url)
        self.assertIn("/resize=height:20,width:30/flip/enhance/", transform.url)

    def test_security_is_a_dict_too(self):
        security = ferry.security('{"expiry": 253381964415, "call": ["read"]}', "<YOUR_APP_SECRET>")
        theirs = filestack.Security({"expiry": 253381964415, "call": ["read"]}, "<YOUR_APP_SECRET>")
        self.assertEqual(
            (security["policy"], security["signature"]), (theirs.policy_b64, theirs.signature)
        )
        with self.assertRaises(KeyError):
            security["secret"]
        for text in ("", "[]", '{"expiry": 1', '{"call": ["read"]}'):
            with self.subTest(text), self.assertRaises(ferry.InvalidArgument):
                ferry.security(text, "<YOUR_APP_SECRET>")

    def test_webhooks(self):
        from ferry import Client

        body, stamp = b'{"action": "fp.upload"}', "1558367878"
        headers = {"FS-Signature": ferry.sign_webhook("secret", body, stamp), "FS-Timestamp": stamp}
        for arguments, valid, error in (
            (("secret", body, headers), True, None),
            (("another", body, headers), False, None),
            (("secret", body + b" ", headers), False, None),
            (("secret", body, {}), False, "FS-Timestamp"),
            (("secret", body, None), False, "headers"),
            (("secret", 3, headers), False, "body"),
        ):
            with self.subTest(arguments):
                resp = Client.verify_webhook_signature(*arguments)
                self.assertIs(resp["valid"], valid)
                self.assertIn(error, resp["error"]) if error else self.assertIsNone(resp["error"])


class Version4Test(PortedTest):
    """The README of filestack-python 3.0 to 4.0."""

    def setUp(self):
        super().setUp()
        policy = {"expiry": 253381964415}
        self.their_client = ferry.Client(APIKEY, security=ferry.Security(policy, SECRET))

    def test_filelinks(self):
        from ferry import Filelink

        client = self.their_client
        filelink = client.upload(filepath=self.file())
        self.assertEqual(filelink.url, f"{CLOUD}/{filelink.handle}")
        filelink = Filelink(filelink.handle, APIKEY, client.security)
        self.assertEqual(filelink.get_content(), PICTURE)
        self.assertEqual(filelink.download(str(self.folder / "back")), len(PICTURE))
        filelink.overwrite(file_obj=io.BytesIO(b"other"))
        self.assertEqual(filelink.get_content(), b"other")
        filelink.delete()
        with self.assertRaises(ferry.FilestackHTTPError):
            filelink.metadata()

    def test_storing(self):
        client = self.their_client
        filelink = client.upload(filepath=self.file())
        self.assertEqual(size_of(filelink.resize(width=10).flip().store().get_content()), (10, 5))
        transform = client.transform_external(f"{world}/photo.png")
        transform.resize(width=30)
        self.assertEqual(size_of(transform.store().get_content()), (30, 20))

    def test_a_url_of_base64_text(self):
        encoded = base64.b64encode(PICTURE)
        source = self.client.upload(encoded, store_params={"filename": "photo.txt"})
        link = self.their_client.upload_url(
            source.signed_url(), store_params={"base64decode": True, "filename": "photo.png"}
        )
        self.assertEqual(link.get_content(), PICTURE)
        self.assertEqual(link.metadata()["filename"], "photo.png")
        plain = self.their_client.upload_url(source.signed_url(), store_params={"base64decode": False})
        self.assertEqual(plain.get_content(), encoded)
        with self.assertRaisesRegex(ferry.InvalidArgument, "mimetype"):
            self.their_client.upload_url(source.url, {"base64decode": True, "mimetype": "image/png"})

    def test_webhooks(self):
        control("settings", {"webhook_url": f"{world}/hook", "webhook_secret": WEBHOOK_SECRET})
        self.addCleanup(control, "settings", {"webhook_url": ""})
        while not World.posted.empty():
            World.posted.get_nowait()
        self.their_client.upload(PICTURE)
        try:
            headers, body = World.posted.get(timeout=10)
        except queue.Empty:
            self.fail("no webhook came")
        result, details = verify_webhook_signature(WEBHOOK_SECRET, body, dict(headers))
        self.assertEqual((result, details), (True, {}))


class ChainTest(PortedTest):
    """Chains of both packages, side by side."""

    def test_a_method_changes_the_chain_and_returns_it(self):
        theirs, ours = (it.Filelink(HANDLE).resize(width=10) for it in (filestack, ferry))
        ferry.config.base_url = None
        ours = ferry.Filelink(HANDLE).resize(width=10)
        self.assertIs(ours.flip(), ours)
        theirs.flip()
        for chain in (theirs, ours):
            chain.blur(amount=3).negative()
        self.assertEqual(ours.url, theirs.url)
        self.assertEqual(ours.add("cache", "false").raw("new=1").url, ours.url)
        self.assertIs(ours.with_apikey(), ours)

    def test_a_filelink_is_not_changed(self):
        link = self.client.upload(PICTURE)
        link.resize(width=10)
        self.assertEqual(size_of(link.store().get_content()), (100, 50))

    def test_what_was_said_step_by_step_is_stored(self):
        chain = self.client.upload(PICTURE).flip()
        chain.resize(width=10)
        self.assertEqual(size_of(chain.store().get_content()), (10, 5))

    def test_a_copy_goes_on_alone(self):
        chain = self.client.upload(PICTURE).resize(width=20)
        before, copy = chain.url, chain.copy()
        copy.flip()
        self.assertEqual(chain.url, before)
        self.assertNotEqual(copy.url, before)
        self.assertEqual(chain.imagesize(), {"height": 10, "width": 20})
        chain.store()
        self.assertEqual(chain.url, before)

    def test_a_mistake_leaves_the_chain_as_it_was(self):
        chain = ferry.Filelink(HANDLE).resize(width=10)
        before = chain.url
        for mistake in (lambda: chain.resize(width=-1), lambda: chain.add("resize", "widht:1")):
            with self.assertRaises(ferry.InvalidArgument):
                mistake()
        self.assertEqual(chain.url, before)


class OrderTest(PortedTest):
    """Arguments in the order of the vendors' SDKs."""

    def positional(self, function):
        kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
        taken = inspect.signature(function).parameters.values()
        return [it.name for it in taken if it.kind in kinds and it.name != "self"]

    def assert_same_order(self, theirs, ours):
        for name, function in inspect.getmembers(theirs, inspect.isfunction):
            if name.startswith("_") and name != "__init__":
                continue
            with self.subTest(f"{ours.__name__}.{name}"):
                wanted = self.positional(function)
                self.assertEqual(self.positional(getattr(ours, name))[: len(wanted)], wanted)

    def test_filestack(self):
        for name in ("AudioVisual", "Client", "Filelink", "Transformation", "Security"):
            self.assert_same_order(getattr(filestack, name), getattr(ferry, name))

    def test_a_box_that_is_needed_and_comes_last(self):
        box = [[0, 0, 10, 10]]
        ours = ferry.Filelink(HANDLE).partial_blur(3, None, None, box).url
        self.assertIn("partial_blur=amount:3,objects:", ours)
        with self.assertRaisesRegex(ferry.InvalidArgument, "objects"):
            ferry.Filelink(HANDLE).partial_blur(3)

    def test_telestream(self):
        self.assert_same_order(telestream_cloud.TelestreamCloud, ferry.TelestreamCloud)
        for name in ("Video", "Encoding", "Profile"):
            theirs, ours = getattr(telestream_cloud.models, name), getattr(ferry, name)
            for method, function in inspect.getmembers(theirs, inspect.isfunction):
                if not method.startswith("_"):
                    wanted = self.positional(function)
                    self.assertEqual(self.positional(getattr(ours, method))[: len(wanted)], wanted)


class ConversionTest(PortedTest):
    def test_one_that_was_begun_elsewhere(self):
        """With the arguments that filestack.AudioVisual takes."""
        security = ferry.Security({"expiry": 253381964415}, SECRET)
        begun = ferry.Client(APIKEY, security=security).upload(PICTURE).av_convert(preset="webm", width=640)
        for arguments, named in (((APIKEY, security), {}), ((), {"apikey": APIKEY, "security": security})):
            conversion = ferry.AudioVisual(begun.url, begun.uuid, begun.timestamp, *arguments, **named)
            self.assertEqual((conversion.apikey, conversion.security), (APIKEY, security))
            while conversion.status != "completed":
                pass
            filelink = conversion.to_filelink()
            self.assertEqual((filelink.apikey, filelink.security), (APIKEY, security))
            self.assertEqual(filelink.get_content(), PICTURE)


class SharedTest(PortedTest):
    def test_bare_filelinks_share_one_client(self):
        first, second = ferry.Filelink(HANDLE), ferry.Filelink("B" * 20)
        self.assertIs(first._account.handle, second._account.handle)
        self.assertIsNot(ferry.Filelink(HANDLE, "ANOTHER")._account.handle, first._account.handle)
        signed = ferry.Filelink(HANDLE, security=self.security)
        self.assertIs(signed._account.handle, first._account.handle)
        self.assertIn("security=", signed.signed_url())
        with self.assertRaises(ferry.InvalidArgument):
            first.signed_url()

    def test_the_address_of_all(self):
        self.assertEqual(ferry.Filelink(HANDLE).url, f"{CLOUD}/{HANDLE}")
        self.assertEqual(ferry.Client(APIKEY).filelink(HANDLE).url, f"{CLOUD}/{HANDLE}")
        other = ferry.Client(APIKEY, base_url="http://127.0.0.1:9")
        self.assertEqual(other.filelink(HANDLE).url, f"http://127.0.0.1:9/{HANDLE}")
        ferry.config.base_url = None
        ferry.config.CNAME = "files.example.com"
        self.addCleanup(setattr, ferry.config, "CNAME", "")
        self.assertEqual(ferry.Filelink(HANDLE).url, f"https://cdn.files.example.com/{HANDLE}")
        with self.assertRaises(AttributeError):
            ferry.config.base_uri = CLOUD


class TelestreamTest(PortedTest):
    def setUp(self):
        super().setUp()
        self.flip = ferry.TelestreamCloud(*KEYS, base_url=CLOUD).get_resource("flip")
        self.factory = self.flip.factories.all()[0]

    def test_answers_are_responses(self):
        video = self.factory.videos.create(source_url=f"{world}/movie.mp4", profiles="none").wait()
        told = video.metadata()
        self.assertEqual((told.status_code, told.reason, told.ok), (200, "OK", True))
        self.assertEqual(told.json()["mime_type"], told["mime_type"])
        self.assertIn("mime_type", told.text)
        self.assertEqual(told.url, f"{CLOUD}/v3.0/videos/{video.id}/metadata.json")
        told.raise_for_status()
        self.assertEqual(video.delete().status_code, 200)

    def test_a_response_of_any_request(self):
        account = ferry.TelestreamCloud(*KEYS, self.factory.id, base_url=CLOUD)
        response = account.get("/videos.json", {"per_page": 1})
        self.assertEqual((response.status_code, response.reason), (200, "OK"))
        self.assertIn("json", response.headers["content-type"])
        self.assertEqual(response.url, f"{CLOUD}/v3.0/videos.json")
        self.assertIsInstance(response.content, bytes)
        response.raise_for_status()
        refused = ferry.Response(404, b"no")
        with self.assertRaisesRegex(ferry.HTTPError, "404 Not Found") as caught:
            refused.raise_for_status()
        self.assertEqual((caught.exception.http_status, caught.exception.body), (404, "no"))

    def test_a_page_that_is_full_is_told(self):
        self.addCleanup(setattr, ferry.models, "PAGE", ferry.models.PAGE)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            self.factory.profiles.all()
            self.assertEqual(told, [])
            ferry.models.PAGE = len(self.factory.profiles.all())
            self.factory.profiles.all(page=1)
            self.factory.profiles.all(per_page=ferry.models.PAGE)
            self.assertEqual(told, [])
            self.factory.profiles.all()
        (warning,) = told
        self.assertIn("all_pages()", str(warning.message))
        self.assertEqual(warning.filename, __file__)


if __name__ == "__main__":
    main()
