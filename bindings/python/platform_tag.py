"""Which platform a shared library is for, as the tag of a wheel: read from its ELF, PE or Mach-O head, so
that it is right wherever the library was built.
"""

from __future__ import annotations

import re
import struct
from typing import Dict, Iterator, List, Set, Tuple

# Machine, class in bits, little-endian: what Linux calls it.
ELF_MACHINES = {
    (3, 32, True): "i686",
    (40, 32, True): "armv7l",
    (183, 64, True): "aarch64",
    (21, 64, True): "ppc64le",
    (21, 64, False): "ppc64",
    (22, 64, False): "s390x",
    (62, 64, True): "x86_64",
    (243, 64, True): "riscv64",
    (258, 64, True): "loongarch64",
}
ARM_FLOATS_IN_REGISTERS = 0x400
PE_MACHINES = {0x14C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}
MACH_O_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}

# What every Linux with glibc has, as manylinux says. A library that needs more is for Linuxes like this one.
WITH_GLIBC = {"libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1"}
# The oldest glibc that the tags know for all machines.
OLDEST_GLIBC = 17
# Versions that are named after a feature: the glibc that brought it.
GLIBC_FEATURES = {"GLIBC_ABI_DT_RELR": 36}


class UnknownLibrary(Exception):
    """There is no tag for it; the message says why."""


def platform_tag(data: bytes) -> str:
    """E.g. "manylinux_2_17_x86_64", "musllinux_1_2_aarch64", "macosx_11_0_arm64", "win_amd64"."""
    try:
        if data.startswith(b"\x7fELF"):
            return _of_elf(data)
        if data.startswith(b"MZ"):
            return _of_pe(data)
        if data[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
            return _of_mach_o(data)
    except (struct.error, IndexError, KeyError, ValueError):
        raise UnknownLibrary("its head is cut off or damaged") from None
    raise UnknownLibrary("it is neither ELF, PE nor 64-bit Mach-O")


def file_name(tag: str) -> str:
    """What the library is called there."""
    if tag.startswith("win"):
        return "ferry.dll"
    return "libferry.dylib" if tag.startswith("macosx") else "libferry.so"


def _of_elf(data: bytes) -> str:
    bits, order = {1: 32, 2: 64}.get(data[4], 0), {1: "<", 2: ">"}.get(data[5], "<")
    kind, number = struct.unpack_from(order + "HH", data, 16)
    machine = ELF_MACHINES.get((number, bits, order == "<"))
    if machine is None:
        raise UnknownLibrary(f"its machine, ELF number {number} with {bits} bits, is not known")
    if kind != 3:
        raise UnknownLibrary("it is no shared library")
    if machine == "armv7l" and not struct.unpack_from(order + "I", data, 36)[0] & ARM_FLOATS_IN_REGISTERS:
        raise UnknownLibrary("it passes floating point numbers outside of the registers for them (gnueabi)")
    needed, versions = _needs_of_elf(data, bits, order)
    if "libc.so.6" in needed:
        is_standard = all(name in WITH_GLIBC or name.startswith(("ld-linux", "ld64.")) for name in needed)
        floor = max([OLDEST_GLIBC, *(_glibc_of(version) for version in versions)])
        return f"manylinux_2_{floor}_{machine}" if is_standard else f"linux_{machine}"
    of_musl = {name for name in needed if name == "libc.so" or name.startswith(("libc.musl-", "ld-musl-"))}
    # musl has no versions of symbols; Android, which has a libc.so too, has them.
    if of_musl and not versions:
        return f"musllinux_1_2_{machine}" if of_musl == needed else f"linux_{machine}"
    raise UnknownLibrary(f"it needs neither glibc nor musl, but {', '.join(sorted(needed)) or 'nothing'}")


def _glibc_of(version: str) -> int:
    """The minor version of the glibc that has this version of symbols; 0 if another library has it."""
    if not version.startswith("GLIBC_"):
        return 0
    if version in GLIBC_FEATURES:
        return GLIBC_FEATURES[version]
    number = re.match(r"GLIBC_2\.(\d+)", version)
    if number is None:
        raise UnknownLibrary(f"it needs {version} of glibc, and which one has that is not known")
    return int(number.group(1))


def _needs_of_elf(data: bytes, bits: int, order: str) -> Tuple[Set[str], Set[str]]:
    """The libraries that it needs, and the versions of their symbols."""
    wide = bits == 64
    (headers,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 32 if wide else 28)
    size, count = struct.unpack_from(order + "HH", data, 54 if wide else 42)
    segments: List[Tuple[int, int, int, int]] = []
    for at in range(headers, headers + size * count, size):
        if wide:
            kind, _, offset, address, _, length = struct.unpack_from(order + "IIQQQQ", data, at)
        else:
            kind, offset, address, _, length = struct.unpack_from(order + "IIIII", data, at)
        segments.append((kind, offset, address, length))

    def place(wanted: int) -> int:
        for kind, offset, address, length in segments:
            if kind == 1 and address <= wanted < address + length:
                return offset + wanted - address
        raise IndexError

    entries: List[Tuple[int, int]] = []
    for kind, offset, _, length in segments:
        if kind == 2:
            section = data[offset : offset + length]
            entries = list(struct.iter_unpack(order + ("qQ" if wide else "iI"), section))
    # Of each tag the last value; DT_NULL ends the list.
    values: Dict[int, int] = {}
    names: List[int] = []
    for tag, value in entries:
        if tag == 0:
            break
        values[tag] = value
        if tag == 1:  # DT_NEEDED
            names.append(value)
    if 5 not in values:  # DT_STRTAB
        return set(), set()
    texts = place(values[5])

    def text(offset: int) -> str:
        begin = texts + offset
        return data[begin : data.index(b"\0", begin)].decode()

    versions = set()
    if 0x6FFFFFFE in values:  # DT_VERNEED, and DT_VERNEEDNUM
        at = place(values[0x6FFFFFFE])
        for _ in range(values[0x6FFFFFFF]):
            _, count, _, first, following = struct.unpack_from(order + "HHIII", data, at)
            each = at + first
            for _ in range(count):
                _, _, _, name, next_one = struct.unpack_from(order + "IHHII", data, each)
                versions.add(text(name))
                each += next_one
            at += following
    return {text(name) for name in names}, versions


def _of_pe(data: bytes) -> str:
    (head,) = struct.unpack_from("<I", data, 60)
    if data[head : head + 4] != b"PE\0\0":
        raise UnknownLibrary("it is a program for DOS")
    (machine,) = struct.unpack_from("<H", data, head + 4)
    (traits,) = struct.unpack_from("<H", data, head + 22)
    if machine not in PE_MACHINES:
        raise UnknownLibrary(f"its machine, PE number {machine:#x}, is not known")
    if not traits & 0x2000:
        raise UnknownLibrary("it is no DLL")
    return PE_MACHINES[machine]


def _of_mach_o(data: bytes) -> str:
    parts = dict(_slices(data))
    if not parts:
        raise UnknownLibrary("it has no part for a machine that is known")
    # Each part runs from its own version on; macOS has been on ARM since 11.
    oldest = max(parts.values())
    machine = "universal2" if len(parts) == 2 else next(iter(parts))
    return f"macosx_{oldest[0]}_{oldest[1]}_{machine}"


def _slices(data: bytes) -> Iterator[Tuple[str, Tuple[int, int]]]:
    """The machines, and the oldest macOS of each."""
    if data.startswith(b"\xca\xfe\xba\xbe"):
        (count,) = struct.unpack_from(">I", data, 4)
        for index in range(count):
            _, _, offset, size, _ = struct.unpack_from(">IIIII", data, 8 + 20 * index)
            yield from _slices(data[offset : offset + size])
        return
    _, machine, _, kind, count = struct.unpack_from("<IIIII", data, 0)
    if machine not in MACH_O_MACHINES:
        return
    if kind != 6:
        raise UnknownLibrary("it is no dynamic library")
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, at)
        if command == 0x32:  # LC_BUILD_VERSION
            system, version = struct.unpack_from("<II", data, at + 8)
            if system != 1:
                raise UnknownLibrary(f"it is not for macOS but for Apple's platform {system}")
            yield MACH_O_MACHINES[machine], _macos(version)
            return
        if command == 0x24:  # LC_VERSION_MIN_MACOSX
            yield MACH_O_MACHINES[machine], _macos(struct.unpack_from("<I", data, at + 8)[0])
            return
        at += size
    raise UnknownLibrary("it does not say for which macOS it is")


def _macos(version: int) -> Tuple[int, int]:
    """As the tags name it: from 11 on by the major version alone, so a minor one is rounded up."""
    major, minor = version >> 16, version >> 8 & 0xFF
    if major < 11:
        return major, minor
    return major + (minor > 0), 0
