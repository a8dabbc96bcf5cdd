"""For an installer: one line for every page that a printer may have, so that the right one can be read off.

ESC t takes any number, and a printer that lacks a page keeps the one before: each line first selects page 0, so that
a page that is not there shows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from drivers.printers.escpos import commands
from drivers.printers.escpos.means import Means
from drivers.printers.escpos.writer import Writer, harmless
from drivers.printers.trial import LETTERS

Body = Callable[[Writer], None]
#: A printer without page 0 keeps what it has.
_COMMON: Final = 0


def sheet(pages: Sequence[int], encodings: Sequence[str], means: Means) -> Body:
    """The body of a job: what must be read, drawn where the printer can, then `page encoding: letters` for each pair.

    Letters that an encoding lacks are points. `means`: the printer's, to end with its own page.
    """

    def write(writer: Writer) -> None:
        writer.line("Which line reads exactly like this?")
        if means.draws_letters:
            writer.line(LETTERS)
        for page in pages:
            for encoding in encodings:
                writer.raw(row(page, encoding))
                writer.lines += 1
        writer.raw(commands.prologue(means.page.number if means.page is not None else _COMMON))

    return write


def row(page: int, encoding: str) -> bytes:
    """One line: selects the page, writes the letters in the bytes of `encoding`."""
    shown = "".join(char if _has(encoding, char) else "." for char in LETTERS)
    text = f"{page:3d} {encoding}: ".encode("ascii") + harmless(shown.encode(encoding))
    return commands.code_page(_COMMON) + commands.code_page(page) + text + commands.LINE_FEED


def _has(encoding: str, char: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
