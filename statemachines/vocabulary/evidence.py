"""What a printer can prove, and what it counts.

Evidence, best first (receipt printers): `process_id` the printer answered the job's own id after printing it;
`odometer` its counters moved by exactly this job; `barrier` it processed everything we sent; `assumed` it stayed
healthy for the time that the job takes; `person` somebody looked; `read_back` a fiscal device's memory; `none`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PrintEvidence = Literal["process_id", "odometer", "barrier", "read_back", "assumed", "person", "none"]


@dataclass(frozen=True, slots=True)
class Counters:
    """A printer's odometers as read: paper cuts and lines fed since it was made (None = it does not tell)."""

    cuts: int | None = None
    lines: int | None = None
