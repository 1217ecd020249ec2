"""Packages for Debian and what comes from it: libferry0.1 with the shared library, libferry-dev with all
else.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

import components
import toolchain
from targets import GLIBC, Target

MAINTAINER = "Ferry <libferry@users.noreply.github.com>"
HOME = toolchain.home()


def soname(installed: Path) -> str:
    return next(path.name for path in installed.glob("libferry.so.*") if path.is_symlink())


def pack(installed: Path, target: Target, folder: Path) -> list[Path]:
    """Splits what was installed below `installed`/usr into the two packages."""
    version = f"{toolchain.version()}-1"
    libraries = Path("usr/lib") / target.multiarch
    name = soname(installed / libraries)
    runtime = f"libferry{name.removeprefix('libferry.so.')}"
    trees = {package: installed.with_name(package) for package in (runtime, "libferry-dev")}
    for tree in trees.values():
        shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(installed, trees["libferry-dev"], symlinks=True)
    for path in (installed / libraries).glob("libferry.so.*"):
        moved = trees[runtime] / libraries / path.name
        moved.parent.mkdir(parents=True, exist_ok=True)
        (trees["libferry-dev"] / libraries / path.name).rename(moved)
    for page in (trees["libferry-dev"] / "usr/share/man").rglob("*.3"):
        _compress(page.read_text(encoding="utf-8"), page.with_name(page.name + ".gz"))
        page.unlink()

    about = "Library that carries files to media clouds: Filestack and Telestream Cloud Flip"
    fields = {
        runtime: f"Section: libs\nDepends: libc6 (>= {GLIBC})\nDescription: {about}\n"
        " Uploads in parallel parts that go on after a crash and are proved to be whole,\n"
        " downloads, transformations, encodings. This package has the shared library.\n",
        "libferry-dev": f"Section: libdevel\nDepends: {runtime} (= {version}), libc6-dev | libc-dev\n"
        "Suggests: pkg-config\n"
        "Description: Development files of Ferry, which carries files to media clouds\n"
        " Headers for C and C++, the static library, files for pkg-config and CMake, and\n"
        " the manual.\n",
    }
    made = []
    for package, tree in trees.items():
        _documents(tree / "usr/share/doc" / package, package, version, target)
        control = tree / "DEBIAN"
        control.mkdir()
        size = sum(
            path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink()
        )
        (control / "control").write_text(
            f"Package: {package}\nSource: libferry\nVersion: {version}\nArchitecture: {target.debian}\n"
            f"Multi-Arch: same\nMaintainer: {MAINTAINER}\nHomepage: {HOME}\nPriority: optional\n"
            f"Installed-Size: {size // 1024 + 1}\n{fields[package]}",
            encoding="utf-8",
        )
        if package == runtime:
            _of_the_shared_library(control, name, runtime)
        _sums(tree)
        made.append(_archive(tree, folder / f"{package}_{version}_{target.debian}.deb"))
    return made


def _of_the_shared_library(control: Path, name: str, package: str) -> None:
    (control / "triggers").write_text("activate-noawait ldconfig\n", encoding="utf-8")
    version = name.removeprefix("libferry.so.")
    (control / "shlibs").write_text(
        f"libferry {version} {package} (>= {toolchain.version()})\n", encoding="utf-8"
    )
    exported = (toolchain.ROOT / "tests/abi/symbols.txt").read_text(encoding="utf-8").split()
    lines = [
        f"{name} {package} #MINVER#",
        *(f" {symbol}@Base {toolchain.version()}" for symbol in sorted(exported)),
    ]
    (control / "symbols").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _documents(folder: Path, package: str, version: str, target: Target) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for unwanted in folder.rglob("LICENSE-*"):
        unwanted.unlink()  # they are in `copyright`
    mit = (toolchain.ROOT / "LICENSE-MIT").read_text(encoding="utf-8")
    (folder / "copyright").write_text(
        f"Ferry, {HOME}\n\n{mit.strip()}\n\n"
        "Or, as you like, under the Apache License, version 2.0, which is in\n"
        "/usr/share/common-licenses/Apache-2.0.\n\n"
        "What else is compiled in, and its licences: THIRD-PARTY.txt.gz.\n",
        encoding="utf-8",
    )
    _compress(components.third_party(target), folder / "THIRD-PARTY.txt.gz")
    when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(toolchain.epoch()))
    _compress(
        f"libferry ({version}) unstable; urgency=medium\n\n  * Ferry {toolchain.version()}.\n    What is new: {HOME}, CHANGELOG.md.\n\n -- {MAINTAINER}  {when}\n",
        folder / "changelog.Debian.gz",
    )
    # One name for each architecture: packages of two may be installed beside each other.
    sbom = folder / f"sbom-{target.debian}.cdx.json"
    sbom.write_text(components.sbom(target), encoding="utf-8")


def _compress(text: str, file: Path) -> None:
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _sums(tree: Path) -> None:
    files = sorted(path for path in (tree / "usr").rglob("*") if path.is_file() and not path.is_symlink())
    lines = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files]
    (tree / "DEBIAN/md5sums").write_text("".join(lines), encoding="utf-8")


def _archive(tree: Path, file: Path) -> Path:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    # dpkg-deb takes no file time after SOURCE_DATE_EPOCH, and sorts; these are all later.
    for path in tree.rglob("*"):
        os.utime(path, (toolchain.epoch(),) * 2, follow_symlinks=False)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, file],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(toolchain.epoch())},
    )
    return file
