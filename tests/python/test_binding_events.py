"""Events of a client: each attempt, on the thread that made the call; what a callable raises; the log.

Run by tests/python_binding.rs.
"""

import gc
import logging
import pickle
import threading
import weakref

import ferry
from test_binding_support import APIKEY, CLOUD, MIB, CloudTest, control, main, noise


class Stop(Exception):
    """What a callable of the tests raises."""


def client_with(on_event):
    return ferry.Client(APIKEY, base_url=CLOUD, connection=ferry.Connection(on_event=on_event))


class EventTest(CloudTest):
    def setUp(self):
        super().setUp()
        control("requests", method="DELETE")

    def faults(self, *rules):
        control("faults", list(rules))
        self.addCleanup(control, "faults", [])

    def test_every_attempt_has_its_event(self):
        told, threads = [], set()

        def tell(event):
            threads.add(threading.get_ident())
            told.append(event)
            return False  # which is ignored

        self.faults({"class": "put", "match": {"part": 2}, "times": 1, "action": {"status": 503}})
        link = client_with(tell).upload(noise(6 * MIB))
        self.assertEqual(threads, {threading.get_ident()})
        attempts = [it for it in told if it.kind == ferry.EventKind.ATTEMPT]
        self.assertEqual(len(attempts), len(control("requests")))
        for it in attempts:
            self.assertTrue(it.method and it.url and it.remote and it.bytes_sent and it.bytes_received, it)
            self.assertTrue(0 < it.first_byte <= it.whole and it.attempt >= 1, it)
            self.assertEqual(it.failed, it.http_status == 503)
        (retry,) = [it for it in told if it.kind == "retry"]
        self.assertEqual((retry.step, retry.part, retry.attempt), ("put", 2, 1))
        self.assertEqual((retry.status, retry.http_status), ("FERRY_HTTP", 503))
        self.assertTrue(0 <= retry.wait <= 0.25)
        self.assertIn("connection", [it.kind for it in told])
        text = repr(told)
        self.assertFalse(APIKEY in text or "ignature=" in text, text)
        before = len(told)
        link.get_content()
        self.assertGreater(len(told), before, "a filelink keeps the callable")

    def test_what_it_raises_interrupts_the_call(self):
        for kind in (Stop, KeyboardInterrupt):
            with self.subTest(kind):
                told = []

                def tell(event, kind=kind, told=told):
                    told.append(event)
                    raise kind

                self.faults({"class": "put", "action": {"stall_ms": 600_000}})
                with self.assertRaises(kind):
                    client_with(tell).upload(noise(1000))
                self.assertEqual(len(told), 1)

    def test_events_go_on_when_progress_has_raised(self):
        told = []

        def stop(progress):
            if progress.retries:
                raise Stop

        self.faults({"class": "start", "action": {"status": 503}})
        with self.assertRaises(Stop):
            client_with(told.append).upload(b"x", progress=stop)
        self.assertEqual(len([it for it in told if it.kind == "attempt"]), len(control("requests")))

    def test_the_log(self):
        self.faults({"class": "start", "times": 1, "action": {"status": 503}})
        client = client_with(ferry.log_event)
        with self.assertLogs("ferry", logging.DEBUG) as logs:
            client.upload(b"x")
        warnings = [it for it in logs.records if it.levelno == logging.WARNING]
        self.assertEqual([it.event.kind for it in warnings], ["attempt", "retry"])
        self.assertEqual({it.levelno for it in logs.records}, {logging.DEBUG, logging.WARNING})
        self.assertTrue(any(it.getMessage().startswith("attempt put part 1 PUT ") for it in logs.records))

    def test_telestream_has_events_too(self):
        told = []
        connection = ferry.Connection(on_event=told.append)
        keys = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"
        account = ferry.TelestreamCloud(*keys, base_url=CLOUD, connection=connection)
        account.flip.factories.all()
        self.assertEqual([it.step for it in told if it.kind == "attempt"], ["list"])
        self.assertNotIn("signature", repr(told))

    def test_a_callable_goes_with_its_client(self):
        class Listener:
            def __call__(self, event):
                pass

        listener = Listener()
        gone = weakref.ref(listener)
        link = client_with(listener).upload(b"x")
        del listener
        gc.collect()
        self.assertIsNotNone(gone(), "the filelink uses it")
        del link
        gc.collect()
        self.assertIsNone(gone())

    def test_a_client_that_logs_can_be_pickled(self):
        client = pickle.loads(pickle.dumps(client_with(ferry.log_event)))
        with self.assertLogs("ferry", logging.DEBUG):
            client.upload(b"x")

    def test_what_is_no_callable(self):
        with self.assertRaises(TypeError):
            client_with("print")


if __name__ == "__main__":
    main()
