"""What the README of the Telestream SDK shows, done by the binding against the local cloud: factories,
videos, encodings, profiles, notifications, uploads that go on, requests and signatures.

Run by tests/python_binding.rs.
"""

import gc
import io
import threading
import time
import unittest.mock

import ferry
from ferry import TelestreamCloud, TelestreamCloudException, _abi
from pictures import start_world
from test_binding_support import (
    CLOUD,
    LONGEST,
    MIB,
    CloudTest,
    Stalled,
    control,
    ctrl_c_after,
    main,
    noise,
    requests_of,
)

KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"


def setUpModule():
    global world
    world = start_world()


class FlipTest(CloudTest):
    def setUp(self):
        super().setUp()
        self.tc = TelestreamCloud(*KEYS, base_url=CLOUD)
        self.flip = self.tc.get_resource("flip")
        self.factory = self.flip.factories.all()[0]

    def video(self, **params):
        return self.factory.videos.create(source_url=f"{world}/movie.mp4", **params)

    def movie(self, size=12 * MIB):
        return self.file(noise(size), "movie.mp4")


class FactoryTest(FlipTest):
    def test_listing_and_finding(self):
        found = self.flip.factories.find(self.factory.id)
        self.assertEqual(
            (found, found.name, found.details), (self.factory, self.factory.name, self.factory.details)
        )
        self.assertEqual(str(found), f"Factory {self.factory.id}")
        self.assertEqual(str(self.flip.factories), "ModelAPI: Factory")
        self.assertEqual(self.flip.factories.all_pages(per_page=1), self.flip.factories.all())
        with self.assertRaises(TelestreamCloudException) as caught:
            self.flip.factories.find("0" * 32)
        self.assertEqual(
            (caught.exception.response.status_code, caught.exception.response.json()["error"]),
            (404, "RecordNotFound"),
        )

    def test_saving_sends_what_has_changed(self):
        old = self.factory.name
        control("requests", method="DELETE")
        self.factory.save()
        self.assertEqual(control("requests"), [])
        self.factory.name = "another name"
        self.factory.upload_original_video = True
        self.factory.save()
        found = self.flip.factories.find(self.factory.id)
        self.assertEqual((found.name, found.upload_original_video), ("another name", True))
        found.name = old
        found.upload_original_video = False
        found.save()
        self.factory.reload()
        self.assertEqual(self.factory.name, old)
        for name in ("id", "details", "save"):
            with self.assertRaises(ferry.InvalidState):
                setattr(self.factory, name, 1)
        with self.assertRaisesRegex(AttributeError, "nothing"):
            self.factory.nothing

    def test_notifications(self):
        before = self.factory.get_notifications()
        wanted = {
            "url": "http://127.0.0.1:9/",
            "delay": 10,
            "events": {"video_created": True, "encoding_completed": False},
        }
        kept = {**wanted, "events": dict(wanted["events"])}
        self.factory.update_notifications(wanted)
        self.assertEqual(wanted, kept)
        told = self.factory.get_notifications()
        self.assertEqual(
            (told["url"], told["delay"], told["events"]["video_created"]), ("http://127.0.0.1:9/", 10, True)
        )
        self.factory.update_notifications(before)

    def test_what_there_is_not(self):
        with self.assertRaisesRegex(TelestreamCloudException, "Unknown resource: flop"):
            self.tc.get_resource("flop")
        self.assertFalse(hasattr(self.factory, "delete"))
        with self.assertRaises(ferry.InvalidArgument):
            self.flip.factories.delete(self.factory.id)


class VideoTest(FlipTest):
    def test_a_video_of_a_url(self):
        video = self.video(profiles="h264").wait()
        self.assertEqual((video.status, str(video)), ("success", f"Video {video.id}"))
        self.assertIn(video, self.factory.videos.all(status="success"))
        self.assertEqual(self.factory.videos.find(video.id).details, video.details)
        self.assertEqual(video.metadata().json(), video.metadata())
        self.assertTrue(video.metadata()["mime_type"])
        video.delete_source_file()
        video.delete()
        with self.assertRaises(TelestreamCloudException):
            video.reload()

    def test_a_video_of_a_file(self):
        video = self.factory.videos.create(file=self.movie(MIB), profiles="none").wait()
        self.assertEqual((video.original_filename, video.file_size), ("movie.mp4", MIB))
        self.assertEqual(self.factory.videos.delete(video.id).get("deleted", True), True)

    def test_it_is_immutable(self):
        video = self.video(profiles="none")
        with self.assertRaisesRegex(TelestreamCloudException, "Video objects are immutable"):
            video.status = "fail"

    def test_pages(self):
        videos = {self.video(profiles="none", payload=str(index)) for index in range(3)}
        self.assertEqual(len(self.factory.videos.all(per_page=2)), 2)
        self.assertLessEqual(videos, set(self.factory.videos.all_pages(per_page=2)))


class EncodingTest(FlipTest):
    def test_encodings(self):
        video = self.video(profiles="none").wait()
        profile = self.factory.profiles.all()[0]
        made = video.encodings.create(profile_name=profile.name)
        self.assertEqual((made.video(), made.profile().id), (video, profile.id))
        seen = []
        self.assertEqual(made.wait(progress=seen.append).status, "success")
        self.assertEqual(seen[-1].percent, 100)
        other = self.factory.encodings.create(video_id=video.id, profile_id=profile.id)
        self.assertEqual({it.status for it in video.wait_for_encodings()}, {"success"})
        self.assertEqual({*video.encodings.all()}, {made, other})
        self.assertEqual({*video.encodings.all_pages()}, {made, other})
        self.assertEqual(self.factory.encodings.find(made.id, screenshots=True).profile_name, profile.name)
        other.delete()
        self.factory.encodings.delete(made.id)
        self.assertEqual(video.encodings.all(), [])

    def test_cancelling(self):
        video = self.video(profiles="none").wait()
        made = video.encodings.create(profile_name=self.factory.profiles.all()[0].name)
        made.cancel()
        with self.assertRaises(ferry.HTTPError):
            made.wait()
        made.retry()
        self.assertEqual(made.wait().status, "success")


class ProfileTest(FlipTest):
    def test_profiles(self):
        made = self.factory.profiles.create(preset_name="h264", name="my profile", fps=30)
        self.addCleanup(made.delete)
        self.assertEqual(self.factory.profiles.find("my profile", expand=True).id, made.id)
        made.fps = 45
        made.title = "Mine"
        made.save()
        self.assertEqual(self.factory.profiles.find(made.id).title, "Mine")
        made.reload()
        self.assertEqual(float(made.fps), 45)


class UploadTest(FlipTest):
    def test_a_session(self):
        seen = []
        session = self.factory.upload_session(self.movie(), threads=8, profiles="h264", progress=seen.append)
        self.assertEqual((session.status, session.video, session.error_message), ("initialized", None, None))
        video = session.start()
        self.assertEqual((session.status, session.video, session.result["id"]), ("uploaded", video, video.id))
        self.assertEqual(seen[-1].percent, 100)
        self.assertEqual(video.wait().file_size, 12 * MIB)
        for call in (session.start, session.resume, session.abort):
            with self.assertRaises(TelestreamCloudException):
                call()

    def test_closing_a_session_while_it_runs_loses_no_video(self):
        close = lambda _progress: session.close()  # noqa: E731
        session = self.factory.upload_session(self.movie(), profiles="h264", progress=close)
        self.assertTrue(session.start().id)
        session = self.factory.upload_session(self.movie(), profiles="h264", progress=close)
        self.assertTrue(session.resume().id)

    def test_data_without_a_file(self):
        data = noise(6 * MIB)
        for source in (data, bytearray(data), memoryview(data), io.BytesIO(data)):
            for size in (None, len(data)):
                session = self.factory.upload_session(
                    source, file_name="live.mp4", profiles="none", size=size
                )
                if isinstance(source, io.BytesIO):
                    source.seek(0)
                gc.collect()
                video = session.start().wait()
                self.assertEqual((video.file_size, video.original_filename), (len(data), "live.mp4"))

    def test_a_file_object_that_raises_is_read_on(self):
        class Camera(io.BytesIO):
            broken = True

            def readinto(self, buffer):
                if self.broken and self.tell() > 3 * MIB:
                    self.broken = False
                    raise KeyError("of the camera")
                return super().readinto(buffer)

        data = noise(6 * MIB)
        session = self.factory.upload_session(
            Camera(data), file_name="live.mp4", profiles="none", size=len(data)
        )
        with self.assertRaisesRegex(KeyError, "of the camera"):
            session.start()
        self.assertEqual(session.resume().wait().file_size, len(data))

    def test_data_without_a_file_needs_a_name_and_its_size(self):
        for source, name, size in (
            (b"film", None, None),
            (io.BytesIO(b"film"), None, 4),
            (b"", "a.mp4", None),
            (io.BytesIO(b"film"), "a.mp4", 0),
            (io.BytesIO(b"film"), "a.mp4", -1),
        ):
            with self.assertRaises(ferry.InvalidArgument):
                self.factory.upload_session(source, file_name=name, size=size)
        with self.assertRaises(ferry.FileChanged):
            self.factory.upload_session(io.BytesIO(b"film"), file_name="a.mp4", size=5).start()

    def test_the_older_protocol_and_extra_files(self):
        path = self.movie(MIB)
        ranges = self.factory.upload_session(path, ranges=True, profiles="none", file_name="other.mp4")
        self.assertEqual(ranges.start().wait().original_filename, "other.mp4")
        extra = self.factory.upload_session(
            path,
            extra_files={"subtitles": [self.file(b"1", "a.srt"), self.file(b"2", "b.srt")]},
            profiles="none",
        )
        self.assertTrue(extra.start().id)

    def test_it_goes_on_after_a_pause(self):
        def report(_progress):
            if not paused:
                paused.append(session.pause())

        paused = []
        session = self.factory.upload_session(self.movie(), threads=1, profiles="none", progress=report)
        with self.assertRaises(ferry.Paused):
            session.start()
        self.assertEqual(
            (session.state, session.status, session.error_message), ("paused", "interrupted", None)
        )
        self.assertEqual(session.resume().wait().file_size, 12 * MIB)
        self.assertEqual((session.status, session.error_message), ("uploaded", None))

    def test_it_goes_on_after_a_failure(self):
        self.tc = TelestreamCloud(*KEYS, base_url=CLOUD, connection=ferry.Connection(max_retries=0))
        factory = self.tc.flip.factories.find(self.factory.id)
        self.faults({"class": "flip_part", "skip": 1, "times": 1, "action": {"status": 503}})
        session = factory.upload_session(self.movie(), threads=1, profiles="none")
        with self.assertRaises(ferry.HTTPError) as caught:
            session.start()
        self.assertEqual((session.state, session.status), ("interrupted", "error"))
        self.assertEqual(session.error_message, str(caught.exception))
        self.assertEqual(session.resume().wait().file_size, 12 * MIB)

    def test_a_video_whose_name_was_lost(self):
        self.faults({"class": "flip_part", "skip": 2, "times": 1, "action": {"lost_answer": True}})
        session = self.factory.upload_session(self.movie(), threads=1, profiles="none")
        self.assertIn("Video", repr(session.start()))
        self.assertIsNone(session.result)
        self.assertEqual(session.status, "uploaded")

    def test_an_abort(self):
        def report(_progress):
            session.abort()

        session = self.factory.upload_session(self.movie(), profiles="none", progress=report)
        with self.assertRaises(ferry.Cancelled):
            session.start()
        self.assertEqual(session.status, "aborted")
        for call in (session.start, session.resume):
            with self.assertRaisesRegex(ferry.InvalidState, r"was aborted .* a new one .*upload_session"):
                call()

    def test_what_the_progress_callable_raises(self):
        def report(_progress):
            if not raised:
                raised.append(True)
                raise ZeroDivisionError

        raised = []
        session = self.factory.upload_session(self.movie(), profiles="none", progress=report)
        with self.assertRaises(ZeroDivisionError):
            session.start()
        self.assertEqual((session.status, session.error_message), ("interrupted", None))
        self.assertEqual(session.resume().wait().file_size, 12 * MIB)

    def test_ctrl_c_keeps_the_session_and_it_goes_on(self):
        def report(progress):
            if progress.parts_done == 1:
                one_part_is_there.set()

        one_part_is_there = threading.Event()
        control("requests", method="DELETE")
        self.faults({"class": "flip_part", "skip": 1, "action": {"stall_ms": 600_000}})
        session = self.factory.upload_session(self.movie(), threads=1, profiles="none", progress=report)
        with ctrl_c_after(one_part_is_there) as sent, self.assertRaises(KeyboardInterrupt):
            session.start()
        self.assertEqual((len(sent), session.status, session.error_message), (1, "interrupted", None))
        self.assertEqual(requests_of("flip_abort"), [])
        (rule,) = control("faults")
        self.assertGreater(rule["fired"], 0)
        control("faults", [])
        self.assertEqual(session.resume().wait().file_size, 12 * MIB)
        self.assertEqual((session.status, session.error_message), ("uploaded", None))
        self.assertEqual(len(requests_of("flip_session")), 1)
        sent = sorted(
            request["part"] for request in requests_of("flip_part") if request["status"] in range(200, 300)
        )
        self.assertEqual(sent, [0, 1, 2])
        with self.assertRaises(ferry.InvalidState):
            session.start()


class RequestTest(FlipTest):
    def test_requests(self):
        tc = TelestreamCloud(*KEYS, factory_id=self.factory.id, base_url=CLOUD)
        made = tc.post("/videos.json", {"source_url": f"{world}/movie.mp4", "profiles": "none"}).json()
        answer = tc.get(f"/videos/{made['id']}.json")
        self.assertEqual((answer.json()["id"], answer.ok, answer.status_code), (made["id"], True, 200))
        self.assertIn("json", answer.headers["CONTENT-type"])
        self.assertEqual(
            (answer.content.decode(), int(answer.headers["content-length"])),
            (answer.text, len(answer.content)),
        )
        self.assertRegex(answer.url, rf"^{CLOUD}/v3\.0/videos/{made['id']}\.json")
        self.assertNotIn(KEYS[0], answer.url)
        self.assertIsInstance(tc.get("/videos.json").json(), list)
        tc.put("/notifications.json", {"delay": 3})
        self.assertEqual(tc.get("/notifications.json").json()["delay"], 3)
        tc.delete(f"/videos/{made['id']}.json")
        with self.assertRaises(TelestreamCloudException) as caught:
            tc.get(f"/videos/{made['id']}.json")
        self.assertEqual(caught.exception.response.status_code, 404)

    def test_a_wrong_key(self):
        with self.assertRaisesRegex(ferry.HTTPError, "Signatures do not match"):
            TelestreamCloud(KEYS[0], "wrong", base_url=CLOUD).flip.factories.all()

    def test_an_account_with_an_api_key(self):
        with TelestreamCloud(apikey="LOCAL_API_KEY", base_url=CLOUD) as tc:
            flip = tc.flip
            with self.assertRaises(ferry.InvalidState):
                tc.signed_params("GET", "/videos.json")
        self.assertEqual(flip.factories.all()[0].id, self.factory.id)
        with self.assertRaises(ferry.InvalidArgument):
            TelestreamCloud("a", "b", apikey="c")

    def test_signed_parameters(self):
        tc = TelestreamCloud(
            "my_access_key", "my_secret_key", factory_id="my_factory_id", api_host="myapihost"
        )
        params = {"file": "a.mp4", "true": True}
        signed = tc.signed_params("post", "/videos.json", params, "2011-03-01T15:39:10.260762Z")
        self.assertEqual(params, {"file": "a.mp4", "true": True})
        self.assertEqual(
            {name: signed[name] for name in ("file", "true", "factory_id", "access_key", "timestamp")},
            {
                "file": "a.mp4",
                "true": True,
                "factory_id": "my_factory_id",
                "access_key": "my_access_key",
                "timestamp": "2011-03-01T15:39:10.260762Z",
            },
        )
        self.assertRegex(signed["signature"], r"^[A-Za-z0-9+/]{43}=$")


class StalledTest(FlipTest):
    """Every call of Telestream, made to a service that never answers."""

    def setUp(self):
        super().setUp()
        self.service = Stalled()
        self.addCleanup(self.service.close)
        connection = ferry.Connection(deadline=20)  # so that a call that cannot be ended fails the test
        self.stalled = TelestreamCloud(*KEYS, base_url=self.service.url, connection=connection)

    def calls(self):
        """Each takes deadline and progress."""
        tc, scope = self.stalled, self.stalled.flip.factories._scope
        factory, known = ferry.Factory(scope, {"id": "f" * 32, "name": "old"}), {"id": "a" * 32}
        video, profile = ferry.Video(factory._scope, known), ferry.Profile(factory._scope, known)
        encoding = ferry.Encoding(factory._scope, {**known, "video_id": "b" * 32, "profile_id": "c" * 32})
        factory.name = "new"
        movie = self.movie(MIB)
        yield lambda **how: tc.request("GET", "/videos.json", **how)
        yield lambda **how: tc.get("/videos.json", {"page": 2}, **how)
        yield lambda **how: tc.post("/videos.json", {}, **how)
        yield lambda **how: tc.put("/notifications.json", {"delay": 1}, **how)
        yield lambda **how: tc.delete("/videos/1.json", **how)
        yield lambda **how: tc.flip.factories.all(**how)
        yield lambda **how: tc.flip.factories.all_pages(**how)
        yield lambda **how: factory.videos.find("a", **how)
        yield lambda **how: factory.videos.create(source_url="http://127.0.0.1/a.mp4", **how)
        yield lambda **how: factory.videos.create(file=movie, **how)
        yield lambda **how: factory.videos.delete("a", **how)
        yield lambda **how: factory.save(**how)
        yield lambda **how: factory.reload(**how)
        yield lambda **how: factory.get_notifications(**how)
        yield lambda **how: factory.update_notifications({"delay": 1}, **how)
        yield lambda **how: factory.upload_session(movie, **how).start()
        yield lambda **how: video.metadata(**how)
        yield lambda **how: video.delete_source_file(**how)
        yield lambda **how: video.wait(**how)
        yield lambda **how: video.wait_for_encodings(**how)
        yield lambda **how: video.encodings.all(**how)
        yield lambda **how: video.encodings.all_pages(**how)
        yield lambda **how: video.delete(**how)
        yield lambda **how: encoding.video(**how)
        yield lambda **how: encoding.profile(**how)
        yield lambda **how: encoding.retry(**how)
        yield lambda **how: encoding.cancel(**how)
        yield lambda **how: encoding.wait(**how)
        yield lambda **how: profile.delete(**how)

    def for_each(self, attempt):
        for number, call in enumerate(self.calls()):
            self.service.arrived.clear()
            with self.subTest(number):
                attempt(call)
                self.assertTrue(self.service.arrived.is_set(), "nothing was sent")

    def test_ctrl_c_ends_each_within_a_second(self):
        def attempt(call):
            with ctrl_c_after(self.service.arrived) as sent, self.assertRaises(KeyboardInterrupt):
                call()
            self.assertEqual(len(sent), 1)

        self.for_each(attempt)

    def test_a_progress_callable_that_returns_false_ends_each(self):
        def attempt(call):
            with self.assertRaises(ferry.Cancelled):
                call(progress=lambda _progress: not self.service.arrived.is_set())

        self.for_each(attempt)

    def test_what_a_progress_callable_raises_comes_out(self):
        def report(_progress):
            if self.service.arrived.is_set():
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            self.stalled.flip.factories.all(progress=report)

    def test_a_deadline_ends_each(self):
        def attempt(call):
            began = time.monotonic()
            with self.assertRaises(ferry.Timeout):
                call(deadline=0.2)
            self.assertLess(time.monotonic() - began, 0.2 + LONGEST)  # the client's is 20 s

        self.for_each(attempt)

    def test_each_function_that_takes_options_is_among_them(self):
        called = set()

        def check(function, *_arguments):
            called.add(function.__name__)
            raise ferry.Cancelled

        with unittest.mock.patch("ferry._running.check", check):
            for call in self.calls():
                with self.assertRaises(ferry.Cancelled):
                    call()
        options = ferry._call.ctypes.POINTER(_abi.ferry_request_options)
        talk = {
            name
            for name, (_, kinds) in _abi.FUNCTIONS.items()
            if name.startswith("ferry_telestream_") and options in kinds
        }
        self.assertEqual(called, talk | {"ferry_upload_run"})


if __name__ == "__main__":
    main()
