"""Archives that are the same, bit for bit, wherever and whenever they are made: sorted, of the same owner and
time.
"""

import gzip
import os
import tarfile
import time
import zipfile
from pathlib import Path


def _members(folder: Path) -> list[Path]:
    return [folder, *sorted(folder.rglob("*"))]


def _mode(path: Path) -> int:
    return 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644


def pack(folder: Path, file: Path, epoch: int) -> None:
    """Packs a folder, under its name, as the ending of `file` says."""
    (_zip if file.suffix == ".zip" else _tar)(folder, file, epoch)


def _tar(folder: Path, file: Path, epoch: int) -> None:
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for path in _members(folder):
            entry = archive.gettarinfo(path, str(path.relative_to(folder.parent)))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = epoch
            entry.mode = 0o777 if entry.issym() else _mode(path)
            if entry.isreg():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)


def _zip(folder: Path, file: Path, epoch: int) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _members(folder):
            if path.is_dir():
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(folder.parent)), time.gmtime(epoch)[:6])
            entry.create_system = 3  # Unix, whose permissions follow
            entry.external_attr = (0o100000 | _mode(path)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
