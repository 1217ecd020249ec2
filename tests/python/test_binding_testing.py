"""ferry.testing: the local cloud for tests of one's own.

Run by tests/python_binding.rs, with FERRY_LOCALCLOUD.
"""

import doctest
import os
import signal
import subprocess
import sys
import time
import urllib.request
from unittest import mock

import ferry
import ferry.testing
from ferry.testing import LocalCloud
from pictures import World, start_world
from test_binding_support import CloudTest, main

PROGRAM = os.environ["FERRY_LOCALCLOUD"]


def is_there(url):
    try:
        with urllib.request.urlopen(f"{url}/_local/stats"):
            return True
    except OSError:
        return False


class TestingTest(CloudTest):
    def ends(self, url):
        for _ in range(1000):
            if not is_there(url):
                return
            time.sleep(0.01)
        self.fail("it is still there")

    def test_the_examples_of_its_docstrings_run(self):
        found = doctest.testmod(ferry.testing)
        self.assertEqual(found.failed, 0)
        self.assertEqual(found.attempted, 3)

    def test_it_ends_with_its_block_and_takes_its_files_along(self):
        with LocalCloud() as cloud:
            self.assertEqual(cloud.client().upload(b"bytes").get_content(), b"bytes")
            data = cloud.addresses["data"]
            self.assertTrue(os.path.isdir(data))
        self.assertFalse(is_there(cloud.url))
        self.assertFalse(os.path.exists(data))
        cloud.close()

    def test_it_ends_when_its_process_is_killed(self):
        program = "from ferry.testing import LocalCloud; import time\n"
        program += "cloud = LocalCloud(); print(cloud.url, flush=True); time.sleep(600)"
        with subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE) as process:
            url = process.stdout.readline().decode().strip()
            self.assertTrue(is_there(url))
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.ends(url)

    def test_it_outlives_ctrl_c(self):
        program = "from ferry.testing import LocalCloud; import os, signal, time\n"
        program += "with LocalCloud() as cloud:\n    try:\n        os.killpg(0, signal.SIGINT)\n"
        program += "        time.sleep(600)\n    except KeyboardInterrupt:\n"
        program += "        time.sleep(0.2)  # it would be gone by then\n        print(cloud.requests())"
        command = [sys.executable, "-B", "-c", program]
        done = subprocess.run(command, start_new_session=True, capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "[]\n", done.stderr)

    def test_a_fork_that_lives_longer_does_not_keep_it(self):
        with LocalCloud() as cloud:
            child = os.fork()
            if child == 0:
                time.sleep(600)
                os._exit(0)
            self.addCleanup(os.waitpid, child, 0)
            self.addCleanup(os.kill, child, signal.SIGKILL)
        self.assertFalse(is_there(cloud.url))
        self.assertEqual(cloud._process.returncode, 0)  # it was told to end, not killed

    def test_what_it_saw(self):
        with LocalCloud() as cloud:
            client = cloud.client()
            cloud.set_faults([{"class": "put", "times": 1, "action": {"status": 503}}])
            link = client.upload(b"some bytes", store_params={"filename": "a.txt"})
            self.assertEqual([(it["seen"], it["fired"]) for it in cloud.faults()], [(2, 1)])
            self.assertEqual([it["status"] for it in cloud.requests("put")], [503, 200])
            self.assertEqual(cloud.requests()[0]["class"], "start")
            (file,) = cloud.files()
            self.assertEqual((file["handle"], file["size"]), (link.handle, 10))
            (upload,) = cloud.uploads()
            self.assertEqual((upload["handle"], upload["filename"]), (link.handle, "a.txt"))
            cloud.forget_requests()
            self.assertEqual(cloud.requests(), [])
            cloud.forget_uploads(upload["upload_id"])
            self.assertEqual(cloud.uploads(), [])
            self.assertEqual(cloud.repeated()["filestack"], {"parts": 0, "bytes": 0})
            cloud.forget_uploads()

    def test_a_seed_chooses_the_same_requests(self):
        with LocalCloud() as cloud:
            client = cloud.client(connection=ferry.Connection(max_retries=0))
            link = client.upload(b"some bytes")
            seen = []
            for _ in range(2):
                fault = {"class": "deliver", "probability": 0.5, "action": {"status": 503}}
                cloud.set_faults([fault], seed=7)
                cloud.forget_requests()
                for _ in range(20):
                    try:
                        link.get_content()
                    except ferry.HTTPError:
                        pass
                seen.append([it["status"] for it in cloud.requests("deliver")])
            self.assertEqual(seen[0], seen[1])
            self.assertEqual(set(seen[0]), {200, 503})

    def test_signed_calls_and_telestream(self):
        with LocalCloud("a secret", flags=["--polls", "1"]) as cloud:
            self.assertEqual(cloud.client().upload(b"signed").get_content(), b"signed")
            with self.assertRaises(ferry.HTTPError):
                cloud.client(security=None).upload(b"not signed")
            factory = cloud.telestream().get_resource("flip").factories.all()[0]
            factory.upload_session(self.file(b"film" * 1000, "a.mp4"), profiles="h264").start()
            (session,) = cloud.sessions()
            self.assertEqual(session["files"][0]["size"], 4000)
            cloud.forget_sessions(session["id"])
            cloud.forget_sessions()
            self.assertEqual(cloud.sessions(), [])

    def test_webhooks(self):
        with LocalCloud() as cloud:
            cloud.set(webhook_url=start_world(), webhook_secret="S")
            self.assertTrue(cloud.settings()["webhook_url"])
            cloud.client().upload(b"some bytes")
            headers, body = World.posted.get(timeout=10)
            ferry.verify_webhook("S", body, headers)
            self.assertEqual([it["action"] for it in cloud.webhooks()], ["fp.upload"])
            cloud.forget_webhooks()
            self.assertEqual(cloud.webhooks(), [])

    def test_what_is_wrong_is_told(self):
        with LocalCloud() as cloud:
            with self.assertRaisesRegex(ValueError, "refuses PUT faults: .*no_such_action"):
                cloud.set_faults([{"class": "put", "action": {"no_such_action": 1}}])
            with self.assertRaisesRegex(ValueError, "refuses DELETE uploads/x: .*uploads has no x"):
                cloud.forget_uploads("x")
        with self.assertRaisesRegex(RuntimeError, "did not say that it is ready: .*--no-such-flag"):
            LocalCloud(flags=["--no-such-flag"])
        how = "'/no/such': install the local cloud with `cargo install .*` .* FERRY_LOCALCLOUD"
        with self.assertRaisesRegex(FileNotFoundError, how):
            LocalCloud(program="/no/such")
        nowhere = {"PATH": str(self.folder), "FERRY_LOCALCLOUD": ""}
        with mock.patch.dict(os.environ, nowhere):
            with self.assertRaisesRegex(FileNotFoundError, "'localcloud'"):
                LocalCloud()
            (self.folder / "localcloud").symlink_to(PROGRAM)
            LocalCloud().close()

    def test_importing_it_does_not_import_pytest(self):
        program = "import ferry.testing, sys; assert 'pytest' not in sys.modules"
        subprocess.run([sys.executable, "-B", "-c", program], check=True)

    def test_pytest_has_a_fresh_one_for_each_test(self):
        (self.folder / "conftest.py").write_text('pytest_plugins = ["ferry.testing"]\n')
        test = (
            "import pytest\n"
            "@pytest.mark.parametrize('time', [1, 2])\n"
            "def test_upload(ferry_cloud, time):\n"
            "    assert ferry_cloud.files() == []\n"
            "    ferry_cloud.client().upload(b'some bytes')\n"
            "    assert len(ferry_cloud.files()) == 1\n"
        )
        (self.folder / "test_it.py").write_text(test)
        command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=self.folder, text=True, capture_output=True, check=False)
        self.assertIn("2 passed", done.stdout, done.stderr)


if __name__ == "__main__":
    main()
