"""In a simulated fiscal printer: what it keeps without power, as bytes, so that it outlives its process too.

Battery and fiscal memory, the lines that are still to be printed and the paper that already hangs out. Only objects of
the simulator are ever read back.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from typing import Any, Final

from drivers.printers.datecs.simulated.memory import Memory
from drivers.printers.datecs.simulated.printing import PaperDocument, Printing

_OURS: Final = ("drivers.printers.datecs.simulated.", "drivers.printers.escpos.simulated.paper")
_PLAIN: Final = frozenset({("collections", "Counter"), ("collections", "deque"), ("datetime", "datetime")})


@dataclass(slots=True)
class Kept:
    """`paper`: the document that is being printed. `last`: SEQ and frame of the last answer, if it survives that."""

    model: str
    memory: Memory
    printing: Printing
    papers: list[PaperDocument]
    paper: PaperDocument | None
    last: tuple[int, bytes] | None

    def to_bytes(self) -> bytes:
        return pickle.dumps(self)


def kept(data: bytes, model: str) -> Kept:
    """Raises ValueError for what is no memory of a simulated fiscal printer, or of another model's."""
    try:
        found = _Reader(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, TypeError, IndexError, KeyError, ImportError) as error:
        raise ValueError(f"this is no memory of a simulated fiscal printer ({error})") from error
    if isinstance(found, Kept) and found.model == model:
        return found
    what = f"the memory of a {found.model} one" if isinstance(found, Kept) else "something else"
    raise ValueError(f"this is no memory of a simulated {model} device, but {what}")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN or module.startswith(_OURS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no business there")
