"""Beside any vendor's place on a sale's way: a row of what its sandbox can do and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["documented", "inferred"]


@dataclass(frozen=True, slots=True)
class Capability:
    """`operation`: as the vendor's table of routes names it, or a subject where the point is not one operation's.

    `basis`: `documented`: the vendor's papers say so, or it was seen; `inferred`: they are silent or contradict
    themselves, `what` says what was chosen, `option` names the sandbox's option that chooses otherwise.
    """

    operation: str
    what: str
    basis: Basis
    source: str
    option: str = ""
