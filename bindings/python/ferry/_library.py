"""Finds libferry, loads it and checks that it is the version this package was written for."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from pathlib import Path

from . import _abi

NAME = "libferry.dylib" if sys.platform == "darwin" else "libferry.so"


def _find() -> str:
    """FERRY_LIBRARY if it is set, else the library inside the package, else the system's."""
    named = os.environ.get("FERRY_LIBRARY")
    if named:
        return named
    inside = Path(__file__).with_name("lib") / NAME
    if inside.exists():
        return str(inside)
    installed = ctypes.util.find_library("ferry")
    if installed:
        return installed
    raise ImportError(
        f"ferry: there is no {NAME}, neither in the package nor on this system. Install a wheel, which has "
        f"it inside, or libferry (make install), or set FERRY_LIBRARY to the path of {NAME}."
    )


def _load() -> ctypes.CDLL:
    path = _find()
    try:
        library = ctypes.CDLL(path)
        library.ferry_version_number.restype = ctypes.c_uint32
        number = library.ferry_version_number()
    except (OSError, AttributeError) as error:
        raise ImportError(f"ferry: {path} cannot be loaded as libferry: {error}") from error
    wanted = (_abi.FERRY_VERSION_MAJOR, _abi.FERRY_VERSION_MINOR)
    found = (number >> 16, number >> 8 & 0xFF)
    # Before 1.0 a new minor version may break programs, from 1.0 on it only adds.
    fits = found == wanted if wanted[0] == 0 else found[0] == wanted[0] and found[1] >= wanted[1]
    if not fits:
        raise ImportError(
            f"ferry: {path} is libferry {found[0]}.{found[1]}, this package needs {wanted[0]}.{wanted[1]}: "
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
