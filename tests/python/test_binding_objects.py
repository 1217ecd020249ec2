"""What the binding builds, signs and verifies, the names of the vendor's SDK, and how errors come.

Run by tests/python_binding.rs.
"""

import errno
import gc
import inspect
import io
import json
import os
import pathlib
import pickle
import socket
import threading
import unittest
import unittest.mock
from urllib.parse import unquote

import ferry
import filestack.helpers
from pictures import OUTSIDE, PICTURE, size_of, start_world
from test_binding_support import APIKEY, CLOUD, CloudTest, Stalled, control, main, requests_of

import filestack

HANDLE = "sm9IEXAMPLEQuzfJykmA"
CDN = "https://cdn.filestackcontent.com"


def setUpModule():
    global world
    world = start_world()


class VendorTest(unittest.TestCase):
    """Each method of the vendor's SDK is here, and takes the arguments that it takes there."""

    def assert_takes(self, theirs, ours, name):
        wanted = [it for it in inspect.signature(theirs).parameters if it != "self"]
        taken = inspect.signature(ours).parameters
        self.assertEqual([it for it in wanted if it not in taken], [], name)

    def test_classes(self):
        for name in ("Client", "Filelink", "Transformation", "Security"):
            theirs, ours = getattr(filestack, name), getattr(ferry, name)
            self.assert_takes(theirs, ours, name)
            for method, function in inspect.getmembers(theirs, inspect.isfunction):
                if not method.startswith("_"):
                    with self.subTest(f"{name}.{method}"):
                        self.assert_takes(function, getattr(ours, method), method)
        for name in ("status", "to_filelink", "uuid", "timestamp", "url"):
            self.assertTrue(hasattr(ferry.AudioVisual, name), name)

    def test_functions(self):
        self.assert_takes(
            filestack.helpers.verify_webhook_signature,
            ferry.verify_webhook_signature,
            "verify_webhook_signature",
        )

    def test_urls(self):
        calls = [
            ("resize", {"width": 800}),
            ("crop", {"dim": [1, 2, 30, 40]}),
            ("partial_blur", {"objects": [[0, 0, 10, 10], [20, 20, 5, 5]], "amount": 3}),
            ("watermark", {"file": "A" * 20, "position": ["top", "left"]}),
            ("filetype_conversion", {"format": "jpg", "quality": 50}),
            ("pdf_info", {"colorinfo": True}),
        ]
        for name, parameters in calls:
            with self.subTest(name):
                theirs = getattr(filestack.Filelink(HANDLE), name)(**parameters)
                self.assertEqual(unquote(getattr(ferry.Filelink(HANDLE), name)(**parameters).url), theirs.url)

    def test_names_of_older_versions(self):
        self.assertIs(ferry.security, ferry.Security)
        self.assertIs(ferry.helpers.verify_webhook_signature, ferry.verify_webhook_signature)


class TransformationTest(CloudTest):
    def test_any_task(self):
        link = ferry.Filelink(HANDLE)
        self.assertEqual(link.add("resize", "width:10").url, f"{CDN}/resize=width:10/{HANDLE}")
        self.assertEqual(link.add("resize", {"width": 10}).url, f"{CDN}/resize=width:10/{HANDLE}")
        self.assertEqual(link.add("cache", "false").url, f"{CDN}/cache=false/{HANDLE}")
        self.assertEqual(link.raw("new_task=k:v").flip().url, f"{CDN}/new_task=k:v/flip/{HANDLE}")

    def test_mistakes_are_told_before_anything_is_sent(self):
        link = ferry.Filelink(HANDLE)
        for call, word in (
            (lambda: link.resize(), "width"),
            (lambda: link.resize(width=20_000), "10000"),
            (lambda: link.add("rezise", {"width": 1}), "resize"),
            (lambda: link.add("resize", {"width": float("nan")}), "JSON"),
            (lambda: link.crop(dim=[1, 2]), "4"),
            (lambda: ferry.Filelink("not a handle"), "handle"),
            (lambda: ferry.Transformation(), "handle"),
        ):
            with self.assertRaisesRegex(ValueError, word):
                call()

    def test_sources(self):
        client = ferry.Client(APIKEY)
        link = client.filelink(HANDLE)
        self.assertEqual(client.transform(link).flip().url, f"{CDN}/flip/{HANDLE}")
        self.assertEqual(
            unquote(client.transform([link, "B" * 20]).zip().url), f"{CDN}/{APIKEY}/zip/[{HANDLE},{'B' * 20}]"
        )
        self.assertEqual(
            client.transform_external("https://example.org/a.jpg").flip().url,
            f"{CDN}/{APIKEY}/flip/https://example.org/a.jpg",
        )
        self.assertEqual(
            ferry.Transformation(APIKEY, external_url="src://s/a.jpg").flip().url,
            f"{CDN}/{APIKEY}/flip/src://s/a.jpg",
        )
        self.assertEqual(link.flip().with_apikey().url, f"{CDN}/{APIKEY}/flip/{HANDLE}")
        self.assertIn("/b64/", client.transform(link).flip().base64_url())
        self.assertEqual(
            link.watermark(file=client.filelink("B" * 20)).url, f"{CDN}/watermark=file:{'B' * 20}/{HANDLE}"
        )
        with self.assertRaises(TypeError):
            client.zip("a.zip", HANDLE)

    def test_what_is_no_source(self):
        for source in (None, 3, [None]):
            with self.subTest(source), self.assertRaisesRegex(TypeError, "^source must be .*, not "):
                self.client.transform(source)
        with self.assertRaisesRegex(TypeError, "^files must be a list"):
            self.client.zip(self.folder / "a.zip", None)
        link = self.client.filelink(HANDLE)
        with self.assertRaisesRegex(TypeError, "^file_obj must be "):
            link.overwrite(file_obj=3)
        with self.assertRaisesRegex(ferry.InvalidArgument, "filepath and url were given"):
            link.overwrite(filepath="a", url="http://b")
        for size, error in ((0, ferry.InvalidArgument), (1.5, TypeError), ("3", TypeError)):
            with self.subTest(size), self.assertRaisesRegex(error, "^chunk_size is "):
                link.iter_content(size)

    def test_a_screenshot(self):
        url = (
            ferry.Client(APIKEY)
            .urlscreenshot("https://example.org", agent="mobile", width=400, device="phone")
            .url
        )
        self.assertRegex(
            url, rf"^{CDN}/{APIKEY}/urlscreenshot=agent:mobile,device:phone,width:400/https://example.org"
        )

    def test_a_value_of_a_screenshot_is_no_further_parameter(self):
        shot = ferry.Client(APIKEY).urlscreenshot
        url = unquote(shot("https://example.org", device="x,width:9999").url)
        self.assertEqual(url, f'{CDN}/{APIKEY}/urlscreenshot=device:"x,width:9999"/https://example.org')
        for wrong in ({"width": "9999,height:1"}, {"agent": "mobile,width:9999"}, {"width": True}):
            with self.subTest(wrong), self.assertRaises(ferry.InvalidArgument):
                shot("https://example.org", **wrong)
        with self.assertRaisesRegex(ferry.InvalidArgument, "example.org"):
            shot("example.org")

    def test_results(self):
        link = self.client.upload(PICTURE)
        small = link.resize(width=10)
        self.assertEqual(small.download(self.folder / "small.png"), len(small.get_content()))
        buffer = io.BytesIO()
        small.stream(buffer.write)
        self.assertEqual(size_of(buffer.getvalue()), (10, 5))
        self.assertEqual(link.imagesize(), {"height": 50, "width": 100})
        with self.assertRaises(ZeroDivisionError):
            small.stream(lambda _piece: 1 / 0)
        with self.assertRaises(ferry.Cancelled) as caught:
            small.stream(lambda _piece: False)
        self.assertEqual((caught.exception.step, caught.exception.retryable), ("download", True))
        for answer in (None, 0, "", True):
            small.stream(lambda _piece: answer)

    def test_a_failed_download_leaves_what_was_there(self):
        path = pathlib.Path(self.file(b"as it was", "kept"))
        with self.assertRaises(ferry.HTTPError):
            self.client.filelink("A" * 20).download(path)
        self.assertEqual((path.read_bytes(), list(self.folder.iterdir())), (b"as it was", [path]))

    def test_workflows(self):
        link = self.client.upload(b"x")
        job = self.client.run_workflow("w-1", link)
        self.assertIn(self.client.workflow_status(job["jobid"])["status"], ("Started", "Finished"))

    def test_a_conversion(self):
        job = self.client.upload(b"x").av_convert(preset="webm", force=True)
        self.assertEqual(job.wait()["status"], "completed")
        self.assertEqual(job.to_filelink().get_content(), b"x")
        self.faults({"class": "av", "times": 1, "action": {"job_failed": True}})
        failing = self.client.upload(b"y").av_convert(preset="webm")
        with self.assertRaises(ferry.HTTPError):
            failing.wait()

    def test_a_conversion_from_its_parts(self):
        told = self.client.upload(b"x").resize(width=10).av_convert(preset="webm", width=640)
        parts = told.url, told.uuid, told.timestamp
        before = len(requests_of("av"))
        job = ferry.AudioVisual(*parts, client=self.client)
        self.assertEqual((job.url, job.uuid, job.timestamp), parts)
        self.assertEqual((job, hash(job), repr(job)), (told, hash(told), repr(told)))
        self.assertEqual(len(requests_of("av")), before)
        self.assertIn(job.status, ("started", "pending", "completed"))
        self.assertEqual(job.wait(deadline=60)["uuid"], told.uuid)
        self.assertEqual((job.status, job.to_filelink().get_content()), ("completed", b"x"))
        self.assertEqual(job.to_filelink(), told.to_filelink())
        with self.assertRaisesRegex(ferry.InvalidArgument, "has video_convert"):
            ferry.AudioVisual(f"{CLOUD}/resize=width:10/A", "uuid", "1")
        with self.assertRaises(ferry.InvalidArgument):
            ferry.AudioVisual("http://elsewhere.test/video_convert=preset:webm/A", "uuid", "1").status

    def test_a_conversion_from_its_parts_that_has_failed_or_takes_long(self):
        self.faults({"class": "av", "action": {"job_failed": True}})
        told = self.client.upload(b"z").av_convert(preset="webm")
        job = ferry.AudioVisual(told.url, told.uuid, told.timestamp, client=self.client)
        for call in (job.wait, job.to_filelink):
            with self.assertRaisesRegex(ferry.HTTPError, "the conversion has failed"):
                call()
        self.assertGreater(control("faults")[0]["fired"], 0)
        control("faults", [])
        told = self.client.upload(b"slow").av_convert(preset="webm")
        job = ferry.AudioVisual(told.url, told.uuid, told.timestamp, client=self.client)
        with self.assertRaises(ferry.Timeout):
            job.wait(deadline=0.001)
        with self.assertRaises(ferry.Cancelled):
            job.wait(progress=lambda _it: False)

    def test_a_conversion_from_its_parts_that_is_told_wrongly(self):
        told = self.client.upload(b"no file").av_convert(preset="webm")
        job = ferry.AudioVisual(told.url, told.uuid, told.timestamp, client=self.client)
        in_vain = "has said 10 times .* completed, and named no file"
        for body, asked, words in (
            ({"status": "completed"}, 10, in_vain),
            ({"status": "completed", "data": {"url": "https://h/"}}, 10, in_vain),
            ({"status": "completed", "data": ["https://h/x"]}, 10, in_vain),
            ({"status": None}, 1, "no status"),
            ("no JSON", 1, "JSON"),
        ):
            text = body if isinstance(body, str) else json.dumps(body)
            self.faults({"class": "av", "action": {"status": 200, "body": text}})
            between = unittest.mock.patch("ferry._conversion.BETWEEN", 0.0)
            with self.subTest(body), between, self.assertRaisesRegex(ferry.ProtocolError, words):
                job.wait(deadline=60)
            self.assertEqual(control("faults")[0]["fired"], asked)
        self.faults({"class": "av", "action": {"status": 200, "body": '{"status": "completed"}'}})
        with self.assertRaisesRegex(ferry.NotReady, "no result yet"):
            job.to_filelink()

    def test_the_deadline_of_a_conversion_from_its_parts(self):
        self.faults({"class": "av", "action": {"status": 200, "body": '{"status": "pending"}'}})
        url = f"{CLOUD}/video_convert=preset:webm/{HANDLE}"
        job = ferry.AudioVisual(url, "uuid", "1", client=self.client)
        for deadline in (0, -1, float("nan"), "1"):
            error = TypeError if deadline == "1" else ferry.InvalidArgument
            with self.subTest(deadline), self.assertRaisesRegex(error, "^deadline is "):
                job.wait(deadline=deadline)
        self.assertEqual(control("faults")[0]["fired"], 0)
        hasty = self.make_client(connection=ferry.Connection(deadline=60))
        job = ferry.AudioVisual(url, "uuid", "1", client=hasty)
        no_pause = unittest.mock.patch("ferry._conversion.pause", side_effect=AssertionError)
        with unittest.mock.patch("ferry._conversion.BETWEEN", 3600.0), no_pause:
            with self.assertRaises(ferry.Timeout):
                job.wait()

    def test_overwriting_and_deleting(self):
        link = self.client.upload(PICTURE)
        link.overwrite(file_obj=b"bytes", security=self.security)
        self.assertEqual(link.get_content(), b"bytes")
        link.overwrite(url=f"{world}/x.png", security=self.security)
        self.assertEqual(link.get_content(), OUTSIDE)
        with self.assertRaises(ValueError):
            link.overwrite()
        with self.assertRaisesRegex(ferry.InvalidArgument, "apikey"):
            ferry.Filelink(link.handle).delete()
        link.delete("ANOTHER", self.security, keep_stored=True)
        with self.assertRaisesRegex(ferry.FilestackHTTPError, "not found") as caught:
            link.metadata()
        self.assertEqual(caught.exception.response.status_code, 404)


class SecurityTest(unittest.TestCase):
    def test_the_pair_is_that_of_the_vendor(self):
        for policy in (
            {"expiry": 1562763146, "call": ["read"]},
            {"expiry": 1, "path": "/é/.*", "maxSize": 5},
        ):
            theirs, ours = filestack.Security(policy, "SECRET"), ferry.Security(policy, "SECRET")
            self.assertEqual((ours.policy_b64, ours.signature), (theirs.policy_b64, theirs.signature))
            self.assertEqual((ours.as_url_string(), ours.policy), (theirs.as_url_string(), policy))

    def test_a_pair_that_somebody_made(self):
        made = ferry.Security({"expiry": 1562763146}, "SECRET")
        taken = ferry.Security.from_signed(made.policy_b64, made.signature)
        self.assertEqual(taken.as_url_string(), made.as_url_string())

    def test_what_a_policy_allows(self):
        security = ferry.Security(
            {"expiry": ferry.Security.expiry_in(60), "call": ["read"], "handle": HANDLE}, "SECRET"
        )
        self.assertTrue(security.allows("read", handle=HANDLE))
        self.assertFalse(security.allows("store"))
        with self.assertRaisesRegex(ferry.InvalidArgument, "expire"):
            security.check("read", handle=HANDLE, now=4_000_000_000)

    def test_a_policy_that_the_service_checks(self):
        expired = ferry.Security({"expiry": 1562763146}, "SECRET")
        for skipped, kind in ((False, ferry.InvalidArgument), (True, ferry.HTTPError)):
            client = ferry.Client(APIKEY, security=expired, base_url=CLOUD, skip_policy_checks=skipped)
            for made in client, pickle.loads(pickle.dumps(client)):
                with self.assertRaises(kind):
                    made.filelink(HANDLE).get_content()

    def test_mistakes(self):
        with self.assertRaisesRegex(ValueError, "expires"):
            ferry.Security({"expires": 1}, "SECRET")
        self.assertEqual(ferry.Security({"expires": 1}, "SECRET", unchecked=True).policy, {"expires": 1})
        with self.assertRaises(TypeError):
            ferry.Security([], "SECRET")
        with self.assertRaises(TypeError):
            ferry.Client(APIKEY, security={"expiry": 1})

    def test_expiries_out_of_range(self):
        for seconds in (-3600, (1 << 64) + 60):
            with self.subTest(seconds), self.assertRaisesRegex(ferry.InvalidArgument, "^seconds is "):
                ferry.Security.expiry_in(seconds)
        for seconds in (1.5, "60", None):
            with self.subTest(seconds), self.assertRaisesRegex(TypeError, "^seconds is .* whole number"):
                ferry.Security.expiry_in(seconds)

    def test_signed_urls(self):
        security = ferry.Security({"expiry": 1562763146}, "SECRET")
        link = ferry.Filelink(HANDLE, security=security)
        signed = f"{CDN}/{security.as_url_string()}/{HANDLE}"
        self.assertEqual(
            (link.signed_url(), link.signed_url(security), link.url), (signed, signed, f"{CDN}/{HANDLE}")
        )
        self.assertEqual(link.flip().signed_url(), f"{CDN}/flip/{security.as_url_string()}/{HANDLE}")
        with self.assertRaises(ValueError):
            ferry.Filelink(HANDLE).signed_url()


class WebhookTest(unittest.TestCase):
    BODY = '{"text": "\u00fc"}'.encode()

    def headers(self, stamp="1558367878"):
        return {"fs-timestamp": stamp, "FS-SIGNATURE": ferry.sign_webhook("secret", self.BODY, stamp)}

    def test_the_vendors_form(self):
        verify = ferry.verify_webhook_signature
        self.assertEqual(verify("secret", self.BODY, self.headers()), (True, {}))
        self.assertEqual(verify("secret", self.BODY.decode(), self.headers()), (True, {}))
        self.assertEqual(
            filestack.helpers.verify_webhook_signature("secret", self.BODY, self.headers()), (True, {})
        )
        right = self.headers()["FS-SIGNATURE"]
        for arguments in (
            ("other", self.BODY, self.headers()),
            ("secret", b"\xff", self.headers()),
            ("secret", self.BODY, {}),
            ("secret", self.BODY, None),
            (None, self.BODY, self.headers()),
            ("secret", 3, self.headers()),
            ("secret", self.BODY, {"FS-Timestamp": 3, "FS-Signature": None}),
        ):
            with self.subTest(arguments):
                valid, told = verify(*arguments)
                self.assertFalse(valid)
                self.assertEqual(list(told), ["error"])
                self.assertNotIn(right, told["error"])

    def test_a_body_that_is_no_text(self):
        arguments = "secret", "\ud800", self.headers()
        with self.assertRaisesRegex(ferry.InvalidArgument, "^body cannot be written in UTF-8"):
            ferry.verify_webhook(*arguments)
        valid, told = ferry.verify_webhook_signature(*arguments)
        self.assertEqual((valid, "UTF-8" in told["error"]), (False, True))
        verdict = ferry.Client.verify_webhook_signature(*arguments)
        self.assertEqual((verdict["valid"], "UTF-8" in verdict["error"]), (False, True))
        with self.assertRaises(ferry.InvalidArgument):
            ferry.sign_webhook("secret", "\ud800", "1")

    def test_the_strict_form(self):
        now = str(ferry.Security.expiry_in(0))
        ferry.verify_webhook("secret", self.BODY, self.headers(now))
        ferry.verify_webhook(["old", "secret"], self.BODY, self.headers(now))
        ferry.verify_webhook("secret", self.BODY, self.headers(), tolerance=0)
        for vendors in (ferry.helpers.verify_webhook_signature, ferry.Client.verify_webhook_signature):
            old = "secret", self.BODY, self.headers()  # as the page says
            self.assertIn(vendors(*old), ((True, {}), {"valid": True, "error": None}))
            self.assertNotIn(vendors(*old, tolerance=300), ((True, {}), {"valid": True, "error": None}))
        with self.assertRaises(ferry.SignatureExpired):
            ferry.verify_webhook("secret", self.BODY, self.headers())
        with self.assertRaises(ferry.SignatureMismatch):
            ferry.verify_webhook(["old", "older"], self.BODY, self.headers(now))

    def test_a_tolerance_out_of_range_does_not_switch_the_check_off(self):
        old = self.headers()
        for tolerance in (-1, 1 << 32, (1 << 32) + 300, -(1 << 32)):
            with self.subTest(tolerance):
                with self.assertRaisesRegex(ferry.InvalidArgument, "tolerance .* from 0 to 4294967295"):
                    ferry.verify_webhook("secret", self.BODY, old, tolerance=tolerance)
                valid, told = ferry.verify_webhook_signature("secret", self.BODY, old, tolerance=tolerance)
                self.assertEqual((valid, "tolerance" in told["error"]), (False, True))
        for tolerance in (0.5, "300", None, True):
            with self.subTest(tolerance):
                with self.assertRaisesRegex(TypeError, "tolerance .* whole number from 0 to 4294967295"):
                    ferry.verify_webhook("secret", self.BODY, old, tolerance=tolerance)
                self.assertFalse(
                    ferry.verify_webhook_signature("secret", self.BODY, old, tolerance=tolerance)[0]
                )
        ferry.verify_webhook("secret", self.BODY, old, tolerance=(1 << 32) - 1)

    def test_what_is_missing_is_named(self):
        for arguments, error, words in (
            ((None, self.BODY, self.headers()), ferry.InvalidArgument, "^secret is None$"),
            ((3, self.BODY, self.headers()), TypeError, "^secret must be "),
            (("secret", None, self.headers()), TypeError, "^body must be "),
            (("secret", self.BODY, None), TypeError, "^headers must be .*, not NoneType"),
        ):
            with self.subTest(arguments), self.assertRaisesRegex(error, words):
                ferry.verify_webhook(*arguments)


class ErrorTest(CloudTest):
    def test_the_tree(self):
        also = {
            ferry.InvalidArgument: ValueError,
            ferry.IOFailure: OSError,
            ferry.NetworkError: ConnectionError,
            ferry.Timeout: TimeoutError,
            ferry.OutOfMemory: MemoryError,
        }
        numbers = set()
        for kind in ferry.FerryError.__subclasses__():
            self.assertTrue(issubclass(kind, also.get(kind, ferry.FerryError)))
            self.assertIn(kind.__name__, ferry.__all__)
            if kind is not ferry.BatchError:  # has the status of the first file that failed
                numbers.add(kind.status)
        self.assertEqual(numbers, {*range(1, 16), 99})

    def test_what_is_missing(self):
        with self.assertRaisesRegex(ferry.InvalidArgument, "^apikey is None$"):
            ferry.Client(None)
        with self.assertRaisesRegex(ferry.InvalidArgument, "^handle is None$"):
            self.client.filelink(None)

    def test_what_an_answer_says(self):
        self.faults({"class": "metadata", "action": {"status": 403, "body": '{"reason": "no"}'}})
        with self.assertRaises(ferry.HTTPError) as caught:
            self.client.filelink("A" * 20).metadata()
        error = caught.exception
        self.assertEqual(
            (error.http_status, json.loads(error.body), error.retryable), (403, {"reason": "no"}, False)
        )
        self.assertEqual((error.response.json(), error.response.ok), ({"reason": "no"}, False))

    def test_nobody_is_there(self):
        client = ferry.Client(
            APIKEY,
            base_url="http://127.0.0.1:9",
            connection=ferry.Connection(max_retries=0, connect_timeout=5),
        )
        with self.assertRaises(ConnectionError) as caught:
            client.upload(b"x")
        self.assertEqual(
            (caught.exception.step, caught.exception.retryable, caught.exception.response),
            ("start", True, None),
        )

    def test_connections(self):
        for name, value in (
            ("connect_timeout", -1),
            ("deadline", 0),
            ("max_retries", -1),
            ("proxy", "nonsense://"),
            ("ca_file", "no-such-file"),
            ("trust", "nobody"),
        ):
            with self.subTest(name), self.assertRaises((ferry.InvalidArgument, ferry.IOFailure)):
                ferry.Client(APIKEY, connection=ferry.Connection(**{name: value}))
        self.assertEqual(ferry.Connection(trust="system")._options().trust, 1)
        self.assertEqual(ferry.Connection()._options().trust, 0)

    def test_what_no_connection_can_have(self):
        for name, value in (
            ("connect_timeout", "x"),
            ("deadline", True),
            ("max_retries", 1.5),
            ("max_retries", "3"),
            ("bytes_per_second", "3"),
            ("proxy", 3),
            ("ca_file", 3),
            ("on_event", 3),
        ):
            with self.subTest(name=name, value=value), self.assertRaisesRegex(TypeError, f"^{name} "):
                ferry.Connection(**{name: value})
        for make in (
            lambda: ferry.Client(APIKEY, connection=3),
            lambda: ferry.TelestreamCloud("A", "S", connection=3),
        ):
            with self.assertRaisesRegex(TypeError, "^connection must be a Connection, not int"):
                make()
        for port, error in ((1.5, TypeError), ("80", TypeError), (65536, ferry.InvalidArgument)):
            with self.subTest(port), self.assertRaisesRegex(error, "^api_port is "):
                ferry.TelestreamCloud("A", "S", api_port=port)

    def test_the_proxy_of_the_environment(self):
        proxy = Stalled()
        self.addCleanup(proxy.close)
        for variables, how in (
            ({"http_proxy": proxy.url}, "environment"),
            ({"no_proxy": "*", "http_proxy": "nonsense"}, proxy.url),
        ):
            proxy.arrived.clear()
            with (
                self.subTest(how),
                unittest.mock.patch.dict(os.environ, variables),
                self.assertRaises(ferry.Cancelled),
            ):
                os.environ.pop("NO_PROXY", None)
                connection = ferry.Connection(proxy=how)
                client = ferry.Client(APIKEY, base_url="http://198.51.100.1", connection=connection)
                client.request(
                    "GET", "/x", progress=lambda _progress: not proxy.arrived.is_set(), deadline=20
                )
        with unittest.mock.patch.dict(os.environ, {"http_proxy": proxy.url}):
            self.assertEqual(self.make_client().upload(b"not through it").get_content(), b"not through it")

    def test_a_client_that_is_closed(self):
        with self.make_client() as client:
            link = client.upload(b"x")
            chain = link.flip()
        self.assertEqual((link.get_content(), chain.url), (b"x", f"{CLOUD}/flip/{link.handle}"))
        self.assertEqual(link.store().get_content(), b"x")
        with self.assertRaisesRegex(ferry.InvalidState, "closed"):
            client.upload(b"x")


class OwnErrorTest(CloudTest):
    """Errors of the system are Python's own, and objects tell what they are without telling secrets."""

    def test_a_file_that_cannot_be_read(self):
        here, folder = self.file(b"x", "here"), self.folder / "folder"
        folder.mkdir()
        link, account = self.client.filelink(HANDLE), ferry.TelestreamCloud("A", "S", base_url=CLOUD)
        factory = ferry.Factory(ferry.models.Scope(account._handle, None), {"id": "f" * 32})
        missing, below = self.folder / "missing", f"{here}/below"
        for call, kind, number, path in (
            (lambda: self.client.upload(missing), FileNotFoundError, errno.ENOENT, missing),
            (lambda: self.client.upload(str(missing)), FileNotFoundError, errno.ENOENT, str(missing)),
            (lambda: self.client.prepare_upload(missing), FileNotFoundError, errno.ENOENT, missing),
            (lambda: self.client.upload(folder), IsADirectoryError, errno.EISDIR, folder),
            (lambda: self.client.upload(below), NotADirectoryError, errno.ENOTDIR, below),
            (lambda: link.download(missing / "x"), FileNotFoundError, errno.ENOENT, missing / "x"),
            (lambda: link.download(folder), IsADirectoryError, errno.EISDIR, folder),
            (lambda: factory.upload_session(missing), FileNotFoundError, errno.ENOENT, missing),
        ):
            with self.subTest(kind=kind, path=path), self.assertRaises(kind) as caught:
                call()
            error = caught.exception
            self.assertIsInstance(error, ferry.IOFailure)
            self.assertEqual((error.errno, error.filename), (number, path))
            self.assertEqual(error.strerror, os.strerror(number))
            self.assertIn(os.fspath(path), str(error))
            made = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(made), made.errno, made.filename), (type(error), number, path))
        with self.assertRaises(ferry.BatchError) as batch:
            self.client.upload_many([here, missing])
        failed = batch.exception.results[1]
        self.assertIsInstance(failed, FileNotFoundError)
        self.assertEqual(failed.filename, missing)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_that_may_not_be_read(self):
        path = self.file(b"x", "secret")
        os.chmod(path, 0)
        with self.assertRaises(PermissionError):
            self.client.upload(path)

    def test_text_files_are_refused_in_words(self):
        control("requests", method="DELETE")
        with open(self.file(b"x"), encoding="utf-8") as text:
            for source in (text, io.StringIO("x")):
                for call in (
                    lambda source=source: self.client.upload(source, size=1),
                    lambda source=source: self.client.filelink(HANDLE).overwrite(
                        file_obj=source, security=self.security
                    ),
                ):
                    with self.assertRaisesRegex(TypeError, "gives text: open it in binary mode"):
                        call()
        self.assertEqual(control("requests"), [])

    def test_overwriting_does_not_hold_what_it_reads(self):
        class Counted(io.BytesIO):
            most = 0

            def read(self, size=-1):
                data = super().read(size)
                self.most = max(self.most, len(data))
                return data

        link, data = self.client.upload(b"x"), b"0123456789abcdef" * (1 << 18)
        source = Counted(b"head" + data)
        source.seek(4)
        link.overwrite(file_obj=source, security=self.security)
        self.assertLess(source.most, len(data))
        self.assertTrue(link.get_content() == data)

    def test_no_password_is_shown(self):
        for proxy in ("http://user:pa@ss@proxy:3128", "user:pa@ss@proxy:3128", "http://pa@proxy"):
            shown = repr(ferry.Connection(proxy=proxy, max_retries=3))
            self.assertNotIn("pa@", shown)
            self.assertNotIn("user", shown)
            self.assertIn("***@proxy", shown)
            self.assertIn("max_retries=3", shown)
        self.assertEqual(
            repr(ferry.Connection(proxy="http://u:pw@h:1")), "Connection(proxy='http://***@h:1')"
        )
        self.assertEqual(repr(ferry.Connection()), "Connection()")
        account = ferry.TelestreamCloud("ACCESS", "SECRET", "FACTORY", base_url=CLOUD)
        client = ferry.Client("THEKEY", security=ferry.Security({"expiry": 1}, "SECRET"), base_url=CLOUD)
        with self.client.prepare_upload(self.file()) as upload:
            self.assertEqual(repr(upload), "<Upload initialized>")
        self.assertEqual(repr(upload), "<Upload closed>")
        for it in (account, client, client.security, account.flip, account.flip.factories, ferry.config):
            self.assertNotRegex(repr(it), "SECRET|ACCESS|THEKEY|object at")

    def test_what_is_equal(self):
        policy = {"expiry": 1562763146}
        for first, second, other in (
            (ferry.Security(policy, "S"), ferry.Security(policy, "S"), ferry.Security(policy, "T")),
            (ferry.Filelink(HANDLE), ferry.Filelink(HANDLE, APIKEY), ferry.Filelink("B" * 20)),
            (ferry.Filelink(HANDLE), ferry.Client(APIKEY).filelink(HANDLE), self.client.filelink(HANDLE)),
            (ferry.Connection(proxy="http://p"), ferry.Connection(proxy="http://p"), ferry.Connection()),
        ):
            self.assertEqual((first, hash(first)), (second, hash(second)))
            self.assertNotEqual(first, other)
            self.assertNotEqual(first, HANDLE)
            self.assertEqual(len({first, second, other}), 2)


class RequestTest(CloudTest):
    def test_any_request(self):
        link = self.client.upload(self.file())
        response = self.client.request("GET", f"/file/{link.handle}/metadata?size=true")
        self.assertEqual(
            (response.status_code, response.ok, response.json()), (200, True, {"size": len(PICTURE)})
        )
        for name in ("Content-Type", "content-type", "CONTENT-TYPE"):
            self.assertEqual(response.headers[name], "application/json")
        self.assertEqual(int(response.headers["content-length"]), len(response.content))
        self.assertEqual(response.content.decode(), response.text)
        self.assertEqual(response.url, f"{CLOUD}/api/file/{link.handle}/metadata")
        whole = self.client.request("GET", link.url)
        self.assertEqual((whole.content, whole.headers["content-type"]), (PICTURE, "image/png"))

    def test_its_body_and_its_security(self):
        link = self.client.upload(PICTURE)
        body = {"apikey": APIKEY, "sources": [link.url], "tasks": [{"name": "imagesize"}]}
        made = self.client.request("POST", f"{CLOUD}/process", body, security=self.security)
        self.assertEqual(made.json(), {"height": 50, "width": 100})
        self.client.request("DELETE", f"/file/{link.handle}?key={APIKEY}", security=self.security)
        with self.assertRaises(ferry.HTTPError):
            link.metadata()

    def test_a_refusal_is_an_error_with_the_answer(self):
        with self.assertRaises(ferry.HTTPError) as caught:
            self.client.request("GET", f"/file/{'A' * 20}/metadata")
        response = caught.exception.response
        self.assertEqual((response.status_code, response.ok, response.url), (404, False, ""))
        self.assertEqual(response.content.decode(), caught.exception.body)

    def test_a_header_that_is_no_text(self):
        """HTTP lets a header have any bytes."""

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
                    b"x-latin: caf\xe9s\r\nx-utf: caf\xc3\xa9s\r\n\r\n{}"
                )

        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=answer)
            thread.start()
            client = ferry.Client(APIKEY, base_url=f"http://127.0.0.1:{server.getsockname()[1]}")
            headers = client.request("GET", "/file").headers
            thread.join()
        self.assertEqual((headers["x-latin"], headers["x-utf"]), ("caf\ufffds", "cafés"))

    def test_what_is_no_request(self):
        for arguments in (
            ("BREW", "/x"),
            ("GET", "x"),
            ("GET", "http://127.0.0.1:9/x"),
            ("GET", "/x", {"a": 1}),
            ("POST", "/x", float("nan")),
        ):
            with self.subTest(arguments), self.assertRaises(ferry.InvalidArgument):
                self.client.request(*arguments)

    def test_a_body_that_is_no_json(self):
        self.assertIsNone(ferry.Response(204, b"").json())
        for body in (b"<html>", b"\xff", b" ", b"[" * 100_000):
            response = ferry.Response(200, body, url="https://h/path")
            told = self.assertRaisesRegex(ferry.ProtocolError, "^https://h/path is not JSON")
            with self.subTest(body[:6]), told:
                response.json()

    def test_headers(self):
        headers = ferry.Headers([("set-cookie", "a=1"), ("X-Name", "v"), ("Set-Cookie", "b=2")])
        self.assertEqual((headers["SET-COOKIE"], headers.get_all("Set-Cookie")), ("a=1, b=2", ["a=1", "b=2"]))
        self.assertEqual((headers["x-name"], "x-NAME" in headers, len(headers)), ("v", True, 2))
        self.assertEqual((headers.get("other"), headers.get_all("other")), (None, []))
        with self.assertRaises(KeyError):
            headers["other"]


class FreeTest(CloudTest):
    def test_objects_go_with_their_last_reference(self):
        gc.collect()
        before = ferry.live_objects()
        gc.disable()
        self.addCleanup(gc.enable)
        link = self.client.upload(io.BytesIO(b"x"), progress=lambda _progress: None)
        link.resize(width=1).flip().signed_url(self.security)
        link.download(self.folder / "back")
        link.stream(lambda _piece: None)
        self.client.prepare_upload(self.file()).run().metadata()
        with self.assertRaises(ferry.HTTPError):
            self.client.filelink("A" * 20).get_content()
        del link
        self.assertEqual(ferry.live_objects(), before)

    def test_one_client_in_many_threads(self):
        link = self.client.upload(PICTURE)
        failed = []

        def work():
            try:
                for _ in range(20):
                    assert link.metadata(["size"]) == {"size": len(PICTURE)}
                    assert link.flip().get_content()
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])


if __name__ == "__main__":
    main()
