"""The targets of the packages: the one table of them. `make packages` compiles and packs them, `make
platforms` loads what was packed.

Every target's std is compiled from its sources, with the library: no other toolchain has to be had for it.
"""

from dataclasses import dataclass

# The oldest glibc that the libraries run with, as in CentOS 7 and manylinux2014; zig has its symbols.
GLIBC = "2.17"
MACOS = "11.0"


@dataclass(frozen=True)
class Target:
    triple: str
    # What `zig cc -target` calls it.
    zig: str
    # The platform tag of its wheel.
    wheel: str
    # Its architecture on Debian, from where its C library, Python and emulator come.
    debian: str = ""
    # The folder of libraries there.
    multiarch: str = ""
    # The program loader, in that root.
    loader: str = ""
    # What runs its programs on x86-64; empty: the kernel.
    runner: str = ""

    @property
    def system(self) -> str:
        """linux, darwin or windows, as the Makefile calls it."""
        return next(name for name in ("linux", "darwin", "windows") if name in self.triple)

    @property
    def library(self) -> str:
        """The file name of its shared library."""
        return {"linux": "libferry.so", "darwin": "libferry.dylib", "windows": "ferry.dll"}[self.system]

    @property
    def is_musl(self) -> bool:
        return "musl" in self.triple

    @property
    def is_gnu(self) -> bool:
        return self.system == "linux" and not self.is_musl

    @property
    def has_deb(self) -> bool:
        return self.is_gnu and self.debian in ("amd64", "arm64")


TARGETS = (
    Target(
        "x86_64-unknown-linux-gnu",
        f"x86_64-linux-gnu.{GLIBC}",
        "manylinux_2_17_x86_64",
        "amd64",
        "x86_64-linux-gnu",
        "lib64/ld-linux-x86-64.so.2",
    ),
    Target(
        "aarch64-unknown-linux-gnu",
        f"aarch64-linux-gnu.{GLIBC}",
        "manylinux_2_17_aarch64",
        "arm64",
        "aarch64-linux-gnu",
        "lib/ld-linux-aarch64.so.1",
        "qemu-aarch64-static",
    ),
    Target(
        "x86_64-unknown-linux-musl",
        "x86_64-linux-musl",
        "musllinux_1_2_x86_64",
        "amd64",
        "x86_64-linux-musl",
        "lib/ld-musl-x86_64.so.1",
    ),
    Target(
        "aarch64-unknown-linux-musl",
        "aarch64-linux-musl",
        "musllinux_1_2_aarch64",
        "arm64",
        "aarch64-linux-musl",
        "lib/ld-musl-aarch64.so.1",
        "qemu-aarch64-static",
    ),
    Target(
        "i686-unknown-linux-gnu",
        f"x86-linux-gnu.{GLIBC}",
        "manylinux_2_17_i686",
        "i386",
        "i386-linux-gnu",
        "lib/ld-linux.so.2",
    ),
    Target(
        "armv7-unknown-linux-gnueabihf",
        f"arm-linux-gnueabihf.{GLIBC}",
        "manylinux_2_17_armv7l",
        "armhf",
        "arm-linux-gnueabihf",
        "lib/ld-linux-armhf.so.3",
        "qemu-arm-static",
    ),
    Target("x86_64-pc-windows-gnu", "x86_64-windows-gnu", "win_amd64", runner="wine"),
    Target("aarch64-apple-darwin", f"aarch64-macos.{MACOS}", "macosx_11_0_arm64"),
    Target("x86_64-apple-darwin", f"x86_64-macos.{MACOS}", "macosx_11_0_x86_64"),
)


def chosen(triples: list[str]) -> list[Target]:
    """These targets; all of them for none."""
    known = {target.triple: target for target in TARGETS}
    unknown = [triple for triple in triples if triple not in known]
    if unknown:
        raise SystemExit(f"unknown target: {' '.join(unknown)}; there are {' '.join(known)}")
    return [known[triple] for triple in triples] or list(TARGETS)
