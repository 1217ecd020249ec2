"""Builds the wheel: the package with libferry inside. Called by pip and `python -m build` (PEP 517).

The library is what FERRY_LIBRARY names, else what `make lib` has put into target/ferry. It may be one for
another platform: the wheel is for that one.
"""

import base64
import hashlib
import io
import os
import posixpath
import re
import sys
import tarfile
import zipfile
from pathlib import Path

from platform_tag import UnknownLibrary, file_name, platform_tag

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILT = [ROOT / "target" / "ferry" / name for name in ("libferry.so", "libferry.dylib", "ferry.dll")]
# What pip installs; it is imported as ferry, a name that another project has on PyPI.
DISTRIBUTION = "libferry"
HOME = "https://github.com/libferry/ferry"
# Of every file in an archive, so that the same sources give the same bytes.
EPOCH = 315532800  # 1980-01-01, where the time of ZIP begins


def version():
    text = (HERE / "ferry" / "_abi.py").read_text(encoding="utf-8")
    return ".".join(
        re.search(rf"FERRY_VERSION_{part} = (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH")
    )


def metadata(licences):
    head = [
        "Metadata-Version: 2.4",
        f"Name: {DISTRIBUTION}",
        f"Version: {version()}",
        "Summary: Uploads to Filestack and Telestream Cloud Flip: parallel, resumable, verified",
        "License-Expression: MIT OR Apache-2.0",
        *(f"License-File: {file.name}" for file in licences),
        f"Project-URL: Homepage, {HOME}",
        "Requires-Python: >=3.9",
        "Provides-Extra: bar",
        'Requires-Dist: tqdm; extra == "bar"',
        "Classifier: Programming Language :: Python :: 3",
        "Classifier: Typing :: Typed",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(head) + "\n\n" + description()


def description():
    """README.md, whose links lead to the files of this version: where a wheel is, they are not."""

    def absolute(link):
        return f"]({HOME}/blob/v{version()}/{posixpath.normpath(f'bindings/python/{link.group(1)}')})"

    text = (HERE / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", absolute, text)


def licences():
    return sorted([*ROOT.glob("LICENSE-*"), *HERE.glob("LICENSE-*")])


def licences_of_the_library():
    """Ours, and those of what is compiled into the library, in a file that FERRY_THIRD_PARTY names."""
    others = os.environ.get("FERRY_THIRD_PARTY")
    return [*licences(), *([Path(others)] if others else [])]


def library():
    """The library and the tag of its platform."""
    named = os.environ.get("FERRY_LIBRARY")
    path = Path(named) if named else next(filter(Path.is_file, BUILT), BUILT[0])
    if not path.is_file():
        sys.exit(f"ferry: there is no {path}: run `make lib`, or set FERRY_LIBRARY to the path of libferry")
    data = path.read_bytes()
    try:
        return data, platform_tag(data)
    except UnknownLibrary as error:
        sys.exit(f"ferry: no wheel can be made of {path}: {error}")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    data, platform = library()
    name_of_library = f"ferry/lib/{file_name(platform)}"
    tag = f"py3-none-{platform}"
    info = f"{DISTRIBUTION}-{version()}.dist-info"
    files = {
        f"ferry/{path.name}": path.read_bytes()
        for path in sorted((HERE / "ferry").iterdir())
        if path.suffix in (".py", ".typed")
    }
    files[name_of_library] = data
    files[f"{info}/METADATA"] = metadata(licences_of_the_library()).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: ferry\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    )
    files.update({f"{info}/licenses/{path.name}": path.read_bytes() for path in licences_of_the_library()})
    if components := os.environ.get("FERRY_SBOM"):  # a file, which a wheel has there (PEP 770)
        files[f"{info}/sboms/ferry.cdx.json"] = Path(components).read_bytes()
    record = [f"{name},sha256={digest(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = f"{DISTRIBUTION}-{version()}-{tag}.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name == name_of_library else 0o100644) << 16
            archive.writestr(entry, text)
    return wheel


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def build_sdist(sdist_directory, config_settings=None):
    """The sources without a library: a wheel is built from them with FERRY_LIBRARY."""
    folder = f"{DISTRIBUTION}-{version()}"
    own = ("backend.py", "platform_tag.py", "pyproject.toml", "README.md")
    files = [*(HERE / name for name in own), *licences()]
    members = {path.name: path.read_bytes() for path in files}
    members.update(
        {
            f"ferry/{path.name}": path.read_bytes()
            for path in (HERE / "ferry").iterdir()
            if path.suffix in (".py", ".typed")
        }
    )
    members["PKG-INFO"] = metadata(licences()).encode()
    with tarfile.open(
        Path(sdist_directory) / f"{folder}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT
    ) as archive:
        for name, data in sorted(members.items()):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime = len(data), EPOCH
            archive.addfile(entry, io.BytesIO(data))
    return f"{folder}.tar.gz"
