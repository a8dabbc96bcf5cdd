"""At the paper's end of a sale: graphics kept in the printer, in flash (NV) and in RAM, and their key lists.

Source: Epson ESC/POS, GS ( L / GS 8 L functions 48, 51, 52, 64-69, 80-85, 50, 112, 113, and its notes on the
handshaking protocol: after each list block the printer waits for one byte (ACK next, NAK again, anything else
ends). Downloaded graphics are lost with power, with a reset and with ESC @; NV graphics are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.printers.escpos.simulated.pictures import Bitmap, from_columns, from_raster, scaled

_ACK: Final = 0x06
_NAK: Final = 0x15
_KEYS_PER_BLOCK: Final = 40
_RAM_BYTES: Final = 64 * 1024
_NV_BYTES: Final = 384 * 1024
_KEY: Final = range(0x20, 0x7F)


class Graphics:
    """`say` transmits, `show` prints a picture. Functions that this printer lacks are ignored."""

    def __init__(self, say: Callable[[bytes], None], show: Callable[[Bitmap], None], *, nv: bool, ram: bool) -> None:
        self._say = say
        self._show = show
        self._has = {"nv": nv, "ram": ram}
        self._kept: dict[str, dict[bytes, Bitmap]] = {"nv": {}, "ram": {}}
        self.nv_writes = 0
        self._stored: Bitmap | None = None
        self._blocks: list[bytes] = []

    @property
    def awaits_response(self) -> bool:
        """A list block was sent: the next byte from the host is its acknowledgement, not data."""
        return bool(self._blocks)

    @property
    def downloaded(self) -> tuple[bytes, ...]:
        return tuple(self._kept["ram"])

    @property
    def non_volatile(self) -> tuple[bytes, ...]:
        return tuple(self._kept["nv"])

    @property
    def flash(self) -> dict[bytes, Bitmap]:
        """What is kept without power, by key."""
        return self._kept["nv"]

    def initialize(self) -> None:
        """ESC @, reset and power-off: RAM is empty."""
        self._kept["ram"].clear()
        self.clear()

    def clear(self) -> None:
        """The print buffer is empty and no list is being sent."""
        self._stored = None
        self._blocks.clear()

    def respond(self, code: int) -> None:
        """The byte that follows a block."""
        if code == _NAK:
            self._say(self._blocks[0])
        elif code == _ACK and len(self._blocks) > 1:
            del self._blocks[0]
            self._say(self._blocks[0])
        else:
            self._blocks.clear()

    def command(self, params: bytes) -> None:
        """What follows the length bytes: m fn …; everything malformed is ignored."""
        if len(params) < 2 or params[0] != 0x30:
            return
        function, rest = params[1], params[2:]
        if function in (2, 50):
            self._print_stored()
        elif function in (3, 51, 4, 52):
            self._remaining("nv" if function in (3, 51) else "ram")
        elif function in (112, 113):
            self._store(rest, raster=function == 112)
        elif 64 <= function <= 69:
            self._on("nv", function - 64, rest)
        elif 80 <= function <= 85:
            self._on("ram", function - 80, rest)

    def _on(self, store: str, function: int, rest: bytes) -> None:
        if not self._has[store]:
            return
        if function == 0 and rest == b"KC":
            self._list(store)
        elif function == 1 and rest == b"CLR":
            self._kept[store].clear()
        elif function == 2 and len(rest) == 2:
            self._kept[store].pop(rest, None)
        elif function in (3, 4):
            self._define(store, rest, raster=function == 3)
        elif function == 5 and len(rest) == 4:
            kept = self._kept[store].get(rest[:2])
            if kept is not None:
                self._show(scaled(kept, min(2, max(1, rest[2])), min(2, max(1, rest[3]))))

    def _define(self, store: str, rest: bytes, *, raster: bool) -> None:
        """a kc1 kc2 b xL xH yL yH [c d…]: one colour is enough for a receipt printer."""
        if len(rest) < 9 or rest[0] != 0x30 or rest[1] not in _KEY or rest[2] not in _KEY:
            return
        width, height = rest[4] | rest[5] << 8, rest[6] | rest[7] << 8
        bitmap = (from_raster if raster else from_columns)(width, height, rest[9:])
        if bitmap is None or self._used(store) + _size(bitmap) > self._capacity(store):
            return
        self._kept[store][bytes(rest[1:3])] = bitmap
        self.nv_writes += store == "nv"

    def _store(self, rest: bytes, *, raster: bool) -> None:
        """a bx by c xL xH yL yH d…"""
        if len(rest) < 8:
            return
        width, height = rest[4] | rest[5] << 8, rest[6] | rest[7] << 8
        bitmap = (from_raster if raster else from_columns)(width, height, rest[8:])
        if bitmap is not None:
            self._stored = scaled(bitmap, min(2, max(1, rest[1])), min(2, max(1, rest[2])))

    def _print_stored(self) -> None:
        if self._stored is not None:
            self._show(self._stored)
            self._stored = None

    def _list(self, store: str) -> None:
        identifier = {"nv": 0x72, "ram": 0x73}[store]
        keys = list(self._kept[store])
        groups = [keys[i : i + _KEYS_PER_BLOCK] for i in range(0, len(keys), _KEYS_PER_BLOCK)] or [[]]
        for number, group in enumerate(groups, 1):
            status = 0x40 if number == len(groups) else 0x41
            self._blocks.append(bytes((0x37, identifier, status)) + b"".join(group) + b"\0")
        self._say(self._blocks[0])

    def _remaining(self, store: str) -> None:
        if self._has[store]:
            kind = {"nv": 0x31, "ram": 0x32}[store]
            left = self._capacity(store) - self._used(store)
            self._say(bytes((0x37, kind)) + str(left).encode() + b"\0")

    def _capacity(self, store: str) -> int:
        return _NV_BYTES if store == "nv" else _RAM_BYTES

    def _used(self, store: str) -> int:
        return sum(_size(bitmap) for bitmap in self._kept[store].values())


def _size(bitmap: Bitmap) -> int:
    return sum(map(len, bitmap.rows)) + 16
