"""The wheel is for the platform of the library inside, wherever that was built; and the library's name there.

Run by tests/python_binding.rs.
"""

import contextlib
import os
import pathlib
import platform
import re
import struct
import sys
import tarfile
import tempfile
import unittest
import zipfile

import ferry
from ferry import _library

BINDING = pathlib.Path(ferry.__file__).parent.parent
sys.path.insert(0, str(BINDING))

import backend  # noqa: E402
from platform_tag import UnknownLibrary, platform_tag  # noqa: E402

X86_64, AARCH64, I386, ARM, S390X = 62, 183, 3, 40, 22


def elf(machine, needed, versions=(), bits=64, order="<", flags=0, kind=3):
    """A shared library of a head, a segment that is loaded at 0x10000, and its dynamic section there."""
    wide, base = bits == 64, 0x10000
    head, segment = (64, 56) if wide else (52, 32)
    texts, places = b"\0", {}
    for name in [*needed, *versions]:
        places[name] = len(texts)
        texts += name.encode() + b"\0"
    entry = order + ("qQ" if wide else "iI")
    dynamic_at = head + 2 * segment
    dynamic_size = (len(needed) + 4) * struct.calcsize(entry)
    texts_at = dynamic_at + dynamic_size
    versions_at = texts_at + len(texts)
    entries = [(1, places[name]) for name in needed] + [(5, base + texts_at)]
    if versions:
        entries += [(0x6FFFFFFE, base + versions_at), (0x6FFFFFFF, 1)]
    entries += [(0, 0)] * (len(needed) + 4 - len(entries))
    dynamic = b"".join(struct.pack(entry, *it) for it in entries)
    needs = struct.pack(order + "HHIII", 1, len(versions), 0, 16, 0)
    for index, name in enumerate(versions):
        following = 0 if index + 1 == len(versions) else 16
        needs += struct.pack(order + "IHHII", 0, 0, 2, places[name], following)
    size = versions_at + len(needs)
    address = "Q" if wide else "I"
    data = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    data += struct.pack(order + "HHI" + 3 * address + "I", kind, machine, 1, 0, head, 0, flags)
    data += struct.pack(order + "HHHHHH", head, segment, 2, 0, 0, 0)
    for sort, at, length in ((1, 0, size), (2, dynamic_at, dynamic_size)):
        if wide:
            data += struct.pack(order + "IIQQQQQQ", sort, 4, at, base + at, 0, length, length, 8)
        else:
            data += struct.pack(order + "IIIIIIII", sort, at, base + at, 0, length, length, 4, 8)
    return data + dynamic + texts + needs


def pe(machine, traits=0x2022):
    stub = b"MZ" + bytes(58) + struct.pack("<I", 64)
    return stub + b"PE\0\0" + struct.pack("<HHIIIHH", machine, 0, 0, 0, 0, 0, traits)


def mach_o(machine, *version, system=1, kind=6, command=0x32):
    number = version[0] << 16 | version[1] << 8
    other = struct.pack("<II", 0x1B, 24) + bytes(16)  # LC_UUID
    said = (system, number) if command == 0x32 else (number, 0)
    wanted = struct.pack("<IIII", command, 24, *said) + bytes(8)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, machine, 0, kind, 2, 48, 0, 0) + other + wanted


def fat(*parts):
    at = 8 + 20 * len(parts)
    head, bodies = struct.pack(">II", 0xCAFEBABE, len(parts)), b""
    for part in parts:
        head += struct.pack(">IIIII", *struct.unpack_from("<II", part, 4), at + len(bodies), len(part), 0)
        bodies += part
    return head + bodies


GLIBC = ["libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"]
INTEL, APPLE = 0x01000007, 0x0100000C
LIBRARIES = {
    "manylinux_2_17_x86_64": elf(X86_64, GLIBC, ["GLIBC_2.2.5", "GCC_4.2.0", "GLIBC_2.17"]),
    "manylinux_2_28_aarch64": elf(AARCH64, ["libc.so.6"], ["GLIBC_2.28", "GLIBC_2.4"]),
    "manylinux_2_36_x86_64": elf(X86_64, GLIBC, ["GLIBC_2.17", "GLIBC_ABI_DT_RELR"]),
    "manylinux_2_17_i686": elf(I386, ["libc.so.6"], ["GLIBC_2.0"], bits=32),
    "manylinux_2_18_armv7l": elf(ARM, ["libc.so.6"], ["GLIBC_2.18"], bits=32, flags=0x5000400),
    "manylinux_2_19_s390x": elf(S390X, ["libc.so.6", "ld64.so.1"], ["GLIBC_2.19"], order=">"),
    "musllinux_1_2_x86_64": elf(X86_64, ["libc.so"]),
    "musllinux_1_2_aarch64": elf(AARCH64, ["libc.musl-aarch64.so.1"]),
    # They need more than each system has.
    "linux_x86_64": elf(X86_64, ["libssl.so.3", "libc.so.6"], ["GLIBC_2.17"]),
    "linux_aarch64": elf(AARCH64, ["libgcc_s.so.1", "libc.so"]),
    "win_amd64": pe(0x8664),
    "win_arm64": pe(0xAA64),
    "win32": pe(0x14C),
    "macosx_11_0_arm64": mach_o(APPLE, 11, 0),
    "macosx_13_0_arm64": mach_o(APPLE, 12, 3),
    "macosx_10_12_x86_64": mach_o(INTEL, 10, 12, command=0x24),
    "macosx_11_0_universal2": fat(mach_o(INTEL, 10, 12), mach_o(APPLE, 11, 0)),
}
REFUSED = {
    "neither ELF, PE nor": b"!<arch>\n",
    "is not known": elf(8, ["libc.so.6"]),
    "with 32 bits": elf(X86_64, ["libc.so.6"], bits=32),
    "no shared library": elf(X86_64, GLIBC, kind=2),
    "outside of the registers": elf(ARM, ["libc.so.6"], ["GLIBC_2.4"], bits=32, flags=0x5000200),
    "GLIBC_PRIVATE of glibc": elf(X86_64, GLIBC, ["GLIBC_PRIVATE"]),
    "neither glibc nor musl, but libc.so, libdl.so": elf(AARCH64, ["libc.so", "libdl.so"], ["LIBC"]),
    "neither glibc nor musl, but nothing": elf(X86_64, []),
    "no DLL": pe(0x8664, traits=0x22),
    "PE number 0x1c0": pe(0x1C0),
    "no dynamic library": mach_o(APPLE, 11, 0, kind=2),
    "Apple's platform 2": mach_o(APPLE, 14, 0, system=2),
    "for which macOS": mach_o(APPLE, 11, 0, command=0x99),
    "no part for a machine": mach_o(12, 11, 0),
}


@contextlib.contextmanager
def library_of(data):
    """FERRY_LIBRARY names a file with these bytes, whose name says nothing."""
    before = os.environ["FERRY_LIBRARY"]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a-library")
        path.write_bytes(data)
        os.environ["FERRY_LIBRARY"] = str(path)
        try:
            yield pathlib.Path(folder)
        finally:
            os.environ["FERRY_LIBRARY"] = before


class TagTest(unittest.TestCase):
    def test_it_is_that_of_the_library(self):
        for tag, data in LIBRARIES.items():
            with self.subTest(tag):
                self.assertEqual(platform_tag(data), tag)

    def test_what_has_no_tag_is_refused_in_words(self):
        for words, data in REFUSED.items():
            with self.subTest(words), self.assertRaisesRegex(UnknownLibrary, re.escape(words)):
                platform_tag(data)

    def test_a_library_that_is_cut_off_is_refused(self):
        for tag, data in LIBRARIES.items():
            refused = 0
            for length in range(len(data)):
                try:
                    self.assertEqual(platform_tag(data[:length]), tag)
                except UnknownLibrary:
                    refused += 1
            self.assertGreater(refused, len(data) // 3, tag)

    @unittest.skipUnless(sys.platform == "linux", "the names are those of Linux")
    def test_the_library_of_this_machine(self):
        data = pathlib.Path(os.environ["FERRY_LIBRARY"]).read_bytes()
        tag = platform_tag(data)
        self.assertTrue(tag.endswith(f"_{platform.machine()}"), tag)
        libc, version = platform.libc_ver()
        if libc == "glibc":
            floor = int(re.match(r"manylinux_2_(\d+)_", tag).group(1))
            self.assertLessEqual(floor, int(version.split(".")[1]))
            self.assertIn(b"\0GLIBC_2.%d\0" % floor, data)


class WheelTest(unittest.TestCase):
    def test_its_names_are_those_of_the_platform(self):
        names = dict(linux="libferry.so", musl="libferry.so", darwin="libferry.dylib", win32="ferry.dll")
        tags = {
            "linux": "manylinux_2_17_x86_64",
            "musl": "musllinux_1_2_aarch64",
            "darwin": "macosx_11_0_arm64",
            "win32": "win_amd64",
        }
        for system, tag in tags.items():
            with self.subTest(tag), library_of(LIBRARIES[tag]) as folder:
                wheel = backend.build_wheel(folder)
                self.assertEqual(wheel, f"libferry-{ferry.__version__}-py3-none-{tag}.whl")
                first = (folder / wheel).read_bytes()
                backend.build_wheel(folder)
                self.assertEqual((folder / wheel).read_bytes(), first)
                with zipfile.ZipFile(folder / wheel) as archive:
                    inside = f"ferry/lib/{names[system]}"
                    self.assertEqual(archive.read(inside), LIBRARIES[tag])
                    self.assertEqual(_library.names(system)[0], names[system])
                    info = f"libferry-{ferry.__version__}.dist-info"
                    self.assertIn(f"\nTag: py3-none-{tag}\n", archive.read(f"{info}/WHEEL").decode())
                    self.assertIn(inside, archive.read(f"{info}/RECORD").decode())

    def test_a_library_without_a_tag_makes_none(self):
        with library_of(b"a text") as folder, self.assertRaisesRegex(SystemExit, "a-library: it is neither"):
            backend.build_wheel(folder)

    def test_what_pypi_shows_leads_to_the_files_of_this_version(self):
        text = backend.metadata([])
        home = re.search(r'^repository = "(.*)"', (BINDING.parent.parent / "Cargo.toml").read_text(encoding="utf-8"), re.M)
        self.assertIn(f"\nProject-URL: Homepage, {home.group(1)}\n", text)
        files = f"{home.group(1)}/blob/v{backend.version()}/"
        links = [link.split("#")[0] for link in re.findall(r"\]\(([^#)][^)]*)\)", text)]
        self.assertTrue(links)
        for link in links:
            if link.startswith(files):
                self.assertTrue((BINDING.parent.parent / link.removeprefix(files)).exists(), link)
            else:
                self.assertRegex(link, r"^https?://")

    def test_the_sources_have_what_the_backend_needs(self):
        with tempfile.TemporaryDirectory() as folder:
            name = backend.build_sdist(folder)
            with tarfile.open(pathlib.Path(folder, name)) as archive:
                files = {member.split("/", 1)[1] for member in archive.getnames()}
        self.assertLessEqual({"backend.py", "platform_tag.py", "pyproject.toml", "ferry/_abi.py"}, files)

    def test_the_loader_asks_for_the_abi(self):
        abi = ".".join(ferry.__version__.split(".")[: 2 if ferry.__version__.startswith("0.") else 1])
        self.assertEqual(_library.names("linux")[1], f"libferry.so.{abi}")
        self.assertEqual(_library.names("darwin")[1], f"libferry.{abi}.dylib")
        self.assertEqual(_library.names("win32")[1], "ferry.dll")


if __name__ == "__main__":
    unittest.main()
