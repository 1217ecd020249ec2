"""How many mutants of the library the tests catch: a seeded sample of those of cargo-mutants.

All mutants of the sample are compiled into one library (weave.py). Each test of the fast suites runs once alone
and tells which mutants it reaches; then the mutants are woken one after another, each before the tests that reach
it, the shortest first. One is caught if a test fails, or does not end, that passes without it. Those that survive
are compared with survivors.txt, which says why each is none that a test could catch, or which test is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from weave import MODULE, Mutant, Weaver, offset

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]

#: Where mutants are made (cargo-mutants globs).
MULTIPART = ("upload", "completion", "parts", "request", "security")
FILES = [
    "src/transfer/**",
    "src/http/**",
    *(f"src/filestack/{noun}{rest}" for noun in MULTIPART for rest in (".rs", "/**")),
    *(f"src/telestream/{noun}.rs" for noun in ("parts", "ranges", "session", "signing", "clock")),
]

#: Beside the library's own tests.
SUITES = ["transfer", "http", "filestack", "durable", "download", "telestream", "faults", "vectors"]

#: Tests that run in one process, in seconds.
BATCH = 5.0

#: The share that has to be caught, of so many mutants or more: of fewer it says little.
GOAL = 0.95
GOAL_FROM = 300


@dataclass
class Test:
    program: str
    name: str
    seconds: float
    #: The numbers of the mutants that it comes by.
    reached: set[int]


class Tree:
    """A copy of the project, which gets the mutants."""

    def __init__(self, place: Path, cargo: str) -> None:
        self.place = place
        self.cargo = cargo
        self.target = place.parent / "target"
        self.env = {**os.environ, "CARGO_TARGET_DIR": str(self.target)}

    def lay(self) -> None:
        """Brings the files here; those that are the same keep their times, for cargo."""
        listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
        wanted = {name for name in listed if name and (ROOT / name).is_file()}
        for name in wanted:
            self.write(name, (ROOT / name).read_bytes())
            shutil.copymode(ROOT / name, self.place / name)
        for path in self.place.rglob("*"):
            if path.is_file() and str(path.relative_to(self.place)) not in wanted:
                path.unlink()

    def write(self, name: str, data: bytes) -> None:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)

    def mutants(self) -> list[Mutant]:
        command = [self.cargo, "mutants", "--list", "--json", "--package", "libferry"]
        # What Debug says is for nobody to rely on.
        command += ["--exclude-re", "impl fmt::Debug", "--exclude-re", "impl Debug"]
        for glob in FILES:
            command += ["--file", glob]
        listed = json.loads(subprocess.check_output(command, cwd=self.place, text=True))
        texts: dict[str, str] = {}
        found = []
        for entry in listed:
            file = entry["file"]
            text = texts.setdefault(file, (self.place / file).read_text())
            span = entry["span"]
            begin, end = (offset(text, it["line"], it["column"]) for it in (span["start"], span["end"]))
            name = re.sub(r":\d+:\d+:", ":", entry["name"], count=1)
            found.append(Mutant(0, file, entry["genre"], begin, end, entry["replacement"], name))
        return found

    def weave(self, mutants: Iterable[Mutant]) -> set[int]:
        """Puts the mutants into the sources; the numbers of those for which there is a way."""
        woven = set()
        by_file: dict[str, list[Mutant]] = {}
        for mutant in mutants:
            by_file.setdefault(mutant.file, []).append(mutant)
        for file in {*by_file, *self.touched()}:
            source = (ROOT / file).read_bytes()
            weaver = Weaver(source, by_file.get(file, ()))
            self.write(file, weaver.text())
            woven |= weaver.woven
        self.add_module()
        return woven

    def add_module(self) -> None:
        """What the mutants ask whether they are awake."""
        self.write("src/lib.rs", (ROOT / "src/lib.rs").read_bytes() + MODULE.encode())

    def touched(self) -> Iterator[str]:
        for path in (self.place / "src").rglob("*.rs"):
            if b"crate::mutant::is(" in path.read_bytes():
                yield str(path.relative_to(self.place))

    def messages(self, *arguments: str) -> tuple[list[dict[str, Any]], bool]:
        """What cargo says, and whether it succeeds."""
        command = [self.cargo, *arguments, "--package", "libferry", "--message-format", "json"]
        run = subprocess.run(command, cwd=self.place, env=self.env, text=True, stdout=subprocess.PIPE)
        return [json.loads(line) for line in run.stdout.splitlines()], run.returncode == 0

    def unviable(self) -> set[int]:
        """The numbers of the mutants that do not compile."""
        messages, succeeds = self.messages("check", "--lib")
        errors = [it["message"] for it in messages if it["reason"] == "compiler-message"]
        errors = [it for it in errors if it["level"] == "error"]
        bad: set[int] = set()
        for error in errors:
            near = set().union(*map(self.near, error["spans"]))
            bad |= near or set().union(*map(self.next, error["spans"]))
        if not succeeds and not bad:
            sys.exit("the library does not compile, and no mutant is why:\n" + "".join(it["rendered"] for it in errors))
        return bad

    def build(self, *targets: str) -> list[str]:
        """The programs of the tests."""
        messages, succeeds = self.messages("test", "--no-run", *targets)
        if not succeeds:
            told = (it["message"]["rendered"] for it in messages if it["reason"] == "compiler-message")
            sys.exit("the tests do not compile:\n" + "".join(told))
        made = [it for it in messages if it["reason"] == "compiler-artifact" and it["executable"]]
        return [it["executable"] for it in made if it["profile"]["test"]]

    def build_cloud(self) -> None:
        """The program that some tests start."""
        command = [self.cargo, "build", "--quiet", "--package", "localcloud"]
        subprocess.run(command, cwd=self.place, env=self.env, check=True)

    def near(self, span: dict[str, Any]) -> set[int]:
        """The mutants of the expression that an error is about, or else of its lines."""
        path = self.place / span["file_name"]
        if not path.is_file():
            return set()
        source = path.read_bytes()
        begin, end = span["byte_start"], span["byte_end"]
        line = source.rfind(b"\n", 0, begin) + 1, (source.find(b"\n", end) + 1) or len(source)
        for text in (source[max(0, begin - 40) : end], source[line[0] : line[1]]):
            numbers = {int(it) for it in re.findall(rb"mutant::is\((\d+)\)", text)}
            if numbers:
                return numbers
        return set()

    def next(self, span: dict[str, Any]) -> set[int]:
        """The mutant that comes next: of a match that lacks an arm the compiler shows the head."""
        path = self.place / span["file_name"]
        found = re.search(rb"mutant::is\((\d+)\)", path.read_bytes()[span["byte_end"] :]) if path.is_file() else None
        return {int(found[1])} if found else set()


FAILED = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. FAILED")


def run(program: str, tests: Iterable[str], place: Path, limit: float, **env: str) -> str | None:
    """What failed, or None. `limit` is in seconds."""
    # What is killed leaves its files.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return run_in(folder, program, tests, place, limit, env)


def run_in(
    folder: str, program: str, tests: Iterable[str], place: Path, limit: float, env: dict[str, str]
) -> str | None:
    # A test is not to be slowed down by its own messages.
    process = subprocess.Popen(
        [program, "--exact", *tests], cwd=place, text=True, errors="replace", stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "RUST_BACKTRACE": "0", "TMPDIR": folder, **env},
    )  # fmt: skip
    assert process.stdout
    failures = (found[1] for found in map(FAILED.match, process.stdout) if found)
    failed, is_late = first(process, failures, limit)
    if failed:
        return failed
    if is_late:
        return "(it does not end)"
    return None if process.returncode == 0 else f"(it ends with status {process.returncode})"


def first(process: subprocess.Popen[str], told: Iterator[T], limit: float) -> tuple[T | None, bool]:
    """The first thing that a process tells. It is killed then, or after `limit` seconds: whether it was late."""
    late = threading.Event()

    def end() -> None:
        late.set()
        os.killpg(process.pid, 9)

    timer = threading.Timer(limit, end)
    timer.start()
    found = next(told, None)
    if found is not None:
        os.killpg(process.pid, 9)
    process.wait()
    timer.cancel()
    return found, late.is_set()


def measured(program: str, name: str, place: Path) -> Test:
    with tempfile.NamedTemporaryFile("r") as told:
        begin = time.monotonic()
        if failed := run(program, [name], place, 600, FERRY_MUTANTS_REACHED=told.name):
            sys.exit(f"{name} fails without a mutant: {failed}")
        return Test(program, name, time.monotonic() - begin, {int(line) for line in told})


def names(program: str, place: Path) -> list[str]:
    listed = subprocess.check_output([program, "--list", "--format", "terse"], cwd=place, text=True)
    return re.findall(r"^(\S+)(?: - should panic)?: test$", listed, re.MULTILINE)


def batches(tests: list[Test]) -> Iterator[list[Test]]:
    """The shortest first; what runs in one process."""
    waiting: dict[str, list[Test]] = {}
    total = 0.0
    for test in sorted(tests, key=lambda it: it.seconds):
        waiting.setdefault(test.program, []).append(test)
        total += test.seconds
        if total >= BATCH:
            yield from waiting.values()
            waiting, total = {}, 0.0
    yield from waiting.values()


def judge(mutant: Mutant, tests: list[Test], place: Path) -> str | None:
    """The test that catches it, or None."""
    for batch in batches([it for it in tests if mutant.number in it.reached]):
        program = batch[0].program
        chosen = [it.name for it in batch]
        limit = max(30, 6 * sum(it.seconds for it in batch))
        for _ in range(2):
            failed = run(program, chosen, place, limit, FERRY_MUTANT=str(mutant.number))
            if failed is None:
                break
            # A test that fails without the mutant, too, says nothing.
            again = chosen if failed.startswith("(") else [failed]
            if run(program, again, place, limit) is None:
                return f"{Path(program).stem.rpartition('-')[0]}: {failed}"
    return None


def chosen(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """All mutants in an order that follows from the seed, numbered from 1. What changes elsewhere in the library
    does not change the place of one."""
    same: Counter[str] = Counter()
    places = []
    for mutant in sorted(mutants, key=lambda it: (it.file, it.begin, it.name)):
        same[mutant.name] += 1
        place = f"{seed} {mutant.name} {same[mutant.name]}"
        places.append((hashlib.sha256(place.encode()).digest(), mutant))
    mixed = [mutant for _, mutant in sorted(places, key=lambda it: it[0])]
    return [Mutant(n, it.file, it.genre, it.begin, it.end, it.replacement, it.name) for n, it in enumerate(mixed, 1)]


def excused() -> Counter[str]:
    """The survivors that are known: of each name as many as survivors.txt has lines."""
    known: Counter[str] = Counter()
    for line in (ROOT / "tests/mutation/survivors.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            known[line.partition(" ## ")[0].strip()] += 1
    return known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: %(default)s)")
    # Tests wait more than they compute.
    jobs = 3 * (os.cpu_count() or 1)
    parser.add_argument("--jobs", type=int, default=jobs, help="processes at once (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=55, help="when no more are begun (default: %(default)s)")
    parser.add_argument("--cargo", default="cargo")
    parser.add_argument("target", type=Path, help="where to work")
    arguments = parser.parse_args()

    tree = Tree(arguments.target / "tree", arguments.cargo)
    tree.lay()
    all_mutants = chosen(tree.mutants(), arguments.seed)
    # More than are wanted, for some will not compile.
    candidates = all_mutants[: 2 * arguments.sample]
    unviable: set[int] = set()
    woven = tree.weave(candidates)
    while bad := tree.unviable():
        unviable |= bad
        woven = tree.weave(it for it in candidates if it.number not in unviable)
    sample = [it for it in candidates if it.number in woven][: arguments.sample]
    tree.weave(sample)
    print(f"{len(sample)} of {len(all_mutants)} mutants are compiled", flush=True)
    programs = tree.build("--lib", *(word for name in SUITES for word in ("--test", name)))
    with ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [pool.submit(measured, it, name, tree.place) for it in programs for name in names(it, tree.place)]
        tests = [it.result() for it in runs]
    print(f"{len(tests)} tests: {sum(it.seconds for it in tests):.0f} s", flush=True)

    end = time.monotonic() + arguments.minutes * 60
    told: dict[int, str | None] = {}

    def work(mutant: Mutant) -> None:
        if time.monotonic() > end:
            return
        told[mutant.number] = judge(mutant, tests, tree.place)
        verdict = told[mutant.number] or "SURVIVES"
        print(f"{len(told)}/{len(sample)} {mutant.number}: {mutant.name}: {verdict}", flush=True)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(work, sample))

    known = excused()
    survivors = [it for it in sample if it.number in told and told[it.number] is None]
    new = list((Counter(it.name for it in survivors) - known).elements())
    report = arguments.target / "report.txt"
    report.write_text("".join(f"{it.name}: {told[it.number] or 'SURVIVES'}\n" for it in sample if it.number in told))
    caught = len(told) - len(survivors)
    no_way = len([it for it in candidates if it.number not in woven | unviable])
    ways = f"of {len(candidates)} drawn {len(unviable)} did not compile, and {no_way} could not be put in"
    print(f"trust: mutation: {caught} of {len(told)} caught ({100 * caught / max(1, len(told)):.1f} %), "
          f"seed {arguments.seed}; {ways}")  # fmt: skip
    for name in new:
        print(f"nobody has said why it survives: {name}")
    if len(told) < len(sample):
        print(f"the time ended: {len(sample) - len(told)} of {len(sample)} mutants were not tried")
    few = len(sample) >= GOAL_FROM and caught < GOAL * len(told)
    if few:
        print(f"fewer than {100 * GOAL:.0f} % are caught")
    sys.exit(1 if new or few or not told or len(told) < len(sample) else 0)


if __name__ == "__main__":
    main()
