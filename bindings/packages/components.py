"""What is compiled into the library of a target, who made it, and under which licence: for the SBOM
(CycloneDX) and the licences in a package. Tests' and build scripts' dependencies are not in it.
"""

import json
import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import toolchain
from targets import Target

LICENCE_FILES = re.compile(r"(?i)(licen[cs]e|copying|notice|unlicense|copyright)")


@dataclass
class Component:
    name: str
    version: str
    licence: str  # an SPDX expression
    purl: str
    sha256: str = ""
    texts: list[Path] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)  # their purls


@cache
def crates(target: Target) -> list[Component]:
    """The crates, ours first."""
    cargo = str(toolchain.BIN / "cargo")
    common = {"cwd": toolchain.ROOT, "env": toolchain.environment(target, toolchain.ROOT / "target")}
    tree = toolchain.output(
        cargo, "tree", "--locked", "--package", "libferry", "--features", "capi", "--edges", "normal",
        "--target", target.triple, "--prefix", "none", "--format", "{p}", **common,
    )  # fmt: skip
    linked = {tuple(line.split()[:2]) for line in tree.splitlines()}
    data: dict[str, Any] = json.loads(
        toolchain.output(
            cargo,
            "metadata",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            target.triple,
            **common,
        )
    )
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    packages = {
        package["id"]: package
        for package in data["packages"]
        if (package["name"], f"v{package['version']}") in linked
    }
    lock = (toolchain.ROOT / "Cargo.lock").read_text(encoding="utf-8")
    sums = {
        (name, version): checksum
        for name, version, checksum in re.findall(
            r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([^"]+)"', lock
        )
    }
    found = []
    for key, package in packages.items():
        folder = Path(package["manifest_path"]).parent
        is_ours = package["name"] == "libferry"
        found.append(
            Component(
                package["name"],
                package["version"],
                package["license"].replace("/", " OR "),
                _purl(package),
                sums.get((package["name"], package["version"]), ""),
                # A crate may keep its texts in a folder; ring does with those of what it took over.
                sorted(
                    path
                    for path in (folder.glob("*") if is_ours else folder.rglob("*"))
                    if path.is_file()
                    and LICENCE_FILES.match(path.name)
                    and path.suffix not in (".rs", ".toml")
                ),
                sorted(
                    _purl(packages[need["pkg"]])
                    for need in nodes[key]["deps"]
                    if need["pkg"] in packages and any(kind["kind"] is None for kind in need["dep_kinds"])
                ),
            )
        )
    return sorted(found, key=lambda crate: (crate.name != "libferry", crate.name, crate.version))


def _purl(package: dict[str, Any]) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def runtimes(target: Target) -> list[Component]:
    """What the compilers add."""
    rust = toolchain.rustc_version()
    text = (
        Path(toolchain.output(str(toolchain.BIN / "rustc"), "--print", "sysroot"))
        / "lib/rustlib/src/rust/COPYRIGHT"
    )
    texts = [text] if text.exists() else []
    found = [Component("rust-std", rust, "MIT OR Apache-2.0", f"pkg:generic/rust-std@{rust}", "", texts)]
    if target.system == "windows":
        gcc = _mingw_gcc()
        licence = "GPL-3.0-or-later WITH GCC-exception-3.1"
        found.append(Component("libgcc", gcc, licence, f"pkg:generic/libgcc@{gcc}"))
        found.append(Component("mingw-w64", _mingw(), "ZPL-2.1", f"pkg:generic/mingw-w64@{_mingw()}"))
    elif target.system == "linux":
        zig = _zig()
        folder = next((toolchain.BIN.parent / "lib").glob("python3*/site-packages/ziglang/lib/libunwind"))
        licence = "Apache-2.0 WITH LLVM-exception"
        found.append(
            Component(
                "libunwind",
                f"zig-{zig}",
                licence,
                f"pkg:generic/libunwind@zig-{zig}",
                "",
                [folder / "LICENSE.TXT"],
            )
        )
    return found


def tools(target: Target) -> list[tuple[str, str]]:
    """What made the library, and its version."""
    linker = ("gcc", _mingw_gcc()) if target.system == "windows" else ("zig", _zig())
    return [("rustc", toolchain.rustc_version()), linker]


def _zig() -> str:
    return toolchain.output(str(toolchain.BIN / "python"), "-m", "ziglang", "version")


def _mingw_gcc() -> str:
    return toolchain.output(f"{toolchain.MINGW}-gcc-posix", "-dumpversion")


def _mingw() -> str:
    text = "#include <_mingw.h>\n__MINGW64_VERSION_MAJOR\n"
    return toolchain.output(f"{toolchain.MINGW}-gcc-posix", "-E", "-P", "-", input=text).splitlines()[-1]


def sbom(target: Target) -> str:
    """A CycloneDX document."""
    ours, *others = crates(target)
    added = runtimes(target)
    others += added
    name = f"{ours.purl}?target={target.triple}"
    when = datetime.fromtimestamp(toolchain.epoch(), timezone.utc)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}#{toolchain.epoch()}')}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": [{"type": "application", "name": n, "version": v} for n, v in tools(target)]},
            "component": _component(ours) | {"properties": [{"name": "target", "value": target.triple}]},
        },
        "components": [_component(other) for other in others],
        "dependencies": [
            {"ref": ours.purl, "dependsOn": [*ours.needs, *(each.purl for each in added)]},
            *({"ref": each.purl, "dependsOn": each.needs} for each in others),
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _component(each: Component) -> dict[str, Any]:
    hashes = {"hashes": [{"alg": "SHA-256", "content": each.sha256}]} if each.sha256 else {}
    return {
        "type": "library",
        "bom-ref": each.purl,
        "name": each.name,
        "version": each.version,
        "purl": each.purl,
        "licenses": [{"expression": each.licence}],
    } | hashes


def third_party(target: Target) -> str:
    """The licences of all that is not ours: a list, then each text once, below the names of its crates."""
    others = crates(target)[1:] + runtimes(target)
    lines = ["This library contains, under these licences (SPDX):", ""]
    lines += [f"{each.name} {each.version}: {each.licence}" for each in others]
    users: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    for each in others:
        for path in each.texts:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            key = " ".join(text.split())
            texts.setdefault(key, text)
            if each.name not in users[key]:
                users[key].append(each.name)
    for key, names in users.items():
        lines += ["", "=" * 78, ", ".join(names), "", texts[key]]
    without = [each.name for each in others if not each.texts]
    if without:
        lines += ["", "=" * 78, "Without a text of their own: " + ", ".join(without)]
    return "\n".join(lines) + "\n"
