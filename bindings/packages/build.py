"""Makes the packages of these targets, or of all, in target/packages: an archive with all that `make install`
installs, a wheel, and for Debian's architectures two .deb. Called by `make packages`.

    build.py FOLDER [TRIPLE...]
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import archive
import components
import debian
import toolchain
from recipes import fill
from targets import Target, chosen

BACKEND = "import sys, backend; print(backend.build_wheel(sys.argv[1]))"


class Failed(Exception):
    """One target fails; the others are made."""


def install(target: Target, build: Path, stage: Path, *places: str) -> None:
    """Runs `make install` below `stage`."""
    shutil.rmtree(stage, ignore_errors=True)
    run = subprocess.run(
        ["make", "--silent", "install", *toolchain.words(target), f"DESTDIR={stage}", *places],
        cwd=toolchain.ROOT,
        env=toolchain.environment(target, build),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    (build / "log").write_text(run.stdout, encoding="utf-8")
    if run.returncode != 0:
        raise Failed(f"it does not compile; {build / 'log'} ends:\n{run.stdout[-3000:]}")


def pack(target: Target, work: Path, folder: Path) -> list[Path]:
    build = work / target.triple
    build.mkdir(parents=True, exist_ok=True)
    stage = build / "stage"
    # Where it will lie is not known: each file finds the others by its own place.
    install(target, build, stage, "PREFIX=/ferry", "PC_PREFIX=$${pcfiledir}/../..")
    installed = stage / f"libferry-{toolchain.version()}-{target.triple}"
    (stage / "ferry").rename(installed)
    for licence in toolchain.ROOT.glob("LICENSE-*"):
        shutil.copyfile(licence, installed / licence.name)
    (installed / "THIRD-PARTY.txt").write_text(components.third_party(target), encoding="utf-8")
    (installed / "sbom.cdx.json").write_text(components.sbom(target), encoding="utf-8")
    ending = "zip" if target.system == "windows" else "tar.gz"
    made = [folder / f"{installed.name}.{ending}"]
    text = (toolchain.HERE / "unpacked.md").read_text(encoding="utf-8")
    known = {"VERSION": toolchain.version(), "TRIPLE": target.triple, "HOME": toolchain.home()}
    (installed / "README.md").write_text(fill(text, known), encoding="utf-8")
    page = installed / "share/man/man3/ferry.3"
    page.write_text(page.read_text(encoding="utf-8").replace(".I /ferry/", ".I "), encoding="utf-8")
    archive.pack(installed, made[0], toolchain.epoch())
    made.append(wheel(target, build, folder, installed))
    if target.has_deb and shutil.which("dpkg-deb"):
        stage = build / "debian"
        libraries = f"LIBDIR=/usr/lib/{target.multiarch}"
        install(target, build, stage, "PREFIX=/usr", libraries, "DOCDIR=/usr/share/doc/libferry-dev")
        made += debian.pack(stage, target, folder)
    return made


def wheel(target: Target, build: Path, folder: Path, installed: Path) -> Path:
    library = build / "ferry" / target.triple / target.library
    inside = {
        "FERRY_LIBRARY": str(library),
        "FERRY_THIRD_PARTY": str(installed / "THIRD-PARTY.txt"),
        "FERRY_SBOM": str(installed / "sbom.cdx.json"),
    }
    name = toolchain.output(
        sys.executable, "-c", BACKEND, str(folder),
        cwd=toolchain.ROOT / "bindings/python", env=os.environ | inside,
    )  # fmt: skip
    if not name.endswith(f"-py3-none-{target.wheel}.whl"):
        raise Failed(f"its wheel is called {name}, not for {target.wheel}")
    return folder / name


def main(folder: Path, triples: list[str]) -> None:
    targets = chosen(triples)
    work = folder / "work"
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*ferry*"), folder / "SHA256SUMS"]:
        old.unlink(missing_ok=True)

    # The folder of the registry has to be there when its name is replaced.
    toolchain.output(str(toolchain.BIN / "cargo"), "fetch", "--quiet", "--locked", cwd=toolchain.ROOT)
    failed = []

    def timed(target: Target) -> list[Path]:
        began = time.monotonic()
        try:
            made = pack(target, work, folder)
        except (Failed, OSError, subprocess.CalledProcessError) as error:
            failed.append(target.triple)
            print(f"{target.triple}: {error}", flush=True)
            return []
        print(f"{target.triple}: {time.monotonic() - began:.0f} s", flush=True)
        return made

    # The end of a build is one thread: two at a time.
    with ThreadPoolExecutor(2) as pool:
        made = sorted(path for paths in pool.map(timed, targets) for path in paths)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    # For `twice`: a commit since then would give the files another time.
    os.utime(folder / "SHA256SUMS", (toolchain.epoch(), toolchain.epoch()))
    for path in made:
        print(f"{path.stat().st_size:>10}  {path}")
    if failed:
        raise SystemExit(f"make packages: no packages for {' '.join(sorted(failed))}: see above")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
