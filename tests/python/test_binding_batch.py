"""Batches by the binding: many files in one call, what it tells of them, and how it is stopped and goes on.

Run by tests/python_binding.rs, where security is on.
"""

import gc
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import ferry
from test_binding_support import (
    APIKEY,
    CLOUD,
    LONGEST,
    MIB,
    SECRET,
    CloudTest,
    control,
    ctrl_c_after,
    main,
    noise,
    requests_of,
)

FILES = 30
LONG = 7


class Stop(Exception):
    """What a callback of the tests raises."""


def length_of(index):
    return 5 * MIB + 1 if index == LONG else 2000 + index


class BatchTest(CloudTest):
    def setUp(self):
        super().setUp()
        self.begin()
        self.journals = self.folder / "journals"
        self.data = [noise(length_of(index)) for index in range(FILES)]
        self.paths = [self.file(data, f"{index}.bin") for index, data in enumerate(self.data)]
        self.client = self.make_client(connection=ferry.Connection(max_retries=0))

    def begin(self):
        control("requests", method="DELETE")
        self.before = {it["handle"] for it in control("files")}

    def assert_stored(self, links, data=None):
        data = data or self.data
        self.assertEqual(len(links), len(data))
        for index, (link, wanted) in enumerate(zip(links, data)):
            self.assertTrue(link.get_content() == wanted, f"other bytes of file {index} came back")
        self.assertEqual(len({link.handle for link in links}), len(data))

    def assert_no_file_is_stored_twice(self, count=FILES):
        self.assertEqual(len({it["handle"] for it in control("files")} - self.before), count)

    def refuse(self, *names, status=403, kind="start", times=1):
        self.faults(
            *(
                {"class": kind, "match": {"filename": name}, "times": times, "action": {"status": status}}
                for name in names
            )
        )


class CallTest(BatchTest):
    def test_the_filelinks_are_in_the_order_of_the_list(self):
        links = self.client.upload_many(self.paths, store_params={"path": "in/", "upload_tags": {"k": "v"}})
        self.assert_stored(links)
        self.assertEqual(
            [link.upload_response["filename"] for link in links], [f"{index}.bin" for index in range(FILES)]
        )
        self.assertEqual(links[3].upload_response["upload_tags"], {"k": "v"})
        self.assertTrue(links[3].upload_response["key"].startswith("in/"), links[3].upload_response)
        self.assert_no_file_is_stored_twice()

    def test_any_iterable_of_paths_in_each_form(self):
        forms = [str, pathlib.Path, ferry.BatchItem, os.fsencode]
        paths = (forms[index % 4](path) for index, path in enumerate(self.paths))
        self.assert_stored(self.client.upload_many(paths))
        (link,) = self.client.upload_many({pathlib.Path(self.paths[0]): "a dict gives its keys"})
        self.assert_stored([link], self.data[:1])

    def test_1000_small_files(self):
        data = [noise(100 + index) for index in range(1000)]
        files = [self.file(it, f"small-{index}") for index, it in enumerate(data)]
        told, seen = [], []
        links = self.client.upload_many(
            files, on_item=lambda index, path, link: told.append((index, path, link)), progress=seen.append
        )
        self.assertEqual(len({link.handle for link in links}), 1000)
        self.assertEqual([link.upload_response["size"] for link in links], [*range(100, 1100)])
        self.assert_stored(links[::50], data[::50])
        self.assert_no_file_is_stored_twice(1000)
        self.assertEqual(
            sorted((index, path, link.handle) for index, path, link in told),
            [(index, files[index], link.handle) for index, link in enumerate(links)],
        )
        self.assertEqual((seen[-1].files_done, seen[-1].files_total, seen[-1].percent), (1000, 1000, 100))

    def test_an_item_has_what_it_says_and_the_rest_of_the_batch(self):
        path = self.paths[0]
        params = {"path": "in/", "upload_tags": {"of": "the batch"}, "mimetype": "image/x-batch"}
        links = self.client.upload_many(
            [
                path,
                ferry.BatchItem(path, {"filename": "named[.bin", "upload_tags": {"of": "the item"}}),
                ferry.BatchItem(path, {"path": "out/key.bin"}, sanitize_filename=False),
                ferry.BatchItem(self.paths[1], store_params={"filename": "a[.bin"}, alt_text="one"),
            ],
            store_params=params,
            sanitize_filename=True,
            alt_text="all",
        )
        self.assert_stored(links, [self.data[0]] * 3 + [self.data[1]])
        told = [link.upload_response for link in links]
        self.assertEqual([it["filename"] for it in told], ["0.bin", "named-.bin", "0.bin", "a-.bin"])
        self.assertEqual([it["mimetype"] for it in told], ["image/x-batch"] * 4)
        self.assertEqual(
            [it["upload_tags"]["of"] for it in told], ["the batch", "the item", "the batch", "the batch"]
        )
        self.assertEqual([it["key"].split("/")[0] for it in told], ["in", "in", "out", "in"])
        self.assertEqual(params["path"], "in/")

    def test_parts_of_an_item_have_its_size(self):
        path = self.file(noise(12 * MIB), "long.bin")
        self.client.upload_many([ferry.BatchItem(path, part_size=6 * MIB), self.paths[0]])
        self.assertEqual(len(requests_of("put")), 3)

    def test_progress_counts_files(self):
        seen = []
        self.client.upload_many(self.paths, progress=seen.append)
        done = [progress.files_done for progress in seen]
        self.assertEqual(done, sorted(done))
        last, total = seen[-1], sum(map(length_of, range(FILES)))
        self.assertEqual((last.bytes_done, last.bytes_total, last.parts_done), (total, total, FILES + 1))
        self.assertEqual((last.files_done, last.files_total), (FILES, FILES))
        seen.clear()
        self.client.upload(self.paths[0], progress=seen.append)
        self.assertEqual((seen[-1].files_done, seen[-1].files_total), (0, 0))
        self.assertEqual(ferry.Progress(1, 2, 3, 4, 5, 6, None), (1, 2, 3, 4, 5, 6, None, 0, 0))

    def test_files_are_told_of_on_the_thread_that_called(self):
        told, threads, inside = [], set(), []

        def on_item(index, path, link):
            inside.append(True)
            told.append((index, path))
            threads.add(threading.current_thread())
            self.assertEqual(len(inside), 1)
            self.assertEqual(link.get_content(), self.data[index])  # a call inside
            inside.pop()
            gc.collect()

        paths = [pathlib.Path(path) for path in self.paths]
        self.client.upload_many(paths, on_item=on_item)
        self.assertEqual(threads, {threading.current_thread()})
        self.assertEqual(sorted(told), [*enumerate(paths)])

    def test_files_are_told_of_as_they_end_and_not_in_the_order_of_the_list(self):
        def on_item(index, *_):
            told.append(index)
            return len(told) < FILES - 1

        told = []
        self.faults({"class": "start", "match": {"filename": "2.bin"}, "action": {"stall_ms": 600_000}})
        batch = self.client.prepare_batch(self.paths, on_item=on_item)
        with self.assertRaises(ferry.Cancelled):
            batch.run()
        self.assertEqual(sorted([*told, 2]), [*range(FILES)])
        self.assertEqual([index for index, ended in enumerate(batch.results) if ended is None], [2])

    def test_what_is_no_list_of_files(self):
        item = ferry.BatchItem(self.paths[0])
        for paths in (self.paths[0], pathlib.Path(self.paths[0]), b"bytes", item):
            with self.subTest(paths), self.assertRaisesRegex(TypeError, "a list of paths"):
                self.client.upload_many(paths)
        for paths in ([3], [None], [(self.paths[0], {})], 3):
            with self.subTest(paths), self.assertRaises(TypeError):
                self.client.upload_many(paths)
        again = [self.paths[0], self.paths[1], self.paths[0]]
        for nothing in ([], iter(())):
            self.assertEqual(self.client.upload_many(nothing), [])
            with self.assertRaisesRegex(ferry.InvalidArgument, "no items"):
                self.client.prepare_batch(nothing)
        for paths, how, words in (
            (again, {}, r"items\[2\]: .* is items\[0\] already"),
            (["a", "a\0b"], {}, r"items\[1\]: path has a NUL"),
            (["a", ""], {}, r"items\[1\]: path is empty"),
            (["a", ferry.BatchItem("b", {"flename": "c"})], {}, r"items\[1\]: store_params has flename"),
            (["a", ferry.BatchItem("b", intelligent="so")], {}, r"items\[1\]: intelligent is 'so'"),
            (["a", ferry.BatchItem("b", part_size=1)], {}, r"items\[1\]: part_size"),
            (["a"], {"store_params": {"filename": "b"}}, "filename would be that of every file"),
            (["a"], {"store_params": {"path": "key"}}, "end it with a slash"),
            (["a"], {"concurrency": 65}, "concurrency is 65"),
            (["a"], {"deadline": -1}, "deadline"),
            (["a"], {"journal": "a\0b"}, "journal has a NUL"),
        ):
            with self.subTest(words):
                for function in (self.client.upload_many, self.client.prepare_batch):
                    with self.assertRaisesRegex(ValueError, words) as caught:
                        function(paths, **how)
                    self.assertIsInstance(caught.exception, ferry.InvalidArgument)
        with self.assertRaisesRegex(TypeError, "security"):
            self.client.upload_many([ferry.BatchItem("a", security="secret")])
        self.assertEqual(control("requests"), [])

    def test_what_the_iterable_raises_comes_out(self):
        def paths():
            yield self.paths[0]
            raise Stop("no more")

        with self.assertRaisesRegex(Stop, "no more"):
            self.client.upload_many(paths())

    def test_an_item_has_a_security_of_its_own(self):
        client = ferry.Client(APIKEY, base_url=CLOUD)
        links = client.upload_many(
            [self.paths[0], ferry.BatchItem(self.paths[1], security=self.security)], security=self.security
        )
        self.assert_stored(links, self.data[:2])
        with self.assertRaises(ferry.BatchError) as caught:
            client.upload_many([self.paths[0], ferry.BatchItem(self.paths[1], security=self.security)])
        without, own = caught.exception.results
        self.assertEqual(without.http_status, 403)
        self.assert_stored([own], self.data[1:2])
        self.assertIs(own.security, self.security)


class FailureTest(BatchTest):
    def test_a_file_that_fails_stops_no_other(self):
        os.remove(self.paths[4])
        self.refuse("9.bin")
        told = {}
        with self.assertRaises(ferry.BatchError) as caught:
            self.client.upload_many(
                (path for path in self.paths), on_item=lambda index, _, ended: told.update({index: ended})
            )
        error = caught.exception
        self.assertRegex(str(error), rf"^2 of {FILES} files are not stored; the first: .*4\.bin")
        self.assertEqual((error.status, error.retryable), (ferry.IOFailure.status, False))
        self.assertIsInstance(error, ferry.FerryError)
        self.assertEqual(error.paths, self.paths)
        missing, refused = error.results[4], error.results[9]
        self.assertIs(error.__cause__, missing)
        self.assertIsInstance(missing, ferry.IOFailure)
        self.assertIn(self.paths[4], str(missing))
        self.assertEqual((type(refused), refused.http_status, refused.step), (ferry.HTTPError, 403, "start"))
        others = [index for index in range(FILES) if index not in (4, 9)]
        self.assert_stored([error.results[it] for it in others], [self.data[it] for it in others])
        self.assertEqual(sorted(told), [*range(FILES)])
        self.assertIsInstance(told[4], ferry.IOFailure)
        self.assertIs(type(told[9]), ferry.HTTPError)
        self.assertEqual(told[5].handle, error.results[5].handle)

    def test_the_error_is_that_of_the_first_in_the_list(self):
        self.refuse("3.bin", "20.bin", status=503)
        with self.assertRaises(ferry.BatchError) as caught:
            self.client.upload_many(self.paths)
        error = caught.exception
        self.assertEqual(
            (error.status, error.http_status, error.step, error.retryable), (6, 503, "start", True)
        )
        self.assertEqual(error.response.status_code, 503)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(again), again.status, again.paths), (str(error), 6, self.paths))
        self.assertTrue(again.results[2].get_content() == self.data[2])
        self.assertEqual(again.results[3].http_status, 503)

    def test_a_batch_that_failed_is_run_again(self):
        os.rename(self.paths[4], self.folder / "away")
        told = []
        with self.client.prepare_batch(self.paths, on_item=lambda index, *_: told.append(index)) as batch:
            with self.assertRaises(ferry.BatchError):
                batch.run()
            self.assertIs(batch.state, ferry.UploadState.ERROR)
            self.assertIsInstance(batch.results[4], ferry.IOFailure)
            told.clear()
            os.rename(self.folder / "away", self.paths[4])
            self.assert_stored(batch.run())
            self.assertEqual(told, [4])
            self.assertIs(batch.state, ferry.UploadState.UPLOADED)
            self.assert_stored(batch.run())
        self.assert_no_file_is_stored_twice()

    def test_a_file_whose_outcome_is_unknown_is_told_so(self):
        with self.assertRaises(ferry.BatchError):
            self.refuse("3.bin", kind="complete", status=500)
            self.client.upload_many(self.paths, journal=self.journals)
        self.refuse("3.bin", kind="complete", status=404)
        with self.assertRaises(ferry.BatchError) as caught:
            self.client.upload_many(self.paths, journal=self.journals)
        results = caught.exception.results
        self.assertIs(type(results[3]), ferry.NotReady)
        self.assertEqual(len([it for it in results if isinstance(it, ferry.Filelink)]), FILES - 1)
        self.assert_stored(self.client.upload_many(self.paths, journal=self.journals, restart=True))

    def test_what_ends_the_batch_itself_is_raised_as_it_is(self):
        os.remove(self.paths[0])
        self.faults({"class": "put", "times": 99, "action": {"stall_ms": 600_000}})
        batch = self.client.prepare_batch(self.paths, deadline=3)
        with self.assertRaises(ferry.Timeout) as caught:
            batch.run()
        self.assertNotIsInstance(caught.exception, ferry.BatchError)
        self.assertIsInstance(batch.results[0], ferry.IOFailure)
        self.assertEqual(batch.results[1:], [None] * (FILES - 1))


class StopTest(BatchTest):
    """A batch that is stopped in its middle goes on: files that are stored are not sent again."""

    def assert_it_goes_on(self, batch):
        results = batch.results
        stored = [link for link in results if link is not None]
        self.assertTrue(0 < len(stored) < FILES, results)
        control("faults", [])
        links = batch.run()
        self.assert_stored(links)
        self.assertEqual(
            [link.handle for link, before in zip(links, results) if before], [link.handle for link in stored]
        )
        self.assert_no_file_is_stored_twice()

    def test_by_what_on_item_raises(self):
        def on_item(index, _path, _link):
            told.append(index)
            if len(told) == 10:
                raise Stop("enough") from KeyError("why")

        told = []
        batch = self.client.prepare_batch(self.paths, on_item=on_item)
        with self.assertRaisesRegex(Stop, "enough") as caught:
            batch.run()
        self.assertIsInstance(caught.exception.__cause__, KeyError)
        self.assertEqual(len(told), 10)
        self.assertIs(batch.state, ferry.UploadState.INTERRUPTED)
        self.assert_it_goes_on(batch)

    def test_by_on_item_that_returns_false_and_nothing_else(self):
        for answer in (None, 0, "", []):
            self.client.upload_many(self.paths[:2], on_item=lambda *_, answer=answer: answer)
        self.begin()
        told = []

        def on_item(index, *_):
            told.append(index)
            return len(told) != 10

        batch = self.client.prepare_batch(self.paths, on_item=on_item)
        with self.assertRaises(ferry.Cancelled) as caught:
            batch.run()
        self.assertTrue(caught.exception.retryable)
        self.assertEqual(len(told), 10)
        self.assert_it_goes_on(batch)

    def test_by_the_progress_callable(self):
        def report(progress):
            if progress.files_done and not raised:
                raised.append(True)
                raise Stop("enough")

        raised = []
        self.faults({"class": "put", "skip": 12, "action": {"stall_ms": 600_000}})
        batch = self.client.prepare_batch(self.paths, progress=report)
        with self.assertRaises(Stop):
            batch.run()
        self.assert_it_goes_on(batch)

    def test_by_a_pause_and_an_interrupt_in_on_item(self):
        for stop, error, state in (
            ("pause", ferry.Paused, "paused"),
            ("interrupt", ferry.Cancelled, "interrupted"),
        ):
            with self.subTest(stop):
                self.begin()
                stops = [stop]

                def on_item(*_):
                    if stops and len([it for it in batch.results if it]) > 5:
                        getattr(batch, stops.pop())()

                batch = self.client.prepare_batch(self.paths, on_item=on_item, concurrency=2)
                with self.assertRaises(error) as caught:
                    batch.run()
                self.assertEqual(caught.exception.retryable, stop != "pause")
                self.assertEqual(batch.state, state)
                self.assert_it_goes_on(batch)

    def test_by_a_cancel_from_another_thread(self):
        self.faults({"class": "put", "skip": 10, "times": 99, "action": {"stall_ms": 600_000}})
        some = threading.Event()
        batch = self.client.prepare_batch(self.paths, on_item=lambda *_: some.set(), journal=self.journals)

        def cancel():
            some.wait()
            with self.assertRaises(ferry.InvalidState):
                batch.run()
            self.assertEqual(batch.state, "uploading")
            self.assertTrue(any(batch.results))
            batch.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with self.assertRaises(ferry.Cancelled) as caught:
            batch.run()
        thread.join()
        self.assertFalse(caught.exception.retryable)
        self.assertEqual(batch.state, "aborted")
        with self.assertRaises(ferry.InvalidState):
            batch.run()
        self.assertEqual([*ferry.Journals(self.journals)], [])

    def test_by_ctrl_c(self):
        def on_item(*_):
            told.append(True)
            if len(told) == 5:
                five_are_there.set()

        for how in ({}, {"progress": lambda _progress: None}):
            with self.subTest(how):
                self.begin()
                told, five_are_there = [], threading.Event()
                self.faults({"class": "put", "skip": 12, "times": 99, "action": {"stall_ms": 600_000}})
                batch = self.client.prepare_batch(self.paths, on_item=on_item, **how)
                with ctrl_c_after(five_are_there) as sent, self.assertRaises(KeyboardInterrupt):
                    batch.run()
                self.assertEqual(len(sent), 1)
                self.assertIs(batch.state, ferry.UploadState.INTERRUPTED)
                self.assert_it_goes_on(batch)

    def test_ctrl_c_inside_on_item(self):
        def on_item(*_):
            if not told:
                told.append(time.monotonic())
                os.kill(os.getpid(), signal.SIGINT)
                threading.Event().wait()  # Ctrl-C ends it, as any code of the program

        told, never = [], threading.Event()
        with ctrl_c_after(never), self.assertRaises(KeyboardInterrupt):
            batch = self.client.prepare_batch(self.paths, on_item=on_item)
            batch.run()
        self.assertLess(time.monotonic() - told[0], LONGEST)
        self.assert_it_goes_on(batch)

    def test_ctrl_c_ends_a_program_and_the_same_call_goes_on_with_its_journal(self):
        self.faults({"class": "put", "skip": 12, "times": 99, "action": {"stall_ms": 600_000}})
        program = f"""
            import ferry, sys
            security = ferry.Security({self.security.policy!r}, {SECRET!r})
            client = ferry.Client({APIKEY!r}, security=security, base_url={CLOUD!r})
            told = []
            def on_item(index, path, link):
                told.append(index)
                if len(told) == 5:
                    print("five are there", flush=True)
            client.upload_many(sys.argv[2:], journal=sys.argv[1], on_item=on_item)
        """
        child = subprocess.Popen(
            [sys.executable, "-B", "-c", textwrap.dedent(program), str(self.journals), *self.paths],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(child.stdout.readline(), "five are there\n")
        (held,) = [it for it in ferry.Journals(self.journals) if it.files is not None]
        self.assertEqual((held.service, held.files, held.in_use), ("filestack", FILES, True))
        with self.assertRaisesRegex(ferry.InvalidState, "another batch of these files is under way"):
            self.client.upload_many(self.paths, journal=self.journals)
        said = self.end_by_ctrl_c(child)
        self.assertEqual(said.strip().splitlines()[-1:], ["KeyboardInterrupt"], said)
        self.assertNotIn("Exception ignored", said)
        self.assertEqual(child.returncode, -signal.SIGINT)
        control("faults", [])

        left = [*ferry.Journals(self.journals)]
        (whole,) = [it for it in left if it.files is not None]
        self.assertEqual((whole.path, whole.size, whole.bytes_stored), (None, None, None))
        self.assertFalse(whole.in_use)
        self.assertTrue(5 <= whole.files_stored < FILES, whole)
        self.assertTrue(all(it.path in self.paths for it in left if it is not whole), left)
        told = []
        links = self.client.upload_many(
            self.paths, journal=self.journals, on_item=lambda index, *_: told.append(index)
        )
        self.assert_stored(links)
        self.assertEqual(sorted(told), [*range(FILES)])  # also those that the other process has stored
        self.assert_no_file_is_stored_twice()
        self.assertEqual([*ferry.Journals(self.journals)], [])


class HandleTest(BatchTest):
    def test_a_batch_that_is_prepared(self):
        batch = self.client.prepare_batch(map(pathlib.Path, self.paths))
        self.assertEqual((batch.state, batch.results), ("initialized", [None] * FILES))
        self.assertEqual(batch.paths, [*map(pathlib.Path, self.paths)])
        self.assertEqual(repr(batch), "<Batch initialized>")
        self.assertEqual(control("requests"), [])
        with batch:
            links = batch.run()
            self.assertEqual([it.handle for it in batch.results], [it.handle for it in links])
        for use in (batch.run, batch.pause, batch.cancel, lambda: batch.results, lambda: batch.state):
            with self.assertRaisesRegex(ferry.InvalidState, "closed"):
                use()
        self.assert_stored(links)

    def test_what_a_batch_has_not(self):
        batch = self.client.prepare_batch(self.paths)
        for name in ("token", "result", "filelink"):
            self.assertFalse(hasattr(batch, name), name)
        with self.assertRaisesRegex(TypeError, "journal"):
            pickle.dumps(batch)

    def test_it_goes_with_its_last_reference(self):
        gc.disable()
        self.addCleanup(gc.enable)
        batch = self.client.prepare_batch(self.paths, on_item=lambda *_: None, progress=lambda _: None)
        before, gone = ferry.live_objects(), weakref.ref(batch)
        batch.run()
        del batch
        self.assertIsNone(gone())
        self.assertEqual(ferry.live_objects(), before - 1)

    def test_closing_while_it_runs(self):
        def on_item(_index, _path, link):
            links.append(link)
            batch.close()
            self.client.close()
            gc.collect()

        links = []
        batch = self.client.prepare_batch(self.paths, on_item=on_item)
        self.assert_stored(batch.run())
        self.assertEqual(len(links), FILES)

    def test_other_arguments_may_go(self):
        security = ferry.Security({"expiry": 4102444800}, "any secret")
        items = [ferry.BatchItem(path, {"filename": "x"}, security=security) for path in self.paths]
        batch = self.client.prepare_batch(items, security=security)
        del items, security
        gc.collect()
        self.assertEqual(batch.results, [None] * FILES)
        batch.cancel()

    def test_files_that_were_copied_are_other_files_to_a_journal(self):
        copies = [shutil.copy(path, self.folder / f"copy-{index}") for index, path in enumerate(self.paths)]
        self.client.upload_many(self.paths, journal=self.journals)
        self.assert_stored(self.client.upload_many(copies, journal=self.journals))
        self.assert_no_file_is_stored_twice(2 * FILES)

    def test_two_batches_in_two_threads(self):
        outcomes = []

        def upload(paths):
            names = set()
            links = self.client.upload_many(
                paths, on_item=lambda *_: names.add(threading.current_thread().name)
            )
            outcomes.append((links, names == {threading.current_thread().name}))

        halves = self.paths[:15], self.paths[15:]
        threads = [threading.Thread(target=upload, args=[half]) for half in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([own for _, own in outcomes], [True, True])
        self.assertEqual(sum(len(links) for links, _ in outcomes), FILES)


if __name__ == "__main__":
    main()
