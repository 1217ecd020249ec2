"""Finds libferry, loads it and checks that it is the version this package was written for."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from pathlib import Path
from typing import Tuple

from . import _abi

WANTED = (_abi.FERRY_VERSION_MAJOR, _abi.FERRY_VERSION_MINOR)


def names(platform: str) -> Tuple[str, str]:
    """What the library is called on a platform: in the package, and to the loader of the system."""
    # Before 1.0 a new minor version may break programs, from 1.0 on it only adds.
    abi = f"0.{WANTED[1]}" if WANTED[0] == 0 else f"{WANTED[0]}"
    if platform == "win32":
        return "ferry.dll", "ferry.dll"
    if platform == "darwin":
        return "libferry.dylib", f"libferry.{abi}.dylib"
    return "libferry.so", f"libferry.so.{abi}"


NAME, LOADED_NAME = names(sys.platform)


def _find() -> str:
    """FERRY_LIBRARY if it is set, else the library inside the package, else the system's."""
    named = os.environ.get("FERRY_LIBRARY")
    if named:
        return named
    inside = Path(__file__).with_name("lib") / NAME
    if inside.exists():
        return str(inside)
    # The loader looks into folders that Python does not know: with musl, in a conda environment.
    return ctypes.util.find_library("ferry") or LOADED_NAME


def _load() -> ctypes.CDLL:
    path = _find()
    try:
        # On Windows all of its functions are cdecl, and what a path needs is looked for beside it.
        library = ctypes.CDLL(path)
        library.ferry_version_number.restype = ctypes.c_uint32
        number = library.ferry_version_number()
    except (OSError, AttributeError) as error:
        raise ImportError(
            f"ferry: {path} cannot be loaded as libferry: {error}. Install a wheel of this package, which "
            f"has it inside, or libferry (make install), or set FERRY_LIBRARY to the path of {NAME}."
        ) from error
    found = (number >> 16, number >> 8 & 0xFF)
    fits = found == WANTED if WANTED[0] == 0 else found[0] == WANTED[0] and found[1] >= WANTED[1]
    if not fits:
        raise ImportError(
            f"ferry: {path} is libferry {found[0]}.{found[1]}, this package needs {WANTED[0]}.{WANTED[1]}: "
            "install both from one release."
        )
    for name, (result, arguments) in _abi.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise ImportError(
                f"ferry: {path} has no {name}; it is older than this package: install both from one release."
            ) from error
        function.restype, function.argtypes = result, arguments
    return library


lib = _load()
