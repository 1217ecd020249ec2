"""The example fleet.py: a scheduler and three workers on loopback, of which one is killed in the middle of a
file.

Run by tests/python_binding.rs.
"""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import distributed
import ferry
from test_binding_support import CLOUD, MIB, CloudTest, control, main, noise, requests_of

EXAMPLE = pathlib.Path(ferry.__file__).parents[1] / "examples/fleet.py"
PARTS = 6


def soon(look):
    """What is true in the end, within two minutes."""
    end = time.monotonic() + 120
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.05)
    return found


class FleetTest(CloudTest):
    def setUp(self):
        super().setUp()
        control("requests", method="DELETE")
        self.environment = {
            **os.environ,
            "DASK_TEMPORARY_DIRECTORY": str(self.folder / "dask"),
            # No small file waits at the worker that has the big one.
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
        }
        self.address_file = self.folder / "scheduler.json"
        self.start("scheduler", "--port", "0")
        self.address = soon(self.address_of_the_scheduler)
        options = "--nthreads", "1", "--no-nanny"
        self.workers = [self.start("worker", *options) for _ in range(3)]
        self.fleet = distributed.Client(self.address)
        self.addCleanup(self.fleet.close)
        self.fleet.wait_for_workers(3, timeout=120)

    def start(self, what, *options):
        """Starts a process of Dask, until the end of the test."""
        log = open(self.folder / "log", "ab")
        self.addCleanup(log.close)
        module = f"distributed.cli.dask_{what}"
        here = "--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"
        command = [sys.executable, "-B", "-m", module, *here, "--scheduler-file", self.address_file, *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def address_of_the_scheduler(self):
        try:
            return json.loads(self.address_file.read_text())["address"]
        except (OSError, ValueError):
            return None

    def example(self, paths):
        manifest, self.table = self.folder / "files.csv", self.folder / "stored.csv"
        manifest.write_text("\n".join(["path,note", *(f"{path},x" for path in paths)]))
        command = [sys.executable, "-B", EXAMPLE, manifest, self.table, "TESTKEY"]
        given = "--scheduler", self.address, "--base-url", CLOUD
        program = subprocess.Popen(
            [*command, *given], stderr=subprocess.PIPE, text=True, env=self.environment
        )
        self.addCleanup(program.communicate)
        self.addCleanup(program.kill)
        return program

    def rows(self, program):
        _, said = program.communicate(timeout=300)
        self.assertEqual(program.returncode, 0, said)
        with open(self.table, newline="", encoding="utf-8") as table:
            return {row["path"]: row for row in csv.DictReader(table)}

    def test_a_worker_that_is_killed_loses_nothing_that_is_confirmed(self):
        big = self.file(noise(PARTS * 5 * MIB), "big.bin")
        small = [noise(1000 + number) for number in range(8)]
        files = {self.file(data, f"{len(data)}.bin"): data for data in small}
        # However often the worker sends it, before it is killed.
        self.faults({"class": "put", "match": {"part": 3}, "action": {"stall_ms": 600_000}})
        program = self.example([big, *files])

        # All is stored but the third part of the big file, which is under way, and the scheduler knows.
        def kept():
            told = self.fleet.get_metadata(["ferry", big], default=None)
            return told and told["parts_done"] == PARTS - 1

        def holders():
            working = self.fleet.processing().items()
            return [worker for worker, keys in working for _ in keys]

        soon(kept)
        (holder,) = soon(lambda: len(found := holders()) == 1 and found)
        pid = self.fleet.run(os.getpid, workers=[holder])[holder]
        (worker,) = [it for it in self.workers if it.pid == pid]
        worker.send_signal(signal.SIGKILL)
        self.assertEqual(worker.wait(), -signal.SIGKILL)
        control("faults", method="DELETE")

        files[big] = noise(PARTS * 5 * MIB)
        rows = self.rows(program)
        self.assertEqual(set(rows), set(files))
        for path, row in rows.items():
            self.assertEqual(row["error"], "")
            self.assertTrue(self.client.filelink(row["handle"]).get_content() == files[path], path)
        # Nothing began twice, also no file whose result died with the worker; and only the part that was
        # under way was sent again.
        starts = requests_of("start")
        self.assertEqual(len(starts), len(files), starts)
        confirmed = [it["part"] for it in requests_of("put") if it["status"] == 200]
        self.assertEqual(sorted(confirmed), [1] * len(files) + [2, 3, 4, 5, 6])
        self.assertLessEqual({it["part"] for it in requests_of("put") if it["status"] != 200}, {3})

    def test_a_file_that_fails_does_not_stop_the_others(self):
        there, missing = self.file(), str(self.folder / "missing.bin")
        rows = self.rows(self.example([missing, there]))
        self.assertIn("missing.bin: No such file", rows[missing]["error"])
        self.assertEqual((rows[missing]["url"], rows[there]["error"]), ("", ""))


if __name__ == "__main__":
    main()
