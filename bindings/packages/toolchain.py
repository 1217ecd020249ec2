"""How cargo is called for a target: what compiles, what links, and with which words, so that the result tells
nothing of the folder that it was made in.
"""

import os
import subprocess
from pathlib import Path

from targets import GLIBC, MACOS, Target

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOLS = Path(os.environ.get("TOOLS", ROOT / "target" / "tools")).resolve()
# cargo, rustc, zig and cargo-zigbuild, as `setup` has found or installed them.
BIN = TOOLS / "packages" / "bin"
MINGW = "x86_64-w64-mingw32"


def output(*command: str, **more: object) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout.strip()  # type: ignore[call-overload, no-any-return]


def _of_the_manifest(key: str) -> str:
    text = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return text.split(f'\n{key} = "', 1)[1].split('"', 1)[0]


def version() -> str:
    return _of_the_manifest("version")


def home() -> str:
    return _of_the_manifest("repository")


def epoch() -> int:
    """The time of the commit, which every file in the packages has."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or output("git", "log", "-1", "--format=%ct", cwd=ROOT))


def rustc_version() -> str:
    return output(str(BIN / "rustc"), "--version").split()[1]


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def environment(target: Target, build: Path) -> dict[str, str]:
    """The variables for make and cargo, which build in the folder `build`."""
    sysroot = Path(output(str(BIN / "rustc"), "--print", "sysroot"))
    source = sysroot / "lib/rustlib/src/rust"
    folders = {
        source: "/rust",
        source.resolve(): "/rust",
        cargo_home(): "/cargo",
        # The folder of a registry has the name of its host.
        **{registry: "/cargo/registry" for registry in (cargo_home() / "registry/src").glob("*")},
        # As a rule the rest is in ROOT; the last that fits is taken.
        ROOT: "/ferry",
        TOOLS: "/tools",
        build: "/build",
    }
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in folders.items()]
    # The compilers of C get them too: assertions name files.
    c_flags = [f"-ffile-prefix-map={folder}={name}" for folder, name in folders.items()]
    if target.is_musl:
        flags.append("-Ctarget-feature=-crt-static")
    if target.system == "darwin":
        # The linker strips: no debugging information, which names files here, and no local symbols.
        flags += ["-Clink-arg=-Wl,-S", "-Clink-arg=-Wl,-x"]
    passed = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CARGO_", "MAKE", "MFLAGS", "RUST"))
        and name not in ("CC", "CFLAGS", "PREFIX")
    }
    variables = passed | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "CARGO_HOME": str(cargo_home()),
        "CARGO_TARGET_DIR": str(build),
        # It compiles two targets at a time.
        "CARGO_BUILD_JOBS": "2",
        "CARGO_INCREMENTAL": "0",
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        # What rustc would call for it knows no Mach-O.
        **({"CARGO_PROFILE_PACKAGES_STRIP": "none"} if target.system == "darwin" else {}),
        f"CFLAGS_{target.triple.replace('-', '_')}": " ".join(c_flags),
        "MACOSX_DEPLOYMENT_TARGET": MACOS,
        # For -Zbuild-std, which a stable cargo does not take without it.
        "RUSTC_BOOTSTRAP": "1",
        "SOURCE_DATE_EPOCH": str(epoch()),
        "ZIG_GLOBAL_CACHE_DIR": str(TOOLS / "packages" / "zig-cache"),
    }
    if target.system == "windows":
        triple = target.triple.replace("-", "_")
        variables[f"CARGO_TARGET_{triple.upper()}_LINKER"] = f"{MINGW}-gcc-posix"
        variables[f"CC_{triple}"] = f"{MINGW}-gcc-posix"
        variables[f"AR_{triple}"] = f"{MINGW}-ar"
    return variables


def words(target: Target) -> list[str]:
    """What make is told of cargo."""
    triple = f"{target.triple}.{GLIBC}" if target.is_gnu else target.triple
    # Not `backtrace`, which reads debugging information that a library without symbols does not have.
    # `optimize_for_size`: with the fast sorting and printing of std the library has 0.1 MB more.
    std = "-Zbuild-std=std,panic_unwind -Zbuild-std-features=default,panic-unwind,optimize_for_size"
    return [
        f"CARGO={'cargo' if target.system == 'windows' else 'cargo-zigbuild'}",
        f"CARGO_ARGS=--target {triple} {std}",
        f"TRIPLE={target.triple}",
        "PROFILE=packages",
    ]
