"""Calls for asyncio, and downloads as file objects.

Run by tests/python_binding.rs.
"""

import asyncio
import contextvars
import functools
import gc
import logging
import subprocess
import sys
import textwrap
import threading
import unittest

import ferry
from pictures import PICTURE
from test_binding_support import APIKEY, CLOUD, MIB, CloudTest, Stalled, main, noise

KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"


def threads(name="ferry"):
    return [it for it in threading.enumerate() if it.name == name]


class AsyncTest(CloudTest, unittest.IsolatedAsyncioTestCase):
    async def test_calls(self):
        client = self.client
        first, second = await asyncio.gather(
            client.aupload(PICTURE), client.aupload(self.file(noise(6 * MIB), "movie.mp4"))
        )
        self.assertEqual(await first.aget_content(), PICTURE)
        self.assertEqual((await second.ametadata(["size"]))["size"], 6 * MIB)
        links = await client.aupload_many([self.file(b"1", "1"), self.file(b"2", "2")])
        self.assertEqual([await it.aget_content() for it in links], [b"1", b"2"])
        small = await first.resize(width=10).astore()
        self.assertEqual(await first.resize(width=10).add("imagesize").ajson(), {"height": 5, "width": 10})
        self.assertEqual(await small.adownload(self.folder / "small"), (self.folder / "small").stat().st_size)
        await small.aoverwrite(file_obj=b"new", security=self.security)
        self.assertEqual((await small.adelete(security=self.security)).status_code, 200)
        job = await asyncio.to_thread(first.av_convert, preset="webm")
        self.assertEqual((await job.await_done())["status"], "completed")
        with self.assertRaises(ferry.HTTPError):
            await small.ametadata()

    async def test_telestream(self):
        account = ferry.TelestreamCloud(*KEYS, base_url=CLOUD)
        (factory, *_) = await account.flip.factories.aall()
        session = factory.upload_session(self.file(noise(MIB), "movie.mp4"), profiles="h264")
        video = await session.astart()
        (encoding,) = await video.await_encodings()
        self.assertEqual((await encoding.await_done()).status, "success")
        await video.adelete()

    async def test_the_context_of_the_task_and_the_loop_that_goes_on(self):
        name, told, turns = contextvars.ContextVar("name"), [], 0
        name.set("mine")
        progress = lambda _it: told.append((name.get(), threading.get_ident()))  # noqa: E731
        call = asyncio.ensure_future(self.client.aupload(PICTURE, progress=progress))
        while not call.done():
            turns += 1
            await asyncio.sleep(0)
        await call
        self.assertGreater(turns, 1)
        self.assertEqual({it[0] for it in told}, {"mine"})
        self.assertNotIn(threading.get_ident(), {it[1] for it in told})

    async def test_what_a_callable_raises(self):
        with self.assertRaises(ZeroDivisionError):
            await self.client.aupload(PICTURE, progress=lambda _progress: 1 / 0)

    async def test_cancelling_the_task_interrupts_the_upload(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        client = ferry.Client(APIKEY, base_url=stalled.url)
        path = self.file()
        upload = client.prepare_upload(path)
        for start in (
            lambda: client.aupload(PICTURE),
            lambda: client.aupload(path),
            lambda: client.aupload_many([path]),
            upload.arun,
        ):
            stalled.arrived.clear()
            task = asyncio.ensure_future(start())
            await asyncio.to_thread(stalled.arrived.wait)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
        self.assertEqual(upload.state, "interrupted")

    async def test_a_task_that_is_cancelled_twice_ends_with_its_call(self):
        waits, goes_on = threading.Event(), threading.Event()
        self.addCleanup(goes_on.set)

        def progress(_progress):
            waits.set()
            goes_on.wait()

        task = asyncio.ensure_future(self.client.aupload(PICTURE, progress=progress))
        await asyncio.to_thread(waits.wait)
        for _ in range(2):
            task.cancel()
            for _ in range(10):
                await asyncio.sleep(0)
        self.assertFalse(task.done())
        goes_on.set()
        with self.assertRaises(asyncio.CancelledError):
            await task

    async def test_a_call_that_fails_leaves_nothing_for_the_garbage_collector(self):
        gc.collect()
        before = ferry.live_objects()
        gc.disable()
        self.addCleanup(gc.enable)
        for _ in range(3):
            try:  # assertRaises() would clear the frames
                await self.client.filelink("A" * 20).aget_content()
            except ferry.HTTPError:
                pass
        for thread in threads("ferry call"):
            thread.join()
        self.assertEqual(ferry.live_objects(), before)

    async def test_closing_meanwhile_loses_no_result(self):
        path = self.file(noise(MIB))
        upload = self.client.prepare_upload(path, progress=lambda _it: upload.close())
        self.assertEqual((await (await upload.arun()).ametadata(["size"]))["size"], MIB)
        account = ferry.TelestreamCloud(*KEYS, base_url=CLOUD)
        factory = account.flip.factories.all()[0]
        for run in (ferry.UploadSession.astart, ferry.UploadSession.aresume):
            session = factory.upload_session(path, profiles="h264", progress=lambda _it: session.close())
            self.assertTrue((await run(session)).id)

    async def test_a_prepared_upload_goes_on_after_its_task_was_cancelled(self):
        upload = self.client.prepare_upload(self.file(noise(12 * MIB)), bytes_per_second=MIB, concurrency=1)
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()
        upload._progress = lambda it: loop.call_soon_threadsafe(begun.set) if it.bytes_done else None
        task = asyncio.ensure_future(upload.arun())
        await begun.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(upload.state, "interrupted")
        upload.limit(None)
        link = await upload.arun()
        self.assertEqual((await link.ametadata(["size"]))["size"], 12 * MIB)

    async def test_the_end_of_an_iterator_in_a_callable(self):
        upload = self.client.prepare_upload(self.file(), progress=lambda _it: next(iter(())))
        for call in (self.client.aupload(PICTURE, progress=lambda _it: next(iter(()))), upload.arun()):
            with self.assertRaises(RuntimeError):
                await call

    async def test_prepared_uploads_run_beside_the_loop(self):
        here, told, turns = threading.get_ident(), set(), 0
        path = self.file(noise(12 * MIB))
        uploads = [
            self.client.prepare_upload(path, progress=lambda _it: told.add(threading.get_ident()))
            for _ in range(3)
        ]
        before = threading.active_count()
        runs = asyncio.gather(*(it.arun() for it in uploads))
        while not runs.done():
            turns += 1
            self.assertEqual(threading.active_count(), before)
            await asyncio.sleep(0)
        for link in await runs:
            self.assertEqual((await link.ametadata(["size"]))["size"], 12 * MIB)
        self.assertGreater(turns, 1)
        self.assertEqual(told, {here})
        self.assertEqual([it.state for it in uploads], ["uploaded"] * 3)

    async def test_many_paths_at_once_need_no_threads_of_python(self):
        here, told = threading.get_ident(), set()
        paths = [self.file(str(number).encode(), f"{number}.txt") for number in range(200)]
        before, most = len(threading.enumerate()), 0
        calls = asyncio.gather(
            *(self.client.aupload(it, progress=lambda _it: told.add(threading.get_ident())) for it in paths),
            self.client.aupload_many(paths[:10], on_item=lambda *_it: told.add(threading.get_ident())),
        )
        while not calls.done():
            most = max(most, len(threading.enumerate()))
            await asyncio.sleep(0.001)
        *links, batch = await calls
        self.assertLessEqual(most, before)
        self.assertEqual(told, {here})
        self.assertEqual([it.upload_response["filename"] for it in links], [f"{it}.txt" for it in range(200)])
        self.assertEqual(len({it.handle for it in [*links, *batch]}), 210)
        self.assertEqual(await links[123].aget_content(), b"123")

    async def test_of_many_paths_64_run_at_once(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        client, path = ferry.Client(APIKEY, base_url=stalled.url), self.file()
        gc.collect()
        before = ferry.live_objects()
        tasks = [asyncio.ensure_future(client.aupload(path)) for _ in range(100)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.assertEqual(ferry.live_objects() - before, 64)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        self.assertEqual({type(it) for it in ended}, {asyncio.CancelledError})

    async def test_a_path_takes_all_that_the_call_without_asyncio_takes(self):
        link = await self.client.aupload(
            filepath=self.file(),
            params={"filename": "a.png", "mimetype": "image/x-a"},
            store_params={"filename": "b.png"},
            workflows=["w-1"],
            deadline=60,
            size=3,  # of a file object: others ignore it
            concurrency=2,
            journal=self.folder / "journal",
        )
        self.assertEqual(link.upload_response["filename"], "b.png")
        self.assertEqual((await link.ametadata(["mimetype"]))["mimetype"], "image/x-a")
        self.assertEqual(await self.client.aupload_many([]), [])
        for wrong in ({}, {"source": b"", "filepath": "b"}, {"filepath": self.file(), "part_size": 1}):
            with self.assertRaises(ferry.InvalidArgument):
                await self.client.aupload(**wrong)
        with self.assertRaises(FileNotFoundError) as caught:
            await self.client.aupload("missing")
        self.assertEqual(caught.exception.filename, "missing")

    async def test_coroutine_functions_are_refused(self):
        async def wrong(*_arguments):
            raise AssertionError

        class File:
            read = wrong

        class Caller:
            __call__ = wrong

        client, path = self.client, self.file()
        link = client.upload(PICTURE)
        for call in (
            lambda: client.upload(path, progress=wrong),
            lambda: client.upload(path, progress=Caller()),
            lambda: client.upload(path, progress=functools.partial(wrong, 1)),
            lambda: client.prepare_upload(path, progress=wrong).run(),
            lambda: client.upload(File()),
            lambda: client.upload_many([path], on_item=wrong),
            lambda: link.stream(wrong),
            lambda: link.overwrite(file_obj=File(), security=self.security),
            lambda: self.make_client(connection=ferry.Connection(on_event=wrong)),
        ):
            with self.assertRaisesRegex(TypeError, "coroutine function"):
                call()
        with self.assertRaisesRegex(TypeError, "coroutine function"):
            await client.aupload(path, progress=wrong)

    async def test_a_batch_beside_the_loop(self):
        ended = []
        paths = [self.file(b"1", "1"), self.folder / "missing", self.file(b"2", "2")]
        told = lambda *it: ended.append((threading.get_ident(), *it))
        batch = self.client.prepare_batch(paths, on_item=told)
        with self.assertRaises(ferry.BatchError) as failed:
            await batch.arun()
        self.assertEqual({it[0] for it in ended}, {threading.get_ident()})
        self.assertEqual(sorted(it[1] for it in ended), [0, 1, 2])
        self.assertIsInstance(failed.exception.results[1], FileNotFoundError)

    async def test_what_a_callable_in_the_loop_raises(self):
        upload = self.client.prepare_upload(self.file(), progress=lambda _it: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            await upload.arun()
        with self.assertRaises(ZeroDivisionError):
            await upload.arun()
        self.assertEqual(upload.state, "interrupted")
        upload = self.client.prepare_upload(self.file(), progress=lambda _it: False)
        with self.assertRaises(ferry.Cancelled):
            await upload.arun()

    async def test_a_run_beside_another(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        upload = ferry.Client(APIKEY, base_url=stalled.url).prepare_upload(self.file())
        first = asyncio.ensure_future(upload.arun())
        await asyncio.to_thread(stalled.arrived.wait)
        with self.assertRaises(ferry.InvalidState):
            await upload.arun()
        with self.assertRaises(ferry.InvalidState):
            upload.run()
        upload.cancel()
        with self.assertRaises(ferry.Cancelled):
            await first

    async def test_a_timeout_of_asyncio(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        client = ferry.Client(APIKEY, base_url=stalled.url)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(client.aupload(PICTURE), 0.2)


class LoopWithoutReadersTest(CloudTest, unittest.IsolatedAsyncioTestCase):
    """As the loop that Windows has as a rule, which waits for no descriptor."""

    async def asyncSetUp(self):
        def refuse(*_arguments):
            raise NotImplementedError

        asyncio.get_running_loop().add_reader = refuse
        self.before = threads()

    async def test_an_upload_beside_it(self):
        here, told = threading.get_ident(), set()
        path = self.file(noise(12 * MIB))
        upload = self.client.prepare_upload(path, progress=lambda _it: told.add(threading.get_ident()))
        link = await upload.arun()
        self.assertEqual((await link.ametadata(["size"]))["size"], 12 * MIB)
        self.assertEqual(told, {here})

    async def test_a_task_that_is_cancelled_and_a_callable_that_raises(self):
        upload = self.client.prepare_upload(self.file(noise(12 * MIB)), bytes_per_second=MIB, concurrency=1)
        begun = asyncio.Event()
        upload._progress = lambda it: begun.set() if it.bytes_done else None
        task = asyncio.ensure_future(upload.arun())
        await begun.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(upload.state, "interrupted")
        upload._progress = lambda _it: 1 / 0
        with self.assertRaises(ZeroDivisionError):
            await upload.arun()
        self.assertEqual(threads(), self.before)


class FileObjectTest(CloudTest):
    def test_reading(self):
        data = noise(3 * MIB)
        link = self.client.upload(data)
        with link.open() as file:
            self.assertEqual(file.read(10), data[:10])
            self.assertTrue(file.read() == data[10:])
            self.assertEqual((file.read(), file.seekable(), file.readable()), (b"", False, True))
        with self.assertRaises(ValueError):
            file.read()
        self.assertTrue(b"".join(link.iter_content(100_000)) == data)
        copy = self.client.upload(file_obj=link.open(), size=len(data))
        self.assertTrue(copy.get_content() == data)

    def test_lines(self):
        link = self.client.upload(b"one\ntwo\n")
        self.assertEqual(list(link.open()), [b"one\n", b"two\n"])

    def test_one_that_is_closed_early_or_forgotten(self):
        link = self.client.upload(noise(20 * MIB))
        with link.open() as file:
            self.assertEqual(len(file.read(3)), 3)
        self.assertEqual(threads(), [])
        file = link.open()
        file.read(1)
        del file
        for piece in link.iter_content(5):
            self.assertEqual(len(piece), 5)
            break
        del piece
        gc.collect()
        self.assertEqual(threads(), [])

    def test_closing_ends_a_call_that_waits(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        link = ferry.Client(APIKEY, base_url=stalled.url).filelink("A" * 20)
        for begin, read in ((link.open, lambda it: it.read(1)), (link.iter_content, next)):
            stalled.arrived.clear()
            stream, raised = begin(), []

            def wait():
                try:
                    read(stream)
                except BaseException as error:
                    raised.append(error)

            thread = threading.Thread(target=wait)
            thread.start()
            stalled.arrived.wait()
            stream.close()
            thread.join()
            self.assertEqual([type(it) for it in raised], [ferry.Cancelled])
            self.assertEqual(threads(), [])

    def test_pieces_end_with_the_download(self):
        pieces = self.client.upload(b"12345").iter_content(2)
        self.assertEqual(list(pieces), [b"12", b"34", b"5"])
        self.assertEqual(list(pieces), [])
        with self.client.upload(b"12345").iter_content(2) as pieces:
            self.assertEqual(next(pieces), b"12")
        self.assertEqual(list(pieces), [])
        with self.assertRaises(ferry.InvalidArgument):
            self.client.filelink("A" * 20).iter_content(0)

    def test_errors(self):
        with self.assertRaises(ferry.HTTPError), self.client.filelink("A" * 20).open() as file:
            file.read()


class ProgramEndTest(CloudTest):
    """A program that ends while a daemon thread or a task of it is in a call."""

    def assert_ends(self, program, url=CLOUD, before=""):
        head = f"""
            import asyncio, ferry, os, sys, threading, time
            client = ferry.Client({APIKEY!r}, base_url={url!r})
            waits = threading.Event()
            def in_daemon(call):
                threading.Thread(target=call, daemon=True).start()
                waits.wait()
        """
        done = subprocess.run(
            [sys.executable, "-B", "-c", "".join(textwrap.dedent(it) for it in (before, head, program))],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "the end\n", ""))

    def stalled(self):
        stalled = Stalled()
        self.addCleanup(stalled.close)
        return stalled.url

    def test_a_download_that_is_open(self):
        link = self.client.upload(noise(20 * MIB))
        for begin, read in (("open()", "file.read(3)"), ("iter_content(5)", "next(file)")):
            self.assert_ends(
                f"""
                file = client.filelink({link.handle!r}).{begin}
                {read}
                print("the end")
                """
            )

    def test_a_download_whose_raw_part_was_taken(self):
        link = self.client.upload(noise(20 * MIB))
        self.assert_ends(
            f"""
            file = client.filelink({link.handle!r}).open()
            raw = file.detach()
            raw.read(3)
            print("the end")
            """
        )

    def test_a_download_that_waits_for_the_service(self):
        self.assert_ends(
            """
            file = client.filelink("A" * 20).open(progress=lambda _: waits.set())
            waits.wait()
            print("the end")
            """,
            self.stalled(),
        )

    def test_a_download_that_another_thread_reads(self):
        self.assert_ends(
            """
            file = client.filelink("A" * 20).open(progress=lambda _: waits.set())
            in_daemon(file.read)
            print("the end")
            """,
            self.stalled(),
        )

    def test_calls_in_a_thread(self):
        for call in ("upload(b'x' * 1000, progress=waiting)", "request('GET', '/file', progress=waiting)"):
            self.assert_ends(
                f"""
                waiting = lambda _: waits.set()
                in_daemon(lambda: client.{call})
                print("the end")
                """,
                self.stalled(),
            )

    def test_a_thread_that_calls_again_and_again(self):
        self.assert_ends(
            """
            def work():
                while True:
                    try:
                        client.upload(b"x", progress=lambda _: waits.set())
                    except Exception:
                        pass
            in_daemon(work)
            print("the end")
            """
        )

    def test_a_loop_in_a_thread(self):
        self.assert_ends(
            f"""
            upload = client.prepare_upload({self.file()!r}, progress=lambda _: waits.set())
            in_daemon(lambda: asyncio.run(upload.arun()))
            print("the end")
            """,
            self.stalled(),
        )

    def test_a_task_that_is_abandoned(self):
        self.assert_ends(
            f"""
            loop = asyncio.new_event_loop()
            task = loop.create_task(client.aupload({self.file()!r}, progress=lambda _: loop.stop()))
            loop.run_forever()
            task._log_destroy_pending = False
            print("the end")
            """,
            self.stalled(),
        )

    def test_a_task_that_is_abandoned_in_a_call_of_a_thread(self):
        for call in ("aupload(b'x' * 1000, progress=waiting)", "arequest('GET', '/file', progress=waiting)"):
            self.assert_ends(
                f"""
                waiting = lambda _: None if waits.is_set() else loop.call_soon_threadsafe(stop)
                def stop():
                    waits.set()
                    loop.stop()
                loop = asyncio.new_event_loop()
                task = loop.create_task(client.{call})
                loop.run_forever()
                task._log_destroy_pending = False
                print("the end")
                """,
                self.stalled(),
            )

    def test_a_function_at_the_end_may_call(self):
        self.assert_ends(
            """
            import atexit
            @atexit.register
            def first():
                print(client.upload(b"the end").get_content().decode())
            """
        )
        # One that was registered before the binding was imported comes after the binding's own.
        head = """
            import atexit
            @atexit.register
            def last():
                print(client.upload(b"the end").get_content().decode())
        """
        self.assert_ends("", before=head)


class LogTest(CloudTest):
    def test_what_goes_wrong_is_logged_by_itself(self):
        self.faults({"class": "metadata", "times": 1, "action": {"status": 503}})
        link = self.client.upload(PICTURE)
        with self.assertLogs("ferry", logging.WARNING) as logged:
            link.metadata()
        self.assertIn("503", "\n".join(logged.output))
        self.assertEqual(logged.records[0].event.http_status, 503)
        with self.assertNoLogs("ferry", logging.WARNING):
            link.metadata()


if __name__ == "__main__":
    main()
