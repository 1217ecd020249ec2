"""Progress: what a call reports on the way, and the bar that can show it."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Union


class Progress(NamedTuple):
    """How far a call has come. Reported at once, then two to ten times a second, and at 100 %."""

    bytes_done: int
    """Never goes down during a call; bytes_total only in the last report, when all is done and confirmed.
    While a file object of unknown size is read, the bytes read; then it begins again at 0.
    """
    bytes_total: int
    """0 while it is not known."""
    parts_done: int
    """Parts confirmed by the storage."""
    parts_total: int
    retries: int
    """Requests that had to be tried again."""
    bytes_per_second: int
    """Over the last five seconds."""
    seconds_left: Optional[float]
    """At that rate; None while it is not known."""
    files_done: int = 0
    """Files of a batch that are stored."""
    files_total: int = 0
    """0 outside of a batch."""

    @property
    def percent(self) -> float:
        """From 0 to 100; 0 while bytes_total is not known."""
        return 100 * self.bytes_done / self.bytes_total if self.bytes_total else 0.0


Reporter = Union[Callable[[Progress], object], bool, None]
"""A callable that is given each Progress on the thread that made the call. What it raises interrupts the call
and is raised by it. False as its answer interrupts the call, which then raises Cancelled. True instead of a
callable shows a bar of tqdm, which has to be installed.
"""


class Bar:
    """A tqdm bar as a progress callable."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
        except ImportError as error:
            raise ImportError(
                "progress=True shows a bar of tqdm: pip install tqdm, or give a callable"
            ) from error
        self._bar: Any = tqdm(unit="B", unit_scale=True)

    def __call__(self, progress: Progress) -> None:
        self._bar.total = progress.bytes_total or None
        self._bar.update(progress.bytes_done - self._bar.n)

    def close(self) -> None:
        self._bar.close()
