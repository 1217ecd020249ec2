"""Uploads by the binding: progress, cancelling, pausing, what callbacks raise, Ctrl-C, garbage collection,
many at once.

Run by tests/python_binding.rs.
"""

import gc
import io
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import traceback
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

import ferry
from test_binding_support import CLOUD, MIB, CloudTest, control, ctrl_c_after, main, noise, requests_of

STALL = {"class": "put", "action": {"stall_ms": 600_000}}


class Stop(Exception):
    """What a callback of the tests raises."""


class SourceTest(CloudTest):
    def assert_stored(self, link, data, name):
        self.assertTrue(link.get_content() == data, "other bytes came back")
        self.assertEqual(link.metadata(["filename", "size"]), {"filename": name, "size": len(data)})

    def test_a_path_in_each_form(self):
        data = noise(1000)
        path = self.file(data, "Füße.bin")
        for given in (
            {"source": path},
            {"filepath": path},
            {"source": pathlib.Path(path)},
            {"filepath": pathlib.Path(path)},
        ):
            with self.subTest(given):
                self.assert_stored(self.client.upload(**given), data, "Füße.bin")

    def test_bytes_in_each_form(self):
        data = noise(6 * MIB)
        backwards = memoryview(data[::-1])[::-1]
        for given in (data, bytearray(data), memoryview(data), memoryview(bytearray(data)), backwards):
            with self.subTest(type(given)):
                self.assert_stored(self.client.upload(given), data, "unnamed_file")

    def test_no_bytes(self):
        for given in (b"", bytearray(), io.BytesIO()):
            with self.subTest(type(given)), self.assertRaisesRegex(ferry.InvalidArgument, "empty"):
                self.client.upload(given)

    def test_a_file_object_goes_up_from_where_it_stands_under_its_name(self):
        data = noise(6 * MIB)
        with open(self.file(data, "trip.bin"), "rb") as file:
            file.seek(100)
            self.assert_stored(self.client.upload(file_obj=file), data[100:], "trip.bin")

    def test_a_pipe(self):
        data = noise(MIB)
        read, write = os.pipe()

        def fill():
            with open(write, "wb") as end:
                end.write(data)

        thread = threading.Thread(target=fill)
        thread.start()
        with open(read, "rb", buffering=0) as end:
            link = self.client.upload(end, store_params={"filename": "piped"})
        thread.join()
        self.assert_stored(link, data, "piped")

    def test_an_object_that_can_only_read(self):
        class Reader:
            pieces = [b"one", bytearray(b"two"), memoryview(b"three"), b""]

            def read(self, _size):
                return self.pieces.pop(0)

        self.assert_stored(self.client.upload(Reader()), b"onetwothree", "unnamed_file")

    def test_a_text_file_is_refused(self):
        with open(self.file(b"text"), encoding="utf-8") as file, self.assertRaisesRegex(TypeError, "binary"):
            self.client.upload(file)

    def test_what_read_raises_comes_out(self):
        class Broken(io.RawIOBase):
            def readinto(self, _buffer):
                raise Stop("in readinto")

        with self.assertRaisesRegex(Stop, "in readinto"):
            self.client.upload(Broken())

    def test_a_file_object_that_gives_more_than_it_is_asked_for(self):
        class More:
            def read(self, size):
                return bytes(size + 1)

        class Claims(io.RawIOBase):
            def readinto(self, buffer):
                return len(buffer) + 1

        for file in (More(), Claims()):
            with self.subTest(file), self.assertRaisesRegex(ferry.InvalidArgument, "file object gave .* bytes"):
                self.client.upload(file)

    def test_what_is_no_source(self):
        for given, error in (
            ({}, ferry.InvalidArgument),
            ({"source": 3}, TypeError),
            ({"filepath": "a", "file_obj": b""}, ValueError),
        ):
            with self.subTest(given), self.assertRaises(error):
                self.client.upload(**given)
        for name, value in (
            *((name, value) for name in ("source", "file_obj") for value in (3, [], True)),
            ("store_params", 3),
            ("params", [3]),
            ("deadline", "5"),
            ("concurrency", "5"),
        ):
            given = {name: value} if name in ("source", "file_obj") else {"source": b"x", name: value}
            with self.subTest(given), self.assertRaisesRegex(TypeError, f"^{name} "):
                self.client.upload(**given)
        with self.assertRaisesRegex(TypeError, "^store_params "):
            self.client.prepare_batch([self.file()], store_params=3)
        with self.assertRaisesRegex(TypeError, "^store_params "):
            self.client.upload_url("http://a", 3)
        for size, error in ((-1, ferry.InvalidArgument), (1 << 64, ferry.InvalidArgument), ("5", TypeError)):
            with self.subTest(size), self.assertRaisesRegex(error, "^size is "):
                self.client.upload(io.BytesIO(b"x"), size=size)
        with self.assertRaisesRegex(ferry.InvalidArgument, "source and filepath were given"):
            self.client.upload("f", filepath="f")
        with self.assertRaisesRegex(ferry.IOFailure, "no-such-file"):
            self.client.upload("no-such-file")
        with self.assertRaisesRegex(ValueError, "NUL"):
            self.client.upload("a\0b")
        with self.assertRaises(ValueError):
            self.client.upload(b"\xff.bin".decode("utf-8", "surrogateescape"))

    def test_store_params_are_checked_and_left_as_they_are(self):
        store = {"filename": "a.png", "workflows": ("w-1",), "upload_tags": {"k": "v"}, "base64decode": False}
        kept = dict(store)
        link = self.client.upload(b"x", store_params=store)
        self.assertEqual(store, kept)
        self.assertEqual(link.upload_response["upload_tags"], {"k": "v"})
        self.assertEqual(set(link.upload_response["workflows"]), {"w-1"})
        with self.assertRaisesRegex(ValueError, "flename"):
            self.client.upload(b"x", store_params={"flename": "a"})
        with self.assertRaises(TypeError):
            self.client.upload(b"x", store_params={"filename": 3})

    def test_what_older_versions_of_the_sdk_take(self):
        link = self.client.upload(
            filepath=self.file(), params={"mimetype": "image/x-ferry"}, workflows=["w-2"]
        )
        self.assertEqual(link.metadata(["mimetype"]), {"mimetype": "image/x-ferry"})
        self.assertEqual(set(link.upload_response["workflows"]), {"w-2"})

    def test_a_file_in_one_request(self):
        control("requests", method="DELETE")
        path = self.file(b"in one request", "one.txt")
        for source in (path, b"in one request", io.BytesIO(b"in one request")):
            link = self.client.upload(source, multipart=False, store_params={"path": "in/"})
            self.assertEqual(link.get_content(), b"in one request")
            self.assertEqual(link.upload_response["handle"], link.handle)
        link = self.client.prepare_upload(path, multipart=False).run()
        self.assertEqual(link.get_content(), b"in one request")
        many = [self.file(name.encode(), name) for name in ("a", "b", "c")]
        self.client.upload_many(many, multipart=False)
        one = ferry.BatchItem(many[0], multipart=False)
        self.client.upload_many([one, many[1]])
        self.assertEqual((len(requests_of("store_api")), len(requests_of("start"))), (8, 1))
        for name, value in (
            ("intelligent", True),
            ("part_size", 8 << 20),
            ("concurrency", 2),
            ("alt_text", "a"),
            ("journal", self.folder),
            ("workflows", ["w"]),
            ("params", {"region": "eu"}),
            ("store_params", {"upload_tags": {"a": "b"}}),
        ):
            with self.subTest(name), self.assertRaisesRegex(ferry.InvalidArgument, "with single_request"):
                self.client.upload(path, multipart=False, **{name: value})

    def test_numbers_out_of_range(self):
        for name, value in (
            ("part_size", 1 << 64),
            ("part_size", 1),
            ("concurrency", -1),
            ("concurrency", 65),
            ("deadline", -1),
            ("deadline", 1e9),
        ):
            with self.subTest(name=name, value=value), self.assertRaisesRegex(ferry.InvalidArgument, name):
                self.client.upload(b"x", **{name: value})
        with self.assertRaisesRegex(ferry.InvalidArgument, "intelligent"):
            self.client.upload(b"x", intelligent="sometimes")


class ProgressTest(CloudTest):
    def test_it_comes_on_the_thread_that_called_and_ends_at_100_percent(self):
        seen, threads = [], set()

        def report(progress):
            seen.append(progress)
            threads.add(threading.current_thread())

        self.client.upload(noise(16 * MIB), progress=report)
        self.assertEqual(threads, {threading.current_thread()})
        done = [progress.bytes_done for progress in seen]
        self.assertEqual(done, sorted(done))
        last = seen[-1]
        self.assertEqual((last.bytes_done, last.bytes_total, last.percent), (16 * MIB, 16 * MIB, 100))
        self.assertEqual((last.parts_done, last.parts_total, last.retries), (4, 4, 0))

    def test_of_a_file_object_a_download_and_the_pieces_of_a_result(self):
        seen = []
        link = self.client.upload(io.BytesIO(noise(6 * MIB)), progress=seen.append)
        self.assertEqual(seen[-1].percent, 100)
        pieces = []
        for run in (
            lambda: link.download(self.folder / "back", progress=seen.append),
            lambda: len(link.get_content(progress=seen.append)),
            lambda: link.stream(pieces.append, progress=seen.append),
        ):
            seen.clear()
            self.assertEqual(run(), 6 * MIB)
            self.assertEqual(seen[-1].bytes_done, 6 * MIB)
        self.assertTrue(b"".join(pieces) == noise(6 * MIB), "other bytes came in pieces")

    def test_what_it_raises_interrupts_and_comes_out_with_its_cause_and_traceback(self):
        def report(_progress):
            raise Stop("enough") from KeyError("why")

        self.faults(STALL)
        try:
            self.client.upload(noise(MIB), progress=report)
        except Stop as error:
            self.assertIsInstance(error.__cause__, KeyError)
            self.assertIn("report", [frame.name for frame in traceback.extract_tb(error.__traceback__)])
        else:
            self.fail("nothing came out")

    def test_returning_false_interrupts_and_nothing_else_does(self):
        for answer in (None, 0, "", []):
            self.client.upload(noise(MIB), progress=lambda _progress, answer=answer: answer)
        self.faults(STALL)
        with self.assertRaises(ferry.Cancelled) as caught:
            self.client.upload(noise(MIB), progress=lambda _progress: False)
        self.assertTrue(caught.exception.retryable)

    def test_raising_cancelled_interrupts(self):
        def report(_progress):
            raise ferry.Cancelled()

        self.faults(STALL)
        with self.assertRaises(ferry.Cancelled):
            self.client.upload(noise(MIB), progress=report)

    def test_garbage_collection_meanwhile(self):
        link = self.client.upload(noise(16 * MIB), progress=lambda _progress: gc.collect())
        self.assertEqual(len(link.get_content(progress=lambda _progress: gc.collect())), 16 * MIB)

    def test_calls_inside_it(self):
        other = self.client.upload(b"other")
        seen = []
        self.client.upload(noise(6 * MIB), progress=lambda _progress: seen.append(other.get_content()))
        self.assertEqual(set(seen), {b"other"})

    def test_a_bar(self):
        bars = []

        class Tqdm:
            def __init__(self, **_options):
                self.n, self.total, self.closed = 0, None, False
                bars.append(self)

            def update(self, count):
                self.n += count

            def close(self):
                self.closed = True

        package, module = type(sys)("tqdm"), type(sys)("tqdm.auto")
        module.tqdm = Tqdm
        with unittest.mock.patch.dict(sys.modules, {"tqdm": package, "tqdm.auto": module}):
            self.client.upload(noise(MIB), progress=True)
            with self.assertRaises(ferry.IOFailure):
                self.client.upload("no-such-file", progress=True)
        with (
            unittest.mock.patch.dict(sys.modules, {"tqdm.auto": None}),
            self.assertRaisesRegex(ImportError, "pip install tqdm"),
        ):
            self.client.upload(b"x", progress=True)
        self.assertEqual(
            [(bar.n, bar.total, bar.closed) for bar in bars], [(MIB, MIB, True), (0, None, True)]
        )


class InterruptTest(CloudTest):
    """An upload that is interrupted after two of its five parts goes on: the two are not sent again."""

    PARTS = 5

    def setUp(self):
        super().setUp()
        self.data = noise(self.PARTS * 5 * MIB)
        self.two_parts_are_there = threading.Event()
        control("requests", method="DELETE")
        self.faults({"class": "put", "skip": 2, "action": {"stall_ms": 600_000}})

    def prepare(self, report=None):
        def observe(progress):
            # The third part has come to the cloud, and waits there.
            if progress.parts_done == 2 and any(rule["fired"] for rule in control("faults")):
                self.two_parts_are_there.set()
                return report and report()
            return None

        return self.client.prepare_upload(self.file(self.data), concurrency=1, progress=observe)

    def assert_it_goes_on(self, upload):
        self.assertIs(upload.state, ferry.UploadState.INTERRUPTED)
        (rule,) = control("faults")
        self.assertGreater(rule["fired"], 0)
        control("faults", [])
        self.assertTrue(upload.run().get_content() == self.data, "other bytes came back")
        self.assertIs(upload.state, ferry.UploadState.UPLOADED)
        sent = sorted(request["part"] for request in requests_of("put") if request["status"] == 200)
        self.assertEqual(sent, [1, 2, 3, 4, 5])

    def test_by_ctrl_c(self):
        upload = self.prepare()
        with ctrl_c_after(self.two_parts_are_there) as sent, self.assertRaises(KeyboardInterrupt):
            upload.run()
        self.assertEqual(len(sent), 1)
        self.assert_it_goes_on(upload)

    def test_from_another_thread(self):
        upload = self.prepare()
        upload.interrupt()  # nothing runs, so this does nothing

        def interrupt():
            self.two_parts_are_there.wait()
            upload.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with self.assertRaises(ferry.Cancelled) as caught:
            upload.run()
        thread.join()
        self.assertTrue(caught.exception.retryable)
        self.assert_it_goes_on(upload)

    def test_by_what_the_progress_callable_raises(self):
        def report():
            if not raised:
                raised.append(True)
                raise Stop("enough")

        raised = []
        upload = self.prepare(report)
        with self.assertRaisesRegex(Stop, "enough"):
            upload.run()
        self.assert_it_goes_on(upload)

    def test_by_a_progress_callable_that_returns_false(self):
        answers = [False]
        upload = self.prepare(lambda: answers.pop() if answers else None)
        with self.assertRaises(ferry.Cancelled):
            upload.run()
        self.assert_it_goes_on(upload)


class ControlTest(CloudTest):
    def test_the_states_are_the_words_of_the_library(self):
        names = [ferry._library.lib.ferry_upload_state_name(number).decode() for number in range(1, 9)]
        self.assertEqual(names, [*map(str, ferry.UploadState), "unknown"])
        self.assertEqual(f"{ferry.UploadState.PAUSED}", "paused")

    def test_an_upload_that_is_prepared(self):
        data = noise(6 * MIB)
        seen = []
        with self.client.prepare_upload(
            self.file(data), store_params={"path": "in/"}, progress=seen.append
        ) as upload:
            self.assertEqual(upload.state, "initialized")
            with self.assertRaises(ferry.NotReady):
                upload.result
            with self.assertRaises(ferry.NotReady):
                upload.filelink
            link = upload.run()
            self.assertEqual(
                (upload.state, upload.result["handle"], upload.run().url), ("uploaded", link.handle, link.url)
            )
        self.assertEqual(seen[-1].percent, 100)
        self.assertTrue(link.get_content() == data, "other bytes came back")
        with self.assertRaisesRegex(ferry.InvalidState, "closed"):
            upload.run()

    def test_a_pause_and_another_run_send_nothing_twice(self):
        data = noise(32 * MIB)
        control("requests", method="DELETE")
        pauses = [5 * MIB]

        def report(progress):
            if pauses and progress.bytes_done >= pauses[0]:
                pauses.pop()
                upload.pause()

        upload = self.client.prepare_upload(self.file(data), progress=report, concurrency=1)
        with self.assertRaises(ferry.Paused) as caught:
            upload.run()
        self.assertFalse(caught.exception.retryable, "to run it again undoes the pause")
        self.assertEqual(upload.state, "paused")
        self.assertTrue(upload.run().get_content() == data, "other bytes came back")
        self.assertEqual(len(requests_of("put")), 7)

    def test_cancelling_from_another_thread(self):
        self.faults(STALL)
        upload = self.client.prepare_upload(self.file(noise(MIB)), progress=lambda _progress: running.set())
        running = threading.Event()

        def cancel():
            running.wait()
            with self.assertRaises(ferry.InvalidState):
                upload.run()
            upload.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with self.assertRaises(ferry.Cancelled):
            upload.run()
        thread.join()
        self.assertEqual(upload.state, "aborted")
        with self.assertRaises(ferry.InvalidState):
            upload.run()

    def test_closing_while_it_runs(self):
        self.faults(STALL)

        def report(_progress):
            upload.cancel()
            upload.close()
            self.client.close()
            gc.collect()

        upload = self.client.prepare_upload(self.file(noise(MIB)), progress=report)
        with self.assertRaises(ferry.Cancelled):
            upload.run()

    def test_closing_while_a_file_is_stored_loses_no_filelink(self):
        path, url = self.file(noise(MIB)), self.client.upload(b"there").url
        for start in (
            lambda client, close: client.upload(path, progress=close),
            lambda client, close: client.upload(noise(MIB), progress=close),
            lambda client, close: client.upload_url(url, progress=close),
            lambda client, close: client.upload_many([path], progress=close)[0],
        ):
            client = self.make_client()
            self.assertTrue(start(client, lambda _progress: client.close()).handle)
        upload = self.client.prepare_upload(path, progress=lambda _progress: upload.close())
        self.assertEqual(len(upload.run().get_content()), MIB)
        with self.assertRaisesRegex(ferry.InvalidState, "closed"):
            upload.filelink

    def test_a_failure_that_may_pass(self):
        self.faults({"class": "complete", "times": 1, "action": {"status": 503}})
        client = self.make_client(connection=ferry.Connection(max_retries=0))
        upload = client.prepare_upload(self.file(noise(MIB)))
        with self.assertRaises(ferry.HTTPError) as caught:
            upload.run()
        error = caught.exception
        self.assertEqual(
            (error.http_status, error.step, error.retryable, error.status), (503, "complete", True, 6)
        )
        self.assertEqual(upload.state, "interrupted")
        self.assertEqual(len(upload.run().get_content()), MIB)

    def test_a_timeout(self):
        self.faults(STALL)
        with self.assertRaises(TimeoutError) as caught:
            self.client.upload(noise(MIB), deadline=0.2)
        self.assertIsInstance(caught.exception, ferry.Timeout)


class SignalTest(CloudTest):
    """Ctrl-C ends each call that waits: a process of its own is sent SIGINT when it has said that it waits.
    It sets Python's handler itself: Python does not where SIGINT is ignored, as in a job in the background.
    """

    def interrupt(self, program, *rules):
        self.faults(*rules)
        head = f"""
            import ferry, io, os, signal, sys
            signal.signal(signal.SIGINT, signal.default_int_handler)
            client = ferry.Client("KEY", base_url={CLOUD!r})
            waiting = lambda *_: os.write(1, b"waiting\\n")
        """
        child = subprocess.Popen(
            [sys.executable, "-B", "-c", textwrap.dedent(head) + textwrap.dedent(program)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(child.stdout.readline(), "waiting\n")
        said = self.end_by_ctrl_c(child)
        return child.returncode, said

    def assert_interrupted(self, program, *rules):
        code, said = self.interrupt(program, *rules)
        self.assertEqual(said.strip().splitlines()[-1:], ["KeyboardInterrupt"], said)
        self.assertEqual(code, -signal.SIGINT, said)
        self.assertNotIn("Exception ignored", said)

    def test_an_upload(self):
        self.assert_interrupted("client.upload(b'x' * 1000, progress=waiting)", STALL)

    def test_an_upload_without_a_callable(self):
        self.assert_interrupted(
            "import threading; threading.Timer(0.3, waiting).start(); client.upload(b'x' * 1000)", STALL
        )

    def test_an_upload_that_is_prepared(self):
        path = self.file(b"x" * 1000)
        self.assert_interrupted(f"client.prepare_upload({path!r}, progress=waiting).run()", STALL)

    def test_a_file_object_that_waits(self):
        program = """
            read, write = os.pipe()
            class Slow(io.RawIOBase):
                def readinto(self, buffer):
                    waiting()
                    return len(os.read(read, 1))
            client.upload(Slow())
        """
        self.assert_interrupted(program)

    def test_a_download(self):
        handle = self.make_client().upload(b"x" * 1000).handle
        program = f"client.filelink({handle!r}).get_content(progress=waiting)"
        self.assert_interrupted(program, {"class": "deliver", "action": {"stall_ms": 600_000}})

    def test_waiting_for_a_conversion(self):
        handle = self.make_client().upload(b"x" * 1000).handle
        program = f"""
            job = client.filelink({handle!r}).av_convert(preset='webm')
            for _ in range(2):
                job.wait(progress=waiting)
        """
        self.assert_interrupted(program, {"class": "av", "skip": 1, "action": {"stall_ms": 600_000}})

    def test_any_request(self):
        program = "client.request('GET', '/file/' + 'A' * 20 + '/metadata', progress=waiting)"
        self.assert_interrupted(program, {"class": "metadata", "action": {"stall_ms": 600_000}})

    def test_starting_a_workflow(self):
        handle = self.make_client().upload(b"x" * 1000).handle
        program = (
            f"import threading; threading.Timer(0.3, waiting).start(); client.run_workflow('w-1', {handle!r})"
        )
        self.assert_interrupted(program, {"class": "workflow", "action": {"stall_ms": 600_000}})

    def test_a_handler_of_the_program_is_called_at_once_and_stays(self):
        program = """
            def handler(number, frame):
                os.write(1, b"handled\\n")
                sys.exit(7)
            signal.signal(signal.SIGINT, handler)
            try:
                client.upload(b'x' * 1000, progress=waiting)
            finally:
                assert signal.getsignal(signal.SIGINT) is handler
        """
        code, said = self.interrupt(program, STALL)
        self.assertEqual(code, 7, said)


class LoadTest(CloudTest):
    def test_32_uploads_at_once(self):
        seen = [[] for _ in range(32)]

        def upload(index):
            data = noise(6 * MIB, str(index).encode())
            thread = threading.current_thread()

            def report(progress):
                assert threading.current_thread() is thread
                seen[index].append(progress)
                if index % 8 == 1:
                    gc.collect()
                if index % 8 == 2:
                    raise Stop(index)

            try:
                link = self.client.upload(data, progress=report)
            except Stop as error:
                return error.args[0] == index
            return link.get_content() == data and seen[index][-1].percent == 100

        with ThreadPoolExecutor(32) as pool:
            self.assertEqual(list(pool.map(upload, range(32))), [True] * 32)

    def test_other_threads_run_meanwhile(self):
        self.faults(STALL)
        counted = threading.Event()

        def count():
            sum(range(100_000))
            counted.set()

        def report(_progress):
            if not threads:
                threads.append(threading.Thread(target=count))
                threads[0].start()

        threads = []
        upload = self.client.prepare_upload(self.file(noise(MIB)), progress=report)

        def stop():
            counted.wait()
            upload.cancel()

        stopper = threading.Thread(target=stop)
        stopper.start()
        with self.assertRaises(ferry.Cancelled):
            upload.run()
        stopper.join()
        threads[0].join()


class ForkTest(CloudTest):
    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_objects_are_refused_in_a_child_and_not_freed_there(self):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                self.client.upload(b"x")
            except ferry.InvalidState:
                code = 0
            finally:
                os._exit(code)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.client.upload(b"x")


if __name__ == "__main__":
    main()
