"""Beside a sale's way: what is known of the slip that was printed last, as long as it can still be known.

A slip leaves a number in the device like any document. Whatever is made after it blurs that, so before anything else
begins, what the device shows of the slip is kept. It lives as long as the process, because a slip is no money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: On paper; broken off in the middle; not a line of it; nobody knows.
Became = Literal["printed", "fragment", "missing", "unknown"]


@dataclass(slots=True)
class SlipMemory:
    """The last slip: its job, the document before it, and what became of it once that is settled."""

    job_id: str = ""
    before: int = 0
    settled: Became | None = None

    def begin(self, job_id: str, document: int) -> None:
        """A slip is begun; `document` is the number of the last one before it."""
        self.job_id, self.before, self.settled = job_id, document, None

    def copied(self, job_id: str) -> None:
        """The device is told to copy a receipt by itself, which may leave no number at all."""
        self.job_id, self.settled = job_id, "unknown"

    def overtaken(self, document: int, *, was_open: bool) -> None:
        """Something else begins. `document`: the last one now; `was_open`: a slip had to be closed first."""
        if self.settled is None:
            self.settled = self._shown(document, was_open=was_open)

    def became(self, job_id: str, document: int, *, was_open: bool) -> Became:
        """What became of that job, by what was kept of it or by what the device shows now."""
        if job_id != self.job_id:
            return "fragment" if was_open and not self.job_id else "unknown"
        return self.settled or self._shown(document, was_open=was_open)

    def _shown(self, document: int, *, was_open: bool) -> Became:
        if was_open:
            return "fragment"
        return "missing" if document == self.before else "printed" if document == self.before + 1 else "unknown"
