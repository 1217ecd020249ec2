"""Whether the simulation finds faults that are planted in the library: one for each of its promises.

All are compiled into one library, as the mutants of run.py are, and woken one after another. Then the
simulation runs until a world goes wrong. A fault that no world shows is one that the simulation would not find,
either, if somebody made it by mistake.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from run import ROOT, Tree, first

FIRST = 1_000_000
#: How many worlds each fault has, and how many seconds.
WORLDS = 6000
LIMIT = 360.0


@dataclass(frozen=True)
class Fault:
    #: What the library does with it.
    what: str
    file: str
    old: str
    #: In place of `old`; ON is whether the fault is awake.
    new: str


JOURNAL = "src/transfer/checkpoint/journal.rs"
COMPLETION = "src/filestack/completion.rs"
PARTS = "src/filestack/parts.rs"
FLIP = "src/telestream/parts.rs"
RANGES = "src/telestream/ranges.rs"

FAULTS = [
    Fault(
        "a journal keeps nothing but its beginning", JOURNAL,
        "if self.is_broken() {\n            return;", "if ON || self.is_broken() {\n            return;",
    ),
    Fault(
        "the record of a completion is not synced", JOURNAL,
        "if is_vital || self", "if (is_vital && !ON) || self",
    ),
    Fault(
        "a journal that begins is not synced", JOURNAL,
        "        self.file.sync_all()?;\n",
        "        if ON { return Ok(()); }\n        self.file.sync_all()?;\n",
    ),
    Fault(
        "a completion is not recorded before it is sent", COMPLETION,
        "self.checkpoint.record(Record::Completing(true));\n        loop {",
        "if !ON { self.checkpoint.record(Record::Completing(true)); }\n        loop {",
    ),
    Fault(
        "an upload that may be stored is begun anew", COMPLETION,
        "is_over && self.checkpoint", "!ON && is_over && self.checkpoint",
    ),
    Fault("the ETag of a part is not compared", PARTS, "&& !is_proof(Some", "&& !ON && !is_proof(Some"),
    Fault(
        "a chunk that is stored is sent again", PARTS,
        "self.chunks(part.number).unwrap_or(0)", "self.chunks(part.number).filter(|_| !ON).unwrap_or(0)",
    ),
    Fault(
        "a file that changes is not noticed", "src/transfer/source.rs",
        "if now == file.identity {", "if ON || now == file.identity {",
    ),
    Fault(
        "what an earlier process has sent is not compared with the file", "src/transfer/checkpoint/mod.rs",
        "if !state.known.is_unverified {\n            return Vec",
        "if ON || !state.known.is_unverified {\n            return Vec",
    ),
    Fault(
        "a part that failed counts as sent", "src/transfer/queue.rs",
        "            Err(error) => {\n                drop(state);",
        "            Err(_) if ON => Ok(Worker::Stays),\n            Err(error) => {\n                drop(state);",
    ),
    Fault(
        "a pause is ignored", "src/transfer/context.rs",
        "self.control.check()?;", "if !ON { self.control.check()?; }",
    ),
    Fault(
        "a deadline is ignored", "src/http/bounds.rs",
        "Some(deadline) if Instant", "Some(deadline) if !ON && Instant",
    ),
    Fault(
        "a cancel is ignored", "src/http/bounds.rs",
        "            _ => Err(Error::cancelled()),\n        }\n    }\n\n    fn replace",
        "            _ if ON => Ok(()),\n            _ => Err(Error::cancelled()),\n        }\n    }\n\n    fn replace",
    ),
    Fault(
        "a download goes on with another version", "src/transfer/download/version.rs",
        "let is_same = said.etag", "let is_same = ON || said.etag",
    ),
    Fault(
        "a download is not synced before it gets its name", "src/transfer/download/target.rs",
        "draft.file().sync_all().and_then(", "(if ON { Ok(()) } else { draft.file().sync_all() }).and_then(",
    ),
    Fault(
        "the last part of a film is not recorded before it is sent", FLIP,
        "Ordering::Relaxed);\n            self.checkpoint.record(Record::Completing(true));",
        "Ordering::Relaxed);\n            if !ON { self.checkpoint.record(Record::Completing(true)); }",
    ),
    Fault(
        "the digest of a range is not synced before it is sent", RANGES,
        "        self.checkpoint.sync();\n", "        if !ON { self.checkpoint.sync(); }\n",
    ),
]  # fmt: skip


def plant(tree: Tree) -> None:
    texts: dict[str, str] = {}
    for number, fault in enumerate(FAULTS, 1):
        text = texts.get(fault.file) or (ROOT / fault.file).read_text()
        if text.count(fault.old) != 1:
            sys.exit(f"{fault.file}: {fault.old!r} is there {text.count(fault.old)} times: {fault.what}")
        new = re.sub(r"\bON\b", f"crate::mutant::is({number})", fault.new)
        texts[fault.file] = text.replace(fault.old, new)
    for file, text in texts.items():
        tree.write(file, text.encode())
    tree.add_module()


def wrong(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """The worlds that go wrong, counted from 1, and what goes wrong there: it stands in the line that follows."""
    for line in lines:
        if found := re.match(r"FERRY_SIMULATION_SEED=(\d+): (.*)", line):
            yield int(found[1]) - FIRST + 1, next(lines, "").strip() or found[2]


def search(simulation: str, number: int, worlds: int) -> tuple[int, str] | None:
    """The first world that goes wrong with a fault, and what goes wrong there."""
    process = subprocess.Popen(
        [simulation, "--nocapture", "uploads_keep"], cwd=ROOT, text=True, errors="replace", start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, "FERRY_MUTANT": str(number), "FERRY_SIMULATION_FIRST": str(FIRST),
             "FERRY_SIMULATION_SEEDS": str(worlds)},
    )  # fmt: skip
    assert process.stderr
    return first(process, wrong(process.stderr), LIMIT)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cargo", default="cargo")
    parser.add_argument("target", type=Path, help="where to work")
    arguments = parser.parse_args()

    tree = Tree(arguments.target / "tree", arguments.cargo)
    tree.lay()
    plant(tree)
    [simulation] = tree.build("--test", "simulation")
    if found := search(simulation, 0, 100):
        sys.exit(f"world {found[0]} goes wrong without a fault: {found[1]}")
    worlds = []
    for number, fault in enumerate(FAULTS, 1):
        found = search(simulation, number, WORLDS)
        worlds += [found[0]] if found else []
        told = f"world {found[0]}: {found[1]}" if found else "NOT FOUND"
        print(f"{number}/{len(FAULTS)} {fault.what}: {told}", flush=True)
    latest = max(worlds, default=0)
    print(f"trust: planted: {len(worlds)} of {len(FAULTS)} faults found, the last one in world {latest}")
    sys.exit(0 if len(worlds) == len(FAULTS) else 1)


if __name__ == "__main__":
    main()
