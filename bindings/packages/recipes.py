"""Fills in the recipes for package collections: each @WORD@ becomes what this commit says. The version comes from
Cargo.toml, the digests from the archive of the sources, which is made here too. Called by `make recipes`.

    recipes.py FOLDER

Environment: VERSION, ABI; URL, where the archive will be, else the place where a release has it.
"""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

import toolchain
from toolchain import HERE, ROOT

HOME = toolchain.home()
MAINTAINER = "Ferry <libferry@users.noreply.github.com>"
COLLECTIONS = ("vcpkg", "conan", "homebrew", "conda", "debian", "nix")
# What goes into a recipe as it is, and from where.
COPIES = {
    "conan/test_package/version.c": HERE / "version.c",
    "conda/version.c": HERE / "version.c",
    "nix/Cargo.lock": ROOT / "Cargo.lock",
}


def git(*command: str) -> bytes:
    return subprocess.run(["git", *command], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def sources(folder: Path, version: str) -> Path:
    """The archive of the commit, the same bytes each time."""
    file = folder / f"libferry-{version}.tar.gz"
    data = git("archive", "--format=tar", f"--prefix=libferry-{version}/", "HEAD")
    file.write_bytes(gzip.compress(data, 9, mtime=0))
    return file


def words(archive: Path, version: str, abi: str) -> dict[str, str]:
    data = archive.read_bytes()
    symbols = (ROOT / "tests/abi/symbols.txt").read_text(encoding="utf-8").split()
    return {
        "VERSION": version,
        "ABI": abi,
        "HOME": HOME,
        "URL": os.environ.get("URL") or f"{HOME}/releases/download/v{version}/{archive.name}",
        "SHA256": hashlib.sha256(data).hexdigest(),
        "SHA512": hashlib.sha512(data).hexdigest(),
        "MAINTAINER": MAINTAINER,
        "DATE": formatdate(int(git("log", "-1", "--format=%ct"))),
        # Each with the version since when it is there.
        "SYMBOLS": "\n".join(f" {name}@Base {version}" for name in symbols),
    }


def fill(text: str, known: dict[str, str]) -> str:
    """Raises KeyError for a word that is not known."""
    return re.sub(r"@([A-Z0-9]+)@", lambda found: known[found.group(1)], text)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    version, abi = os.environ["VERSION"], os.environ["ABI"]
    known = words(sources(folder, version), version, abi)
    for collection in COLLECTIONS:
        shutil.rmtree(folder / collection, ignore_errors=True)
        for path in sorted((HERE / collection).rglob("*")):
            if path.is_file():
                made = folder / fill(str(path.relative_to(HERE)), known)
                made.parent.mkdir(parents=True, exist_ok=True)
                made.write_text(fill(path.read_text(encoding="utf-8"), known), encoding="utf-8")
                shutil.copymode(path, made)
    for name, source in COPIES.items():
        shutil.copyfile(source, folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
