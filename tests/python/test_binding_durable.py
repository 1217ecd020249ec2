"""Uploads by the binding that outlive their process: journals and tokens, to both services.

Run by tests/python_binding.rs.
"""

import datetime
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time

import ferry
from test_binding_support import CLOUD, MIB, CloudTest, control, ctrl_c_after, main, noise, requests_of

PARTS = 4
DATA = noise(PARTS * 5 * MIB)
KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"
MULTIPART, FLIP = "put", "flip_part"

PROGRAM = f"""
import ferry, sys
path, folder = sys.argv[1:]
def show(progress):
    if progress.parts_done == 2:
        print("two parts are there", flush=True)
"""
PROGRAMS = {
    MULTIPART: f"""
client = ferry.Client("TESTKEY", base_url={CLOUD!r})
print(client.upload(path, concurrency=1, journal=folder, progress=show).url)
""",
    FLIP: f"""
factory = ferry.TelestreamCloud(*{KEYS!r}, base_url={CLOUD!r}).flip.factories.all()[0]
session = factory.upload_session(path, threads=1, profiles="none", journal=folder, progress=show)
print(session.start().id)
""",
}


class DurableTest(CloudTest):
    def setUp(self):
        super().setUp()
        control("requests", method="DELETE")
        self.journals = self.folder / "journals"
        self.path = self.file(DATA, "film.mp4")
        self.factory = ferry.TelestreamCloud(*KEYS, base_url=CLOUD).flip.factories.all()[0]

    def stop_after_two_parts(self, kind):
        self.faults({"class": kind, "skip": 2, "action": {"stall_ms": 600_000}})

    def is_stalled(self):
        return any(rule["fired"] for rule in control("faults"))

    def goes_on(self):
        self.assertTrue(self.is_stalled())
        control("faults", [])

    def assert_each_part_went_up_once(self, kind):
        sent = sorted(it["part"] for it in requests_of(kind) if it["status"] in range(200, 300))
        first = 0 if kind == FLIP else 1
        self.assertEqual(sent, [*range(first, first + PARTS)])


class JournalTest(DurableTest):
    def start(self, kind):
        program = textwrap.dedent(PROGRAM) + PROGRAMS[kind]
        command = [sys.executable, "-B", "-c", program, self.path, str(self.journals)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def kill_after_two_parts(self, kind):
        self.stop_after_two_parts(kind)
        child = self.start(kind)
        self.assertEqual(child.stdout.readline(), "two parts are there\n")
        (held,) = ferry.Journals(self.journals)
        self.assertTrue(held.in_use)
        while not self.is_stalled():
            time.sleep(0.01)
        child.kill()
        child.communicate()
        self.goes_on()

    def end(self, kind):
        child = self.start(kind)
        said, _ = child.communicate()
        self.assertEqual(child.returncode, 0)
        return said.splitlines()[-1]

    def test_a_program_that_is_killed_goes_on_when_it_is_run_again(self):
        self.kill_after_two_parts(MULTIPART)
        link = ferry.Filelink(self.end(MULTIPART).rsplit("/")[-1], client=self.client)
        self.assertTrue(link.get_content() == DATA, "other bytes came back")
        self.assert_each_part_went_up_once(MULTIPART)
        self.assertEqual(len(requests_of("start")), 1)
        self.assertEqual([*ferry.Journals(self.journals)], [])

    def test_a_program_that_uploads_to_telestream_goes_on_too(self):
        self.kill_after_two_parts(FLIP)
        video = self.factory.videos.find(self.end(FLIP)).wait()
        self.assertEqual(video.file_size, len(DATA))
        self.assert_each_part_went_up_once(FLIP)
        self.assertEqual(len(requests_of("flip_session")), 1)

    def test_a_journal_tells_what_is_there(self):
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.kill_after_two_parts(MULTIPART)
        (told,) = ferry.Journals(str(self.journals))
        self.assertEqual(
            (told.service, told.path, told.size, told.bytes_stored, told.in_use),
            ("filestack", self.path, len(DATA), 10 * MIB, False),
        )
        self.assertEqual([told.id], [path.stem for path in self.journals.iterdir()])
        self.assertTrue(before <= told.begun <= told.changed, told)
        journals = ferry.Journals(self.journals)
        self.assertEqual(journals.prune(datetime.timedelta(hours=1)), 0)
        self.assertEqual(journals.prune(0), 1)
        self.assertEqual([*journals], [])

    def test_a_folder_that_is_not_there_has_none(self):
        journals = ferry.Journals(self.folder / "nowhere")
        self.assertEqual(([*journals], journals.prune(0)), ([], 0))

    def test_what_no_journal_can_be(self):
        for folder in ("", "a\0b"):
            with self.subTest(folder), self.assertRaises(ferry.InvalidArgument):
                [*ferry.Journals(folder)]
        for age in (-1, float("nan"), float("inf"), datetime.timedelta(seconds=-1)):
            with self.subTest(age), self.assertRaisesRegex(ferry.InvalidArgument, "older_than"):
                ferry.Journals(self.journals).prune(age)
        for age in (None, "5", True):
            with self.subTest(age), self.assertRaisesRegex(TypeError, "^older_than is "):
                ferry.Journals(self.journals).prune(age)
        with self.assertRaisesRegex(ferry.InvalidArgument, "is for the upload of a file"):
            self.client.upload(b"x", journal=self.journals)
        with self.assertRaisesRegex(ferry.InvalidArgument, "image.png: it is not a folder"):
            self.client.upload(self.path, journal=self.file())
        self.assertEqual([it for it in control("requests") if it["class"] != "flip_api"], [])

    def test_the_same_upload_in_another_process_is_refused(self):
        self.stop_after_two_parts(MULTIPART)
        child = self.start(MULTIPART)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        child.stdout.readline()
        with self.assertRaises(ferry.InvalidState):
            self.client.upload(self.path, journal=self.journals)
        with self.assertRaises(ferry.InvalidState):
            self.client.prepare_upload(self.path, journal=self.journals).run()

    def test_ctrl_c_leaves_a_journal_and_the_same_call_goes_on(self):
        def report(progress):
            if progress.parts_done == 2 and self.is_stalled():
                two_parts_are_there.set()

        how = {"journal": self.journals, "progress": report}
        for kind, upload in (
            (MULTIPART, lambda: self.client.upload(self.path, concurrency=1, **how)),
            (FLIP, lambda: self.factory.upload_session(self.path, 1, profiles="none", **how).start()),
        ):
            with self.subTest(kind):
                control("requests", method="DELETE")
                two_parts_are_there = threading.Event()
                self.stop_after_two_parts(kind)
                with ctrl_c_after(two_parts_are_there) as sent, self.assertRaises(KeyboardInterrupt):
                    upload()
                self.assertEqual(len(sent), 1)
                self.goes_on()
                upload()
                self.assert_each_part_went_up_once(kind)

    def test_an_outcome_that_is_unknown_is_told_unless_it_may_start_anew(self):
        def upload(**how):
            client = self.make_client(connection=ferry.Connection(max_retries=0))
            return client.upload(self.path, journal=self.journals, **how)

        self.faults({"class": "complete", "action": {"status": 500}})
        with self.assertRaises(ferry.HTTPError):
            upload()
        self.goes_on()
        self.faults({"class": "complete", "times": 1, "action": {"status": 404}})
        with self.assertRaises(ferry.NotReady):
            upload()
        self.goes_on()
        self.faults({"class": "complete", "times": 1, "action": {"status": 404}})
        self.assertTrue(upload(restart=True).get_content() == DATA, "other bytes came back")
        self.goes_on()
        self.assertEqual(len(requests_of("start")), 2)


class TokenTest(DurableTest):
    def stopped(self):
        """An upload that was interrupted after two parts, and a copy of its file elsewhere."""

        def report(progress):
            tokens.append(upload.token)
            return progress.parts_done < 2 or not self.is_stalled()

        tokens = []
        self.stop_after_two_parts(MULTIPART)
        upload = self.client.prepare_upload(self.path, concurrency=1, progress=report)
        with self.assertRaises(ferry.Cancelled):
            upload.run()
        self.goes_on()
        # What is sealed in it differs each time, so only lengths can be compared.
        self.assertEqual(len(upload.token), len(tokens[-1]))
        self.assertLess(len(tokens[0]), len(tokens[-1]))
        copy = self.folder / "copy"
        shutil.copyfile(self.path, copy)
        return upload.token, copy

    def test_it_goes_on_with_a_copy(self):
        token, copy = self.stopped()
        self.assertTrue(token.isascii() and token.isprintable(), token)
        with self.client.resume_upload(copy, token, concurrency=2, journal=self.journals) as upload:
            self.assertEqual(upload.state, "initialized")
            link = upload.run()
        self.assertTrue(link.get_content() == DATA, "other bytes came back")
        self.assertEqual(link.metadata(["filename"]), {"filename": "film.mp4"})
        self.assert_each_part_went_up_once(MULTIPART)

    def test_it_goes_on_with_telestream(self):
        def report(progress):
            return progress.parts_done < 2 or not self.is_stalled()

        self.stop_after_two_parts(FLIP)
        subtitles = self.file(b"1", "a.srt")
        session = self.factory.upload_session(
            self.path, threads=1, profiles="none", extra_files={"subtitles": subtitles}, progress=report
        )
        with self.assertRaises(ferry.Cancelled):
            session.start()
        self.goes_on()
        moved = self.folder / "elsewhere.srt"
        os.rename(subtitles, moved)
        again = self.factory.resume_upload(
            self.path, session.token, 2, extra_files={"subtitles": moved}, journal=self.journals
        )
        self.assertEqual(again.status, "initialized")
        self.assertEqual(again.start().wait().file_size, len(DATA))
        self.assertEqual(len(requests_of("flip_session")), 1)
        stored = [it["part"] for it in requests_of(FLIP) if it["status"] in range(200, 300)]
        self.assertEqual(sorted(stored), [0, 0, 1, 2, 3])  # the first of each file

    def test_from_another_thread_meanwhile(self):
        def report(progress):
            if progress.parts_done == 2 and self.is_stalled():
                thread.start()
                thread.join()
                return False
            return None

        tokens = []
        self.stop_after_two_parts(MULTIPART)
        upload = self.client.prepare_upload(self.path, concurrency=1, progress=report)
        thread = threading.Thread(target=lambda: tokens.append(upload.token))
        with self.assertRaises(ferry.Cancelled):
            upload.run()
        self.goes_on()
        self.client.resume_upload(self.path, tokens[0]).run()
        self.assert_each_part_went_up_once(MULTIPART)

    def test_what_is_refused(self):
        token, copy = self.stopped()
        other = ferry.Client("OTHERKEY", base_url=CLOUD)
        for client, path, text, words in (
            (self.client, copy, "", "is none"),
            (self.client, copy, token[:-9], "is cut"),
            (self.client, copy, token[:-9] + "AAAAAAAAA", "was altered"),
            (self.client, copy, token.replace("ferry1", "ferry2"), "of version 2"),
            (other, copy, token, "another account"),
            (self.client, self.file(), token, "is not the file of the token"),
            (self.client, copy, "a\0b", "NUL"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ferry.InvalidArgument, words):
                client.resume_upload(path, text)
        with self.assertRaisesRegex(ferry.InvalidArgument, "is of an upload to filestack"):
            self.factory.resume_upload(copy, token)
        with self.assertRaises(TypeError):
            self.client.resume_upload(copy, token.encode())

    def test_other_bytes_are_found(self):
        token, copy = self.stopped()
        copy.write_bytes(b"x" + DATA[1:])
        with self.assertRaises(ferry.FileChanged):
            self.client.resume_upload(copy, token).run()
        self.assertEqual(requests_of("complete"), [])

    def test_there_is_none_after_a_cancel(self):
        upload = self.client.prepare_upload(self.path)
        self.assertTrue(upload.token)
        upload.cancel()
        with self.assertRaises(ferry.InvalidState):
            upload.token


if __name__ == "__main__":
    main()
