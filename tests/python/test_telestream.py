"""All that the README of the vendor's Python SDK for Telestream Cloud shows, done by the SDK (1.0.0, unmodified) against the local
cloud.

Run by tests/sdk.rs. Where a defect of the SDK stands in the way of its README, the test says so and asserts what really happens.
"""

import hashlib
import http.server
import pathlib
import queue
import socketserver
import tempfile
import threading
import time
import unittest
import urllib.parse

import local_cloud  # closes the network, so it comes before the SDK
from local_cloud import ADDRESS, PORT

import requests
from telestream_cloud import TelestreamCloud, TelestreamCloudException

HOST = "api-gce.pandastream.com"
local_cloud.HOSTS.add(HOST)

CONTROL = f"https://{ADDRESS}:{PORT}/_local"
KEYS = ("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY")
FIRST = "fac1" * 8
SECOND = "fac2" * 8
CHUNK = 5 << 20
FILM = hashlib.shake_128(b"film").digest(100_000)
LONG_FILM = hashlib.shake_128(b"long film").digest(2 * CHUNK + 1234)


class World(http.server.BaseHTTPRequestHandler):
    """A film at every address; what is posted is kept."""

    posted = queue.Queue()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(FILM)))
        self.end_headers()
        self.wfile.write(FILM)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.put(dict(urllib.parse.parse_qsl(body.decode())))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def setUpModule():
    global world
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), World)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(server.server_close)
    unittest.addModuleCleanup(server.shutdown)
    world = f"http://127.0.0.1:{server.server_address[1]}"


def faults(*rules):
    requests.put(f"{CONTROL}/faults", json=list(rules)).raise_for_status()


def seen(kind):
    """What came of one class of requests since the test began, oldest first."""
    return [entry for entry in requests.get(f"{CONTROL}/requests").json() if entry["class"] == kind]


class FlipTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(faults)
        self.folder = pathlib.Path(folder.name)
        requests.delete(f"{CONTROL}/requests").raise_for_status()
        self.tc = TelestreamCloud(*KEYS)
        self.flip = self.tc.get_resource("flip")
        self.factory = self.flip.factories.find(FIRST)

    def file(self, data=FILM, name="my_video.mp4"):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def upload(self, profiles="h264", **params):
        return self.factory.videos.create(file=self.file(), profiles=profiles, **params)

    def encoding(self):
        return self.upload().encodings.all()[0]

    def refused(self, status, call, *arguments, **named):
        with self.assertRaises(TelestreamCloudException) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.response.status_code, status)
        return caught.exception.response.json()

    def until(self, status, thing):
        for _ in range(500):
            thing.reload()
            if thing.status == status:
                return thing
            time.sleep(0.01)
        self.fail(f"{thing} is {thing.status}")


class ResourceTest(FlipTest):
    def test_flip_is_the_one_resource(self):
        with self.assertRaisesRegex(TelestreamCloudException, "Unknown resource: flop"):
            self.tc.get_resource("flop")

    def test_keys_that_are_wrong(self):
        flip = TelestreamCloud(KEYS[0], "another secret").get_resource("flip")
        error = self.refused(401, flip.factories.all)
        self.assertEqual(error, {"error": "NotAuthorized", "message": "Signatures do not match"})


class FactoryTest(FlipTest):
    def test_listing_and_finding(self):
        factories = self.flip.factories.all()
        self.assertEqual([str(factory) for factory in factories[:2]], [f"Factory {FIRST}", f"Factory {SECOND}"])
        self.assertEqual(str(self.flip.factories), "ModelAPI: Factory")

    def test_details(self):
        self.assertEqual(self.factory.details["id"], FIRST)
        self.assertEqual(self.factory.url, f"https://{HOST}/flip-output/{FIRST}/")
        self.assertIs(self.factory.s3_private_access, False)

    def test_relations(self):
        self.upload()
        self.assertTrue(self.factory.videos.all())
        self.assertTrue(self.factory.encodings.all())
        self.assertIn("h264", [profile.name for profile in self.factory.profiles.all()])
        video = self.factory.videos.all(per_page=1, page=1)
        self.assertEqual(len(video), 1)

    def test_saving(self):
        self.factory.name = "new-name"
        self.factory.upload_original_video = True
        told = self.factory.save()
        self.assertEqual(told["name"], "new-name")
        # Defect M9: the SDK sends True, and only true is true.
        self.assertIs(told["upload_original_video"], False)
        self.factory.upload_original_video = "true"
        self.assertIs(self.factory.save()["upload_original_video"], True)
        # Defect M3: what was saved once is sent again, until the object is loaded anew.
        self.assertEqual(seen("flip_api")[-1]["body"], {"name": "new-name", "upload_original_video": "true", "factory_id": FIRST})
        self.factory.reload()
        self.assertEqual(self.factory.details["name"], "new-name")
        self.factory.upload_original_video = "false"
        self.factory.save()

    def test_creating_and_not_deleting(self):
        third = self.flip.factories.create(name="third")
        self.assertEqual(self.flip.factories.find(third.id).name, "third")
        self.refused(404, self.flip.factories.delete, third.id)

    def test_two_factories_never_mix(self):
        second = self.flip.factories.find(SECOND)
        video = self.upload()
        self.assertEqual(second.videos.all(), [])
        self.refused(404, second.videos.find, video.id)
        self.assertEqual(self.factory.videos.find(video.id).id, video.id)


class NotificationTest(FlipTest):
    def test_updating(self):
        events = {"video_created": False, "video_encoded": False, "encoding_progress": False, "encoding_completed": True}
        given = {"delay": 13, "send_video_payload": True, "events": events}
        told = self.factory.update_notifications(given)
        self.assertEqual(told["delay"], 13)
        self.assertEqual(told["events"], {**dict.fromkeys(told["events"], False), "encoding_completed": True})
        # Defect M6: send_video_payload goes out as True, which is not true, and the caller's events have become text.
        self.assertIs(told["send_video_payload"], False)
        self.assertEqual(given["events"]["video_created"], "false")
        self.assertEqual(self.factory.get_notifications(), told)
        self.assertIs(self.factory.update_notifications({"send_video_payload": "true"})["send_video_payload"], True)
        # Defect M6: the argument that may be left out may not.
        with self.assertRaises(TypeError):
            self.factory.update_notifications()

    def test_being_told(self):
        self.factory.update_notifications({"url": f"{world}/hook", "events": {"encoding_completed": True}})
        self.addCleanup(self.factory.update_notifications, {"url": "null", "events": {"encoding_completed": False}})
        encoding = self.encoding()
        told = World.posted.get(timeout=10)
        self.assertEqual(told, {"event": "encoding-complete", "encoding_id": encoding.id})


class VideoTest(FlipTest):
    def test_listing_and_finding(self):
        video = self.upload(payload="mine")
        self.assertIn(f"Video {video.id}", repr(self.factory.videos.all()))
        video = self.factory.videos.find(video.id)
        self.assertEqual((video.original_filename, video.extname, video.payload), ("my_video.mp4", ".mp4", "mine"))
        self.assertEqual((video.details["file_size"], video.status), (len(FILM), "success"))

    def test_it_cannot_be_changed(self):
        video = self.upload()
        with self.assertRaisesRegex(TelestreamCloudException, "Video objects are immutable"):
            video.status = "fail"

    def test_from_a_url(self):
        video = self.factory.videos.create(source_url=f"{world}/my_video.mp4")
        self.assertEqual(video.status, "processing")
        self.until("success", video)
        profiles = {encoding.profile_name for encoding in video.encodings.all()}
        self.assertEqual(profiles, {profile.name for profile in self.factory.profiles.all()})

    def test_from_a_url_elsewhere(self):
        video = self.factory.videos.create(source_url="http://files.com/my_video.mp4")
        self.assertEqual(self.until("fail", video).error_class, "DownloadFailed")

    def test_from_a_file_with_a_name_of_another_alphabet(self):
        video = self.factory.videos.create(file=self.file(name="żółć.mp4"), profiles="h264")
        self.assertEqual(video.original_filename, "żółć.mp4")
        encoding = self.until("success", video.encodings.all()[0])
        self.assertEqual(requests.get(self.factory.url + encoding.files[0]).content, FILM)

    def test_metadata(self):
        answer = self.upload().metadata()  # defect M8: the raw response
        self.assertEqual(answer.json()["mime_type"], "video/mp4")

    def test_deleting_the_source_file(self):
        video = self.upload()
        self.assertEqual(video.delete_source_file().json(), {"deleted": True})
        self.assertTrue(video.encodings.all())

    def test_deleting(self):
        video = self.upload()
        self.factory.videos.delete(video.id)
        self.refused(404, self.factory.videos.find, video.id)
        # Defect M1: without an id it looks for one that collections do not have.
        with self.assertRaises(AttributeError):
            self.factory.videos.delete()


class EncodingTest(FlipTest):
    def test_listing(self):
        video = self.upload(profiles="h264,webm")
        self.assertEqual(repr(video.encodings.all()), str(video.encodings.all()))
        self.assertEqual(sorted(e.profile_name for e in video.encodings.all()), ["h264", "webm"])
        found = self.factory.encodings.all(video_id=video.id, profile_name="webm")
        self.assertEqual([encoding.profile_name for encoding in found], ["webm"])

    def test_creating(self):
        video = self.upload(profiles="none")
        encoding = self.factory.encodings.create(video_id=video.id, profile_name="h264")
        self.assertEqual((encoding.status, encoding.encoding_progress), ("processing", 0))
        self.until("success", encoding)
        self.assertEqual(requests.get(self.factory.url + encoding.path + encoding.extname).content, FILM)
        # Defect M2: of which video the SDK does not say.
        self.assertIn("video_id", self.refused(400, video.encodings.create, profile_name="h264")["message"])

    def test_its_video_and_profile(self):
        encoding = self.encoding()
        self.assertEqual(encoding.video().id, encoding.video_id)
        self.assertEqual(encoding.profile().name, "h264")

    def test_retrying(self):
        faults({"class": "flip_api", "times": 1, "action": {"job_failed": True}})
        encoding = self.until("fail", self.upload().encodings.all()[0])
        self.assertEqual(encoding.error_class, "EncodingError")
        self.assertEqual(encoding.retry().json(), {"retried": True})
        self.until("success", encoding)
        self.refused(400, encoding.retry)

    def test_cancelling(self):
        encoding = self.encoding()
        self.assertEqual(encoding.cancel().json(), {"canceled": True})
        self.until("fail", encoding)
        self.refused(400, encoding.cancel)

    def test_deleting(self):
        encoding = self.encoding()
        # Defect M4: the README lists `encoding.delete()`, which 1.0.0 does not have.
        with self.assertRaises(AttributeError):
            encoding.delete()
        self.factory.encodings.delete(encoding.id)
        self.refused(404, self.factory.encodings.find, encoding.id)


class ProfileTest(FlipTest):
    def make(self, **params):
        profile = self.factory.profiles.create(preset_name="h264", name=f"h264_{time.time_ns()}", fps=45, **params)
        self.addCleanup(self.factory.profiles.delete, profile.id)
        return profile

    def test_creating_and_updating(self):
        profile = self.make()
        self.assertEqual(profile.fps, 45)
        profile.name = "new_name"
        profile.fps = "60"
        self.assertEqual(profile.save()["fps"], 60)
        profile.reload()
        self.assertEqual((profile.details["name"], profile.fps), ("new_name", 60))
        self.assertEqual(self.factory.profiles.find("new_name").id, profile.id)
        # Defect R5: no number but an integer can be sent.
        profile.fps = 29.97
        with self.assertRaises(TypeError):
            profile.save()
        self.assertEqual(self.refused(404, self.factory.profiles.create, preset_name="vhs")["error"], "RecordNotFound")

    def test_deleting(self):
        profile = self.factory.profiles.create(preset_name="webm", name="short-lived")
        # Defect M4: the README lists `profile.delete()`, which 1.0.0 does not have.
        with self.assertRaises(AttributeError):
            profile.delete()
        self.factory.profiles.delete(profile.id)
        self.refused(404, self.factory.profiles.find, profile.id)


class RawTest(FlipTest):
    CUSTOM = {
        "title": "My custom profile",
        "category": "desktop",
        "extname": "mp4",
        "width": 320,
        "height": 240,
        "command": "ffmpeg -i $input_file$ -f mp4 -b 128k $resolution_and_padding$ -y $output_file",
    }

    def setUp(self):
        super().setUp()
        self.tc = TelestreamCloud(*KEYS, factory_id=FIRST)

    def test_videos(self):
        video = self.tc.post("/videos.json", {"source_url": f"{world}/path/to/video.mp4"}).json()
        self.assertIn(video["id"], [found["id"] for found in self.tc.get("/videos.json").json()])
        self.assertTrue(self.tc.get(f"/videos/{video['id']}/encodings.json").json())
        self.assertEqual(self.tc.delete(f"/videos/{video['id']}.json").json(), {"deleted": True})

    def test_profiles(self):
        # The README's own example: an extname begins with a dot, as later versions of the README have it.
        self.assertIn("dot", self.refused(400, self.tc.post, "/profiles.json", dict(self.CUSTOM))["message"])
        profile = self.tc.post("/profiles.json", {**self.CUSTOM, "extname": ".mp4"}).json()
        self.assertEqual((profile["width"], profile["command"]), (320, self.CUSTOM["command"]))
        path = f"/profiles/{profile['id']}.json"
        self.assertEqual(self.tc.put(path, {"height": 360}).json()["height"], 360)
        self.assertIn(profile["id"], [found["id"] for found in self.tc.get("/profiles.json").json()])
        self.tc.delete(path)

    def test_a_path_without_its_slash(self):
        # Defect R3: it is signed with the slash and sent without.
        with self.assertRaises(TelestreamCloudException) as caught:
            self.tc.get("videos.json")
        self.assertEqual(caught.exception.response.status_code, 404)
        self.assertEqual(urllib.parse.urlsplit(caught.exception.response.url).path, "/v3.0videos.json")

    def test_an_error_has_its_response(self):
        error = self.refused(404, self.factory.profiles.find, "some-incorrect-id")
        self.assertEqual(error["message"], "Couldn't find Profile with ID=some-incorrect-id")

    def test_signed_parameters(self):
        params = self.tc.signed_params("GET", "/videos.json", {"status": "some value"})
        self.assertEqual(set(params), {"access_key", "factory_id", "signature", "status", "timestamp"})
        self.assertIsInstance(params["signature"], bytes)  # defect R4
        self.assertEqual(requests.get(f"https://{HOST}/v3.0/videos.json", params=params).json(), [])
        params["status"] = "another"
        self.assertEqual(requests.get(f"https://{HOST}/v3.0/videos.json", params=params).status_code, 401)

    def test_signed_parameters_of_a_post_are_good_for_one(self):
        params = self.tc.signed_params("POST", "/videos/upload.json", {"file_name": "a.mp4", "file_size": 5})
        post = lambda: requests.post(f"https://{HOST}/v3.0/videos/upload.json", data=params)
        self.assertEqual([post().status_code, post().status_code], [201, 401])

    def test_the_known_signature(self):
        tc = TelestreamCloud("my_access_key", "my_secret_key", "my_cloud_id", api_host="myapihost")
        params = tc.signed_params("POST", "/videos.json", {"param2": 2}, "2009-11-04T17:54:11+00:00")
        self.assertEqual(params["signature"], b"U955cX1+IK76eY8gvy4OEf+aDXeMPW8/SWA7PmoOvOs=")


class UploadSessionTest(FlipTest):
    def session(self, data=LONG_FILM, **params):
        return self.factory.upload_session(self.file(data), **params)

    def assert_arrived(self, video, data=LONG_FILM):
        encoding = self.until("success", video.encodings.all()[0])
        self.assertEqual(encoding.profile_name, "h264")  # defect A2: that is what it always asks for
        self.assertTrue(requests.get(self.factory.url + encoding.files[0]).content == data, "other bytes came back")

    def test_uploading(self):
        session = self.session(threads=4)
        self.assertEqual((session.status, session.video), ("initialized", None))
        session.start()
        self.assertEqual((session.status, session.error_message), ("uploaded", None))
        self.assertEqual(session.video.original_filename, "my_video.mp4")
        self.assert_arrived(session.video)
        # Defect A1: the whole path is sent; `threads` is known to the README alone and travels as a parameter.
        sent = seen("flip_session")[0]["body"]
        self.assertEqual((sent["file_name"], sent["threads"]), (str(self.folder / "my_video.mp4"), "4"))
        # Defect A3: the last chunk ends beyond the file.
        size = len(LONG_FILM)
        ranges = [entry["headers"]["content-range"] for entry in seen("flip_range")]
        expected = [f"bytes {i * CHUNK}-{(i + 1) * CHUNK - 1}/{size}" for i in range(3)]
        self.assertEqual(ranges, expected)

    def test_what_is_over_is_over(self):
        session = self.session(FILM)
        session.start()
        with self.assertRaisesRegex(KeyError, "Already started"):  # defect A11
            session.start()
        with self.assertRaisesRegex(TelestreamCloudException, "File already uploaded"):
            session.resume()
        with self.assertRaisesRegex(TelestreamCloudException, "File already uploaded"):
            session.abort()

    def test_resuming_after_an_error_of_the_service(self):
        faults({"class": "flip_range", "skip": 1, "times": 1, "action": {"status": 503}})
        session = self.session()
        session.start()
        # Defect A7: neither an exception nor a message.
        self.assertEqual((session.status, session.error_message), ("error", None))
        session.resume()
        self.assertEqual(session.status, "uploaded")
        # Defect A5: the last byte that had come is sent again.
        self.assertEqual(seen("flip_range")[2]["offset"], CHUNK - 1)
        self.assert_arrived(session.video)

    def test_resuming_after_a_cut(self):
        faults({"class": "flip_range", "skip": 1, "times": 1, "action": {"cut_after": 100_000}})
        session = self.session()
        with self.assertRaises(requests.RequestException):
            session.start()
        self.assertEqual(session.status, "error")
        self.assertTrue(session.error_message)
        session.resume()
        self.assertEqual(session.status, "uploaded")
        self.assertTrue(session.error_message, "defect A12: the old error stays")
        self.assertEqual(seen("flip_range")[2]["offset"], CHUNK + 100_000 - 1)
        self.assert_arrived(session.video)

    def test_resuming_what_never_began(self):
        # Defect A6: an answer without a Range means that the first byte is awaited.
        with self.assertRaisesRegex(TelestreamCloudException, "Nothing to resume"):
            self.session(FILM).resume()

    def test_resuming_when_only_the_answer_was_lost(self):
        faults({"class": "flip_range", "times": 1, "action": {"lost_answer": True}})
        session = self.session(FILM)
        with self.assertRaises(requests.RequestException):
            session.start()
        # Defect A6: the answer to the question is the video, and the SDK does not look at it.
        with self.assertRaisesRegex(TelestreamCloudException, "Nothing to resume"):
            session.resume()
        self.assertEqual(session.status, "error")

    def test_aborting(self):
        session = self.session(FILM)
        session.abort()
        self.assertEqual(session.status, "aborted")
        self.assertEqual(requests.get(session.location).status_code, 404)

    def test_an_empty_file(self):
        # Defect A10 would leave it `uploading` for ever; the service does not let it come to that.
        self.refused(400, self.session, b"")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")  # defect R1: files that are uploaded are never closed
