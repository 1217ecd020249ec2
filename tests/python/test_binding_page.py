"""The programs in bindings/python/README.md run as they stand there, each in a process and a folder of its
own.

Run by tests/python_binding.rs, with FERRY_TEST_PAGE and a cloud whose keys are those of the page.
"""

import os
import re
import subprocess
import sys

from pictures import PICTURE
from test_binding_support import CLOUD, CloudTest, main, noise

with open(os.environ["FERRY_TEST_PAGE"], encoding="utf-8") as page:
    TEXT = page.read()
PROGRAMS = re.findall(r"^## ([^\n]*)$|^```python\n(.*?)^```$", "## First lines\n" + TEXT, re.M | re.S)


def programs(title):
    """The programs under a heading, in order."""
    found, under = [], None
    for heading, program in PROGRAMS:
        under = heading or under
        if program and under == title:
            found.append(program)
    return found


class PageTest(CloudTest):
    def run_program(self, program, said=""):
        """What it prints; to standard error it writes what that expression says, from start to end."""
        (self.folder / "photo.jpg").write_bytes(PICTURE)
        (self.folder / "movie.mp4").write_bytes(noise(6 << 20))
        (self.folder / "pictures").mkdir(exist_ok=True)
        for index in range(3):
            (self.folder / "pictures" / f"{index}.jpg").write_bytes(PICTURE + bytes(index + 1))
        command = [sys.executable, "-B", "-W", "error", "-c", program]
        environment = {**os.environ, "FILESTACK_URL": CLOUD, "TELESTREAM_URL": CLOUD}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, text=True, capture_output=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, rf"\A(?:{said})\Z")
        return done.stdout

    def test_each_program_is_tested_here(self):
        titles = [heading for heading, _ in PROGRAMS if heading]
        counted = {title: len(programs(title)) for title in titles if programs(title)}
        one_each = (
            "First lines",
            "Stop a call",
            "Workers and fleets",
            "asyncio",
            "Read a stored file",
            "Sign",
            "Send any request",
            "Receive webhooks",
            "Encode a video",
            "Connect",
            "See what happens",
        )
        expected = {
            "Upload with progress": 2,
            "Upload many files": 2,
            "Uploads that outlive their process": 2,
            "Transform": 2,
            "Test your own program": 2,
            **dict.fromkeys(one_each, 1),
        }
        self.assertEqual(counted, expected)

    def test_the_first_lines(self):
        (program,) = programs("First lines")
        self.assertLessEqual(program.count("\n"), 6)
        self.assertRegex(self.run_program(program), rf"^{CLOUD}/\w+ b'Hello from Ferry'\n$")

    def test_uploads(self):
        with_progress, prepared = programs("Upload with progress")
        self.assertRegex(self.run_program(with_progress), rf"(?s)100 %, .*\n\S{{20}} {len(PICTURE)}\n$")
        self.assertRegex(self.run_program(prepared), rf"^paused\n{CLOUD}/\S+\n$")

    def test_many_files(self):
        whole, prepared = programs("Upload many files")
        said = self.run_program(whole).splitlines()
        self.assertEqual(sorted(said[:3]), [f"{index}.jpg is stored" for index in range(3)])
        self.assertRegex(said[3], rf"^\['{CLOUD}/\S+', '{CLOUD}/\S+', '{CLOUD}/\S+'\]$")
        (self.folder / "pictures" / "3.jpg").write_bytes(b"")
        said = self.run_program(whole)
        self.assertRegex(said, r"(?s)3\.jpg failed\n.*pictures/3\.jpg \S*3\.jpg.* is empty")
        self.assertEqual(said.count("<Filelink "), 3, said)
        self.assertEqual(self.run_program(prepared), "paused [None, None]\ncover.jpg movie.mp4\n")

    def test_uploads_that_outlive_their_process(self):
        journal, token = programs("Uploads that outlive their process")
        self.assertEqual(self.run_program(journal), "0 removed\n")
        self.assertRegex(self.run_program(token), rf"^{CLOUD}/\S+\n$")

    def test_workers(self):
        (program,) = programs("Workers and fleets")
        self.assertEqual(self.run_program(program), "[b'one', b'two']\n")

    def test_asyncio(self):
        (program,) = programs("asyncio")
        self.assertEqual(self.run_program(program), f"{len(PICTURE)} b'two'\n")

    def test_reading(self):
        (program,) = programs("Read a stored file")
        self.assertEqual(self.run_program(program), f"{PICTURE[:4]}\n{len(PICTURE)}\n")

    def test_a_call_that_is_stopped(self):
        (program,) = programs("Stop a call")
        self.assertEqual(self.run_program(program), "stopped True\n")

    def test_any_request(self):
        (program,) = programs("Send any request")
        self.assertEqual(self.run_program(program), f"200 application/json {{'size': {len(PICTURE)}}}\n")

    def test_connections(self):
        (program,) = programs("Connect")
        self.assertEqual(self.run_program(program), "b'through it'\n")

    def test_events(self):
        (program,) = programs("See what happens")
        lines = [rf"connection start {CLOUD} [\d.]+ ms"]
        for step in ("start POST", "upload part 1 POST", "put part 1 PUT", "complete POST"):
            lines.append(rf"attempt {step} {CLOUD}/\S+ HTTP 200 [\d.]+ ms")
        said = "".join(f"DEBUG:ferry:{line}\n" for line in lines)
        self.assertEqual(self.run_program(program, said), "")

    def test_tests_of_ones_own(self):
        alone, with_pytest = programs("Test your own program")
        self.assertEqual(self.run_program(alone), "[503, 200] 1\n[('a.txt', 10)]\n")
        (self.folder / "conftest.py").write_text('pytest_plugins = ["ferry.testing"]\n')
        (self.folder / "test_it.py").write_text(with_pytest)
        command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=self.folder, text=True, capture_output=True, check=False)
        self.assertIn("1 passed", done.stdout, done.stderr)

    def test_no_line_of_the_page_is_longer_than_110_characters(self):
        self.assertEqual([line for line in TEXT.splitlines() if len(line) > 110], [])

    def test_transformations(self):
        picture, movie = programs("Transform")
        self.assertRegex(
            self.run_program(picture), rf"^{CLOUD}/resize=\S+/rotate=deg:90/\S{{20}}\n\S{{20}} {{'auto'"
        )
        self.assertTrue((self.folder / "small.jpg").exists())
        self.assertRegex(self.run_program(movie), rf"^{CLOUD}/\S{{20}}\n$")

    def test_signatures(self):
        (program,) = programs("Sign")
        self.assertRegex(self.run_program(program), rf"^{CLOUD}/security=p:\S+,s:\w{{64}}/\S{{20}}\n$")

    def test_webhooks(self):
        (program,) = programs("Receive webhooks")
        # A receiver serves for ever, and so does not close its socket.
        said = r'127\.0\.0\.1 - - \[.+\] "POST / HTTP/1\.1" 204 -\n'
        said += r"(?:Exception ignored in: <socket.+\nResourceWarning: unclosed <socket.+\n)?"
        self.assertEqual(self.run_program(program, said), "fp.upload {'filename': 'a.jpg'}\n")

    def test_videos(self):
        (program,) = programs("Encode a video")
        self.assertRegex(self.run_program(program), r"^h264 success \[.+\]\n$")


if __name__ == "__main__":
    main()
