"""What a library says of itself: ELF, Mach-O or PE, as llvm-objdump and llvm-nm read it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from targets import Target


@dataclass(frozen=True)
class Artefact:
    name: str  # soname, install name, or the name in the table of exports
    needed: tuple[str, ...]
    oldest: str  # the oldest system that has what it needs
    exported: frozenset[str]
    size: int


def _read(tool: str, *words: str | Path) -> str:
    return subprocess.run([tool, *words], check=True, text=True, stdout=subprocess.PIPE).stdout


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"a library has no {pattern}")
    return found[1]


def read(library: Path, target: Target) -> Artefact:
    size = library.stat().st_size
    if target.system == "darwin":
        text = _read("llvm-objdump", "--macho", "--private-headers", library)
        names = re.findall(r"cmd (LC_ID_DYLIB|LC_LOAD_DYLIB)\n.*\n\s+name (\S+)", text)
        needed = tuple(name for kind, name in names if kind == "LC_LOAD_DYLIB")
        own = next(name for kind, name in names if kind == "LC_ID_DYLIB")
        oldest = "macOS " + _first(r"\bminos (\S+)", text)
        exported = _symbols(_read("llvm-nm", "--extern-only", "--defined-only", library), "_")
        return Artefact(own, needed, oldest, exported, size)
    text = _read("llvm-objdump", "-p", library)
    if target.system == "windows":
        needed = tuple(sorted(re.findall(r"DLL Name: (\S+)", text)))
        own = _first(r"DLL name: (\S+)", text)
        oldest = "Windows " + _first(r"MajorSubsystemVersion\s+(\d+)", text)
        exported = frozenset(re.findall(r"^\s+\d+\s+0x[0-9a-f]+\s+(\w+)$", text, re.MULTILINE))
        return Artefact(own, needed, oldest, exported, size)
    needed = tuple(re.findall(r"NEEDED\s+(\S+)", text))
    glibc = [tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", text)]
    oldest = "glibc " + ".".join(map(str, max(glibc))) if glibc else "musl 1.2"
    return Artefact(
        _first(r"SONAME\s+(\S+)", text), needed, oldest,
        _symbols(_read("llvm-nm", "--dynamic", "--defined-only", library), ""), size,
    )  # fmt: skip


def _symbols(text: str, prefix: str) -> frozenset[str]:
    return frozenset(line.split()[-1].removeprefix(prefix) for line in text.splitlines() if line.strip())
