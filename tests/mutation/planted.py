"""Whether the simulation, torture, crash and soak find faults that are planted in the library.

All are compiled into one library, as the mutants of run.py are, and woken one after another. Then the
simulation runs until a world goes wrong, or the test that has to find the fault runs as `make test` runs it. A
fault that nothing shows is one that nobody would find, either, if somebody made it by mistake.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from run import ROOT, Tree, first, run

FIRST = 1_000_000
#: How many worlds each fault has, and how many seconds.
WORLDS = 6000
LIMIT = 360.0


@dataclass(frozen=True)
class Check:
    """What has to find a fault: a test of a program, with so much in its environment."""

    program: str
    test: str
    env: tuple[tuple[str, str], ...] = ()


SIMULATION = Check("simulation", "uploads_keep")


@dataclass(frozen=True)
class Fault:
    #: What the library does with it.
    what: str
    file: str
    old: str
    #: In place of `old`; ON is whether the fault is awake.
    new: str
    by: Check = SIMULATION


SOAK = Check("soak", "nothing_grows_and_every_outcome_is_right")


def torture(scenario: str) -> Check:
    env = (("FERRY_TORTURE_SCENARIO", scenario), ("FERRY_TORTURE_SAMPLES", "100"))
    return Check("torture", "every_call_ends_well_or_in_a_status", env)


def crash(test: str) -> Check:
    return Check("crash", test)


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
    Fault(
        "an upload whose thread did not start counts as started", "src/ffi/started.rs",
        "let thread = thread::spawn(work)?;",
        "let thread = thread::spawn(work).inspect_err(|_| if ON {"
        " let (errands, service) = (Arc::clone(&errands), Arc::clone(&self.upload));"
        " *slot = Some(Started { errands, service, thread: None }); })?;",
        torture("upload_started"),
    ),
    Fault(
        "a look-up whose thread did not start is waited for", "src/http/resolver.rs",
        "        thread::spawn(move || {\n            let answer",
        "        if ON { names.asked.insert(host.to_owned(), Arc::clone(&look_up)); }\n"
        "        thread::spawn(move || {\n            let answer",
        torture("film"),
    ),
    Fault(
        "an error of the system has no number", "src/http/failure.rs",
        "let own = Error::new(ErrorKind::Network, system_text(error)).with_cause(error);",
        "let own = Error::new(ErrorKind::Network, system_text(error));\n"
        "    let own = if ON { own } else { own.with_cause(error) };",
        torture("upload_single"),
    ),
    Fault(
        "nobody asks whether there is memory for a thread", "src/thread.rs",
        "memory::room(STACK_SIZE >> 5, \"a thread\")",
        "if ON { Ok(()) } else { memory::room(STACK_SIZE >> 5, \"a thread\") }",
        torture("upload_parts"),
    ),
    Fault(
        "what was taken from the reserve stays taken", "src/ffi/allocator.rs",
        "        let count = size.div_ceil(UNIT);\n        self.with_used",
        "        if ON { return; }\n        let count = size.div_ceil(UNIT);\n        self.with_used",
        torture("clients"),
    ),
    Fault(
        "a wait that a signal ends is an error", "src/sys/wait.rs",
        "if error.kind() != io", "if ON || error.kind() != io", torture("upload_file"),
    ),
    Fault(
        "a TLS handshake that fails panics", "src/http/tls.rs",
        "            Err(error) => return Err(error),\n        }\n    }\n    Ok(())",
        "            Err(_) if ON => panic!(\"planted\"),\n"
        "            Err(error) => return Err(error),\n        }\n    }\n    Ok(())",
        torture("upload_over_tls"),
    ),
    Fault(
        "a socket that does not connect stays open", "src/sys/unix/socket.rs",
        "Err(error) => Err(error.into()),\n        }\n    }\n\n    /// Takes over",
        "Err(error) => {\n                if ON { std::mem::forget(socket); }\n"
        "                Err(error.into())\n            }\n        }\n    }\n\n    /// Takes over",
        torture("upload_file"),
    ),
    Fault(
        "a service that begins anew counts as none", "src/http/connector.rs",
        "error.nobody_listens() && is_new;", "error.nobody_listens() && (ON || is_new);",
        crash("service_at_random"),
    ),
    Fault(
        "the torn end of a journal stays", JOURNAL,
        "if end < bytes.len() {", "if !ON && end < bytes.len() {", crash("client_after_a_write"),
    ),
    Fault(
        "a journal that another process holds is taken", "src/sys/unix/private.rs",
        "        Err(TryLockError::WouldBlock) => Hold::Taken,",
        "        Err(TryLockError::WouldBlock) if ON => Hold::Own(file),\n"
        "        Err(TryLockError::WouldBlock) => Hold::Taken,",
        crash("three_at_once"),
    ),
    Fault(
        "the journal of a stored file stays", JOURNAL,
        "let _ = std::fs::remove_file(&self.path);",
        "if !ON { let _ = std::fs::remove_file(&self.path); }", crash("client_at_random"),
    ),
    Fault(
        "what a journal says is not taken up", "src/transfer/checkpoint/mod.rs",
        "Some(found) if state.known", "Some(found) if !ON && state.known", crash("client_at_random"),
    ),
    Fault(
        "the video of an upload is not kept", "src/telestream/upload.rs",
        "Record::Done(video)", "Record::Done(if ON { Value::Null } else { video })", SOAK,
    ),
    Fault(
        "a session that was cancelled is not deleted", "src/telestream/upload.rs",
        "if !self.lifecycle.control().is_cancelled() {",
        "if ON || !self.lifecycle.control().is_cancelled() {", SOAK,
    ),
    Fault(
        "64 bytes of each upload are lost", "src/transfer/checkpoint/mod.rs",
        "        Checkpoint { key, state: Mutex",
        "        if ON { std::hint::black_box(vec![0_u8; 64].leak()); }\n        Checkpoint { key, state: Mutex", SOAK,
    ),
    Fault(
        "a descriptor of each journal is lost", JOURNAL,
        "sys::private::release(&self.file);",
        "sys::private::release(&self.file);\n        if ON { std::mem::forget(self.file.try_clone()); }", SOAK,
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
        [simulation, "--nocapture", SIMULATION.test], cwd=ROOT, text=True, errors="replace", start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, "FERRY_MUTANT": str(number), "FERRY_SIMULATION_FIRST": str(FIRST),
             "FERRY_SIMULATION_SEEDS": str(worlds)},
    )  # fmt: skip
    assert process.stderr
    return first(process, wrong(process.stderr), LIMIT)[0]


class Judges:
    """The programs that have to find the faults."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        names = sorted({fault.by.program for fault in FAULTS})
        programs = tree.build(*(word for name in names for word in ("--test", name)))
        self.programs = {Path(it).stem.rpartition("-")[0]: it for it in programs}

    def found(self, number: int, by: Check) -> str | None:
        """What a check tells of a fault; of none with the number 0."""
        program = self.programs[by.program]
        if by is SIMULATION:
            found = search(program, number, WORLDS if number else 100)
            return found and f"world {found[0]}: {found[1]}"
        return run(program, [by.test], self.tree.place, LIMIT, FERRY_MUTANT=str(number), **dict(by.env))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cargo", default="cargo")
    parser.add_argument("--by", default="", help="only the faults that this program has to find")
    parser.add_argument("target", type=Path, help="where to work")
    arguments = parser.parse_args()

    tree = Tree(arguments.target / "tree", arguments.cargo)
    tree.lay()
    plant(tree)
    judges = Judges(tree)
    tree.build_cloud()
    wanted = [(number, it) for number, it in enumerate(FAULTS, 1) if arguments.by in it.by.program]
    for by in {fault.by for _, fault in wanted}:
        if found := judges.found(0, by):
            sys.exit(f"{by.program} fails without a fault: {found}")
    missed = 0
    for number, fault in wanted:
        found = judges.found(number, fault.by)
        missed += not found
        print(f"{number}/{len(FAULTS)} {fault.what}: {fault.by.program}: {found or 'NOT FOUND'}", flush=True)
    by_program = Counter(fault.by.program for _, fault in wanted)
    shares = ", ".join(f"{count} by {program}" for program, count in by_program.items())
    print(f"trust: planted: {len(wanted) - missed} of {len(wanted)} faults found; to be found: {shares}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
