"""Journals: what uploads need to go on after their process has ended."""

from __future__ import annotations

import os
from ctypes import byref, c_uint64
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Union

from ._call import Path, check, owned_json, path_text, real
from ._library import lib
from .errors import InvalidArgument


class Journal(NamedTuple):
    """An upload that is not over, as its journal tells it. A batch has a journal that tells `files` and
    `files_stored`, and others for its files that are under way.
    """

    id: str
    """The name of its file in the folder, without ending."""
    service: str
    """"filestack" or "telestream"."""
    path: Optional[str]
    """The file that is uploaded; None for a batch, and so are the next two."""
    size: Optional[int]
    """In bytes, with the extra files of a video."""
    bytes_stored: Optional[int]
    """Bytes that the service has confirmed, and that are not sent again."""
    begun: datetime
    changed: datetime
    """When it was last written."""
    in_use: bool
    """Whether an upload holds it, in any process."""
    files: Optional[int] = None
    """How many files the batch has; None for an upload of one file, and so is the next."""
    files_stored: Optional[int] = None
    """How many of them are stored, and are not sent again."""


class Journals:
    """The journals in a folder, which uploads with `journal=folder` keep there.

    >>> for journal in Journals('/var/lib/program/uploads'):
    ...     print(journal.path, journal.bytes_stored, journal.size, journal.in_use)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __iter__(self) -> Iterator[Journal]:
        """Reads the folder, oldest upload first. A folder that is not there has none."""
        found = owned_json(lib.ferry_journal_list, path_text("folder", self._folder))
        return iter([_journal(it) for it in found])

    def prune(self, older_than: Union[timedelta, float]) -> int:
        """Removes the journals that nobody holds and that have not changed for so long: a timedelta or
        seconds; 0 removes all of them. Their uploads cannot go on then. Nothing is sent. Returns how many.
        """
        seconds = older_than.total_seconds() if isinstance(older_than, timedelta) else older_than
        if not 0 <= real("older_than", seconds) < 1 << 63:
            raise InvalidArgument(f"older_than is {older_than!r}; it takes a timedelta or seconds from 0")
        removed = c_uint64()
        check(lib.ferry_journal_prune, path_text("folder", self._folder), -int(-seconds // 1), byref(removed))
        return removed.value

    def __repr__(self) -> str:
        return f"<Journals {os.fspath(self._folder)!r}>"


def _journal(told: Mapping[str, Any]) -> Journal:
    begun, changed = (datetime.fromtimestamp(told[name], timezone.utc) for name in ("begun", "changed"))
    of_one_file: Mapping[str, Any] = {"path": None, "size": None, "bytes_stored": None}
    return Journal(**{**of_one_file, **told, "begun": begun, "changed": changed})
