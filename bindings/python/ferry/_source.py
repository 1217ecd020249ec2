"""File objects that are read."""

from __future__ import annotations

import io
import os
from typing import Any, Optional

from ._running import plain_callable


def is_file_object(source: Any) -> bool:
    return hasattr(source, "read") or hasattr(source, "readinto")


def binary(file: Any) -> Any:
    """The file object; refuses one that gives text or has to be awaited, before anything is sent."""
    if isinstance(file, io.TextIOBase):
        raise TypeError(
            f"the file object {name_of(file) or type(file).__name__} gives text: open it in binary mode, "
            "open(path, 'rb'), or give an io.BytesIO"
        )
    for method in ("readinto", "read"):
        if hasattr(file, method):
            plain_callable(f"{method}() of the file object", getattr(file, method))
    return file


def name_of(file: Any) -> Optional[str]:
    """The name of a file object, if it is a file's."""
    name = getattr(file, "name", None)
    return os.path.basename(name) if isinstance(name, str) and not name.startswith("<") else None
