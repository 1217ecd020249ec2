"""Unpacks each package into an empty folder and loads what is in it: programs in C, Python and Go, compiled
or installed as a user would, upload a file over TLS to the local cloud and download it again. They run
natively, under qemu, or under Wine. What is found is written as a table, target/platforms/table.md. Called by
`make platforms`.

    load.py FOLDER PACKAGES LOCALCLOUD [TRIPLE...]

The project's own tests are run, too, for the targets in the environment variable TESTS.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "bindings/packages"))

import artefact  # noqa: E402
import toolchain  # noqa: E402
from targets import Target, chosen  # noqa: E402

# The largest that a library may be, without symbols, in bytes.
LARGEST = 4_000_000
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
OF_MACOS = re.compile(r"_R.*|rust_eh_personality|__dso_handle|_mh_dylib_header").fullmatch
# What lintian says of uploads to Debian, and of a manual whose pages link to CHANGELOG.md.
NOT_OURS = ("initial-upload-closes-no-bugs", "wrong-name-for-upstream-changelog")
WHAT_A_ROOT_HAS = ("python3", "musl")
CMAKE = """
cmake_minimum_required(VERSION 3.16)
project(smoke C)
find_package(ferry 0.1 REQUIRED)
add_executable(by_cmake smoke.c)
target_link_libraries(by_cmake PRIVATE ferry::ferry)
"""


class Failed(Exception):
    pass


def run(
    *command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: int = 600
) -> str:
    words = [str(word) for word in command]
    out, error = subprocess.PIPE, subprocess.STDOUT
    done = subprocess.run(words, text=True, cwd=cwd, env=env, timeout=timeout, stdout=out, stderr=error)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: status {done.returncode}\n{done.stdout[-3000:]}")
    return str(done.stdout)


def check(fact: bool, what: str) -> None:
    if not fact:
        raise Failed(what)


def check_sboms(found: Iterable[Path], package: Path) -> None:
    """Those of a package are CycloneDX, and name crates that every library has in it."""
    sboms = list(found)
    check(bool(sboms), f"{package} has no SBOM")
    for sbom in sboms:
        content = sbom.read_bytes()
        told = json.loads(gzip.decompress(content) if sbom.suffix == ".gz" else content)
        names = {component["name"] for component in told["components"]}
        check(told["bomFormat"] == "CycloneDX" and names >= {"ring", "rustls", "ureq"}, f"{sbom}: {names}")


@contextmanager
def cloud(program: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Its address with TLS, and the file of its authority."""
    ca = folder / "ca.pem"
    words = [str(program), "--https", "127.0.0.1:0", "--ca-out", str(ca), "--exit-with-stdin"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        yield json.loads(process.stdout.readline())["https"], ca
    finally:
        process.stdin.close()
        process.wait(30)


class Bench:
    """One target, an empty folder, and what its programs run with."""

    def __init__(self, target: Target, folder: Path, packages: Path, address: str, ca: Path) -> None:
        self.target = target
        self.folder = folder / target.triple
        self.packages = packages
        self.address = address
        self.how: list[str] = []
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.picture = ROOT / "tests/data/ferry.png"
        shutil.copyfile(ca, self.folder / "ca.pem")
        self.root = folder / f"debian-{target.debian}"
        if target.system == "linux":
            run(HERE / "debian_root", target.debian, self.root, *WHAT_A_ROOT_HAS)
        self.prefix = self._unpack()
        self.compiler = self._compiler()

    def _unpack(self) -> Path:
        name = f"libferry-{toolchain.version()}-{self.target.triple}"
        if self.target.system == "windows":
            with zipfile.ZipFile(self.packages / f"{name}.zip") as packed:
                packed.extractall(self.folder)
        else:
            with tarfile.open(self.packages / f"{name}.tar.gz") as archive:
                archive.extractall(self.folder)
        return self.folder / name

    def _compiler(self) -> Path:
        """A C compiler: that of Debian's cross compilers where one is called for, else zig."""
        file = self.folder / "cc"
        zig = f"{toolchain.BIN / 'python'} -m ziglang cc -target {self.target.zig}"
        words = {
            "x86_64-unknown-linux-gnu": "cc",
            "aarch64-unknown-linux-gnu": "aarch64-linux-gnu-gcc",
            "x86_64-pc-windows-gnu": "x86_64-w64-mingw32-gcc-posix",
        }.get(self.target.triple, zig)
        file.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        file.chmod(0o755)
        return file

    @property
    def is_zig(self) -> bool:
        return "ziglang" in self.compiler.read_text(encoding="utf-8")

    @property
    def dynamic(self) -> list[str]:
        """For musl zig links everything statically unless it is told not to."""
        return ["-dynamic"] if self.target.is_musl else []

    @property
    def library(self) -> Path:
        return self.prefix / ("bin" if self.target.system == "windows" else "lib") / self.target.library

    def environment(self) -> dict[str, str]:
        ours = {
            "ZIG_GLOBAL_CACHE_DIR": str(toolchain.TOOLS / "packages/zig-cache"),
            "WINEPREFIX": str(self.folder / "wine"),
            "WINEDEBUG": "-all",
        }
        return {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"} | ours

    def pkg_config(self, *words: str, name: str = "ferry", **variables: str) -> list[str]:
        tool = shutil.which("pkg-config") or toolchain.TOOLS / "python/bin/pkg-config"
        found = {"PKG_CONFIG_LIBDIR": str(self.prefix / "lib/pkgconfig")} | variables
        return run(tool, *words, name, env=os.environ | found).split()

    def compile(self, flags: list[str], name: str) -> Path:
        program = self.folder / (f"{name}.exe" if self.target.system == "windows" else name)
        # -O2, for zig puts checkers into what is not optimised, and they need a newer musl than Debian's.
        flags = [
            "-std=c11",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            str(HERE / "smoke.c"),
            "-o",
            str(program),
            *flags,
        ]
        run(self.compiler, *flags, cwd=self.folder, env=self.environment())
        return program

    def through(self, *libraries: Path) -> list[str]:
        """What comes before a program: the emulator, and the loader of its system with these libraries."""
        if self.target.system == "windows":
            return [self.target.runner]
        places = [*libraries]
        if self.target.is_gnu:
            places += [self.root / kind / self.target.multiarch for kind in ("lib", "usr/lib")]
        emulator = [self.target.runner] if self.target.runner else []
        loader = self.root / self.target.loader
        return [*emulator, str(loader), "--library-path", ":".join(map(str, places))]

    def transfer(self, *program: str | Path, env: dict[str, str] | None = None) -> str:
        """Runs a program that uploads and downloads, and compares."""
        copy = self.folder / "copy.png"
        copy.unlink(missing_ok=True)
        said = run(
            *program,
            self.picture,
            self.address,
            "ca.pem",
            "copy.png",
            cwd=self.folder,
            env=env or self.environment(),
        )
        check(copy.read_bytes() == self.picture.read_bytes(), f"{program}: other bytes came back")
        check(toolchain.version() in said, f"{program} says {said}")
        return said

    # What is looked at.

    def head(self) -> artefact.Artefact:
        found = artefact.read(self.library, self.target)
        symbols = frozenset((ROOT / "tests/abi/symbols.txt").read_text(encoding="utf-8").split())
        # zig's linker for macOS lets out what Rust's runtime and it share; no name of C is among them.
        more = {
            name
            for name in found.exported - symbols
            if not (self.target.system == "darwin" and OF_MACOS(name))
        }
        check(not more, f"{self.library} exports {sorted(more)} too")
        check(found.exported >= symbols, f"{self.library} does not export {sorted(symbols - found.exported)}")
        check(found.size <= LARGEST, f"{self.library} has {found.size} bytes, more than {LARGEST}")
        expected = {"linux": "libferry.so.", "darwin": "@rpath/libferry.", "windows": "ferry.dll"}
        check(found.name.startswith(expected[self.target.system]), f"{self.library} is called {found.name}")
        for library in (self.library, self.prefix / "lib/libferry.a"):
            text = library.read_bytes()
            check(b"/registry/src/" not in text, f"{library} tells of the registry")
            for place in (ROOT, toolchain.cargo_home(), Path.home()):
                check(f"{place}/".encode() not in text or str(place) == "/", f"{library} tells of {place}")
        for name in ("README.md", "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.txt", "sbom.cdx.json"):
            check((self.prefix / name).is_file(), f"{self.prefix} has no {name}")
        check_sboms(self.prefix.glob("sbom.cdx.json"), self.prefix)
        for file in self.prefix.rglob("*"):
            if file.suffix in (".pc", ".cmake"):
                check(str(ROOT) not in file.read_text(encoding="utf-8"), f"{file} tells of {ROOT}")
        return found

    def programs(self) -> None:
        """Compiled by the flags of pkg-config, with the static library, and by CMake."""
        shared = self.compile([*self.pkg_config("--cflags", "--libs"), *self.dynamic], "shared")
        static = self.compile(self._static_flags(), "static")
        by_cmake = self._by_cmake()
        name = artefact.read(self.library, self.target).name.encode()
        for program, is_shared in ((shared, True), (by_cmake, True), (static, False)):
            check((name in program.read_bytes()) == is_shared, f"{program} is linked with the other library")
        if self.target.system == "darwin":
            self.how.append("linked; not run: there is no macOS here")
            return
        if self.target.system == "windows":
            # A program takes a DLL that lies beside it; one is for what Wine 8 lacks.
            shutil.copy(self.library, self.folder)
            stub, source = self.folder / "bcryptprimitives.dll", HERE / "windows/bcryptprimitives.c"
            run(self.compiler, "-shared", "-o", stub, source, "-ladvapi32", env=self.environment())
        before = self.through(self.library.parent)
        self.transfer(*before, shared)
        self.transfer(*before, by_cmake)
        # A static program for musl has no loader.
        alone = [self.target.runner] if self.target.runner else []
        self.transfer(*(alone if self.target.is_musl else self.through()), static)
        self.how.append(f"C {self._where()}: shared, static, CMake")

    def _where(self) -> str:
        emulators = {"": "natively", "wine": "under wine"}
        return emulators.get(self.target.runner, "under qemu")

    def _static_flags(self) -> list[str]:
        flags = self.pkg_config("--cflags", "--libs", name="ferry-static")
        if self.is_zig:
            # It has LLVM's library for unwinding instead of GCC's. std names iconv for macOS, and nothing of
            # ours uses it; zig does not have it.
            flags = ["-lunwind" if flag == "-lgcc_s" else flag for flag in flags if flag != "-liconv"]
        return [*flags, "-static"] if self.target.is_musl else flags

    def _by_cmake(self) -> Path:
        source = self.folder / "cmake"
        source.mkdir()
        shutil.copy(HERE / "smoke.c", source)
        (source / "CMakeLists.txt").write_text(CMAKE, encoding="utf-8")
        cmake = shutil.which("cmake") or toolchain.TOOLS / "python/bin/cmake"
        system = {"linux": "Linux", "darwin": "Darwin", "windows": "Windows"}[self.target.system]
        words = [
            f"-DCMAKE_SYSTEM_NAME={system}",
            f"-DCMAKE_C_COMPILER={self.compiler}",
            "-DCMAKE_BUILD_TYPE=Release",
        ]
        words += [f"-DCMAKE_EXE_LINKER_FLAGS={' '.join(self.dynamic)}"]
        words += [f"-Dferry_DIR={self.prefix / 'lib/cmake/ferry'}", "-DCMAKE_C_COMPILER_WORKS=1"]
        run(cmake, "-S", source, "-B", source / "build", *words, env=self.environment())
        run(cmake, "--build", source / "build", env=self.environment())
        return next((source / "build").glob("by_cmake*"))

    def wheel(self) -> None:
        wheel = next(self.packages.glob(f"*-py3-none-{self.target.wheel}.whl"))
        site = self.folder / "site"
        # pip judges whether the name fits, also for a platform that is not this one.
        run(
            sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
            "--only-binary=:all:", "--platform", self.target.wheel, "--python-version", "3.11",
            "--target", site, wheel,
        )  # fmt: skip
        inside = next((site / "ferry/lib").iterdir())
        check(
            inside.read_bytes() == self.library.read_bytes(), f"{wheel} has another library than the archive"
        )
        told = next(site.glob("*.dist-info/licenses/THIRD-PARTY.txt"), None)
        check(told is not None, f"{wheel} has no licences of what is compiled into the library")
        check_sboms(site.glob("*.dist-info/sboms/*.cdx.json"), wheel)
        variables = self.environment() | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
        if self.target.triple == "x86_64-unknown-linux-gnu":
            ran = [self._native_python(python, wheel) for python in filter(None, map(_python, PYTHONS))]
            check(bool(ran), f"none of the Pythons {', '.join(PYTHONS)} is here")
            self.how.append(f"Python {', '.join(ran)}")
        elif self.target.is_gnu:
            variables |= {"PYTHONHOME": str(self.root / "usr")}
            python = self.root / "usr/bin/python3.11"
            self.transfer(*self.through(), python, HERE / "smoke.py", env=variables)
            self.how.append("Python 3.11 of Debian")
        else:
            self.how.append("wheel installed, its library is the archive's")

    def _native_python(self, python: Path, wheel: Path) -> str:
        """In an environment of its own, as a user has it."""
        version = python.name.removeprefix("python")
        place = self.folder / f"venv-{version}"
        run(python, "-m", "venv", place)
        run(place / "bin/python", "-m", "pip", "install", "--quiet", "--no-index", wheel)
        self.transfer(place / "bin/python", HERE / "smoke.py")
        return version

    def go(self) -> None:
        """Compiled by cgo with the archive of the target that has a cross compiler of its own."""
        if self.target.triple not in ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"):
            return
        module = self.folder / "go"
        module.mkdir()
        shutil.copy(HERE / "smoke.go", module / "main.go")
        binding = "github.com/libferry/ferry/bindings/go/ferry"
        needs = f"require {binding} v0.0.0\nreplace {binding} => {ROOT / 'bindings/go/ferry'}\n"
        (module / "go.mod").write_text(f"module smoke\n\ngo 1.21\n\n{needs}", encoding="utf-8")
        tool = toolchain.TOOLS / "go"
        variables = self.environment() | {
            "CC": str(self.compiler),
            "CGO_ENABLED": "1",
            "GOARCH": {"amd64": "amd64", "arm64": "arm64"}[self.target.debian],
            "GOFLAGS": "-mod=mod",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
            "GOCACHE": str(toolchain.TOOLS / "go-cache"),
            "PKG_CONFIG": str(shutil.which("pkg-config") or toolchain.TOOLS / "python/bin/pkg-config"),
            "PKG_CONFIG_LIBDIR": str(self.prefix / "lib/pkgconfig"),
        }
        run(tool, "build", "-o", self.folder / "by_go", ".", cwd=module, env=variables)
        self.transfer(*self.through(self.library.parent), self.folder / "by_go")
        self.how.append(f"Go {self._where()}")

    def debs(self) -> None:
        """Unpacked into a root of their own, beside the C library that they need."""
        if not self.target.has_deb:
            return
        debs = sorted(self.packages.glob(f"libferry*_{self.target.debian}.deb"))
        check(len(debs) == 2, f"{len(debs)} .debs in {self.packages}")
        place = self.folder / "deb"
        for deb in debs:
            run("dpkg-deb", "-x", deb, place)
            if "-dev" not in deb.name:
                check_sboms(place.rglob("*.cdx.json*"), deb)
        libraries = place / "usr/lib" / self.target.multiarch
        flags = self.pkg_config(
            "--cflags", "--libs",
            PKG_CONFIG_LIBDIR=str(libraries / "pkgconfig"), PKG_CONFIG_SYSROOT_DIR=str(place),
            PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1",
        )  # fmt: skip
        self.transfer(*self.through(libraries), self.compile(flags, "by_deb"))
        state = self.root / "apt"
        # apt finds what they depend on.
        options = [
            f"Dir::State={state}", f"Dir::State::status={state}/status", f"Dir::State::lists={state}/lists",
            f"Dir::Cache={state}/cache", f"APT::Architecture={self.target.debian}",
            f"APT::Architectures={self.target.debian}", "APT::Install-Recommends=false",
        ]  # fmt: skip
        words = [word for option in options for word in ("-o", option)]
        said = run("apt-get", *words, "--simulate", "install", *debs)
        check(
            all(f"Inst {deb.name.split('_')[0]} " in said for deb in debs),
            f"apt-get would not install:\n{said}",
        )
        how = ".deb"
        if shutil.which("lintian"):
            run("lintian", "--fail-on", "error,warning", "--suppress-tags", ",".join(NOT_OURS), *debs)
            how += " (lintian)"
        self.how.append(how)


def _python(version: str) -> Path | None:
    """A Python of that version, on the path or of pyenv."""
    places = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python{version}"))
    found = shutil.which(f"python{version}")
    # pyenv's own programs in PATH fail where that version is not chosen.
    for python in [*places, *([Path(found)] if found else [])]:
        if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    return None


WORDS = ("builds", "smoke-tested", "tested")
# The targets of cargo that pass there, beside the library's own tests.
UNDER_WINE = ("transfer", "durable", "download", "http", "filestack", "telestream", "faults", "vectors")


def tests(target: Target) -> str:
    """Runs the project's own tests for a target that TESTS names; the word for how far it was tried. Those of
    this machine's library are `make test`.
    """
    if target.system == "darwin":
        return "builds"
    if target.triple == "x86_64-unknown-linux-gnu":
        return "tested"
    if target.triple not in os.environ.get("TESTS", "").split():
        return "smoke-tested"
    scripts = [[str(HERE / "run"), target.triple]]
    if target.system == "windows":
        under_wine = str(HERE / "windows/test")
        wanted = [word for name in UNDER_WINE for word in ("--test", name)]
        scripts = [[under_wine, "-p", "libferry", "--lib", *wanted], [under_wine, "kills"]]
    for words in scripts:
        run(*words, timeout=3000, cwd=ROOT, env=os.environ | {"TOOLS": str(toolchain.TOOLS)})
    return "tested"


def claimed() -> dict[str, str]:
    """The word for each target in the table of README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([a-z0-9_-]+)` \| ([a-z-]+) \|", text, re.MULTILINE))


def main(folder: Path, packages: Path, program: Path, triples: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows, wrong, claims = [], [], claimed()
    with cloud(program, folder) as (address, ca):
        for target in chosen(triples):
            try:
                bench = Bench(target, folder, packages, address, ca)
                head = bench.head()
                for step in (bench.programs, bench.wheel, bench.go, bench.debs):
                    step()
                found, told = tests(target), claims.get(target.triple, "builds")
                check(WORDS.index(told) <= WORDS.index(found), f"README.md says {told}, and it is {found}")
            except (Failed, OSError, subprocess.TimeoutExpired) as error:
                wrong.append(target.triple)
                print(f"{target.triple}: {error}", flush=True)
                continue
            needed = ", ".join(Path(name).name for name in head.needed)
            cells = [f"`{target.triple}`", found, "; ".join(bench.how), head.oldest, needed]
            rows.append(f"| {' | '.join(cells)} | {head.size / 1e6:.2f} MB |")
            print(f"{target.triple}: {'; '.join(bench.how)}", flush=True)
    titles = "| Target | | How | From | Needs | Library |\n|---|---|---|---|---|--:|\n"
    (folder / "table.md").write_text(titles + "\n".join(rows) + "\n", encoding="utf-8")
    print((folder / "table.md").read_text(encoding="utf-8"))
    print(f"{len(rows)} passed, {len(wrong)} failed")
    if wrong:
        raise SystemExit(f"make platforms: {' '.join(wrong)}: see above")


if __name__ == "__main__":
    place, packages, program = (Path(word).resolve() for word in sys.argv[1:4])
    main(place, packages, program, sys.argv[4:])
