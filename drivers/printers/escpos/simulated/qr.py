"""At the paper's end of a sale: the QR symbol store (GS ( k, cn 49).

Source: Epson ESC/POS, GS ( k functions 165, 167, 169, 180, 181, 182. The symbol's size comes from the `qrcode`
package (a dependency of python-escpos), imported only when one is printed.
"""

from __future__ import annotations

from functools import lru_cache

_LEVELS = {0x30: "L", 0x31: "M", 0x32: "Q", 0x33: "H"}


@lru_cache(maxsize=256)
def modules(content: bytes, level: str) -> int | None:
    """Modules along one side for byte-mode `content`; None when no symbol can hold it."""
    from qrcode import QRCode, constants  # noqa: PLC0415 - only a till that prints codes pays for the import
    from qrcode.exceptions import DataOverflowError  # noqa: PLC0415 - as above

    symbol = QRCode(error_correction=getattr(constants, f"ERROR_CORRECT_{level}"))
    symbol.add_data(content, optimize=0)
    try:
        version: int = symbol.best_fit(start=1)
    except (DataOverflowError, ValueError):
        return None
    return 17 + 4 * version


class QrStore:
    """What the next print function prints; module size and level outlive the symbol until ESC @."""

    def __init__(self) -> None:
        self.initialize()

    def initialize(self) -> None:
        self.module = 3
        self.level = "L"
        self.content = b""

    def command(self, params: bytes) -> bool:
        """cn fn …; whether the symbol is to be printed now. Anything malformed is ignored."""
        if len(params) < 3 or params[0] != 0x31:
            return False
        function, value = params[1], params[2]
        if function == 0x43 and 1 <= value <= 16:
            self.module = value
        elif function == 0x45 and value in _LEVELS:
            self.level = _LEVELS[value]
        elif function == 0x50 and value == 0x30 and len(params) > 3:
            self.content = params[3:]
        return function == 0x51 and value == 0x30 and bool(self.content)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def side(self) -> int | None:
        """Dots along one side."""
        count = modules(self.content, self.level)
        return None if count is None else count * self.module
