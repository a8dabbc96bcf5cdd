"""In the vendor's place on a sale's way: a QR code (ISO/IEC 18004; bytes, level M, versions 1 to 15).

Written out here because the sandbox needs nothing but the standard library and its server.
"""

from __future__ import annotations

from typing import Final

#: Level M by version: error correction bytes per block, (blocks, data bytes in each) of the first and second group.
_BLOCKS: Final[tuple[tuple[int, tuple[tuple[int, int], ...]], ...]] = (
    (10, ((1, 16),)),
    (16, ((1, 28),)),
    (26, ((1, 44),)),
    (18, ((2, 32),)),
    (24, ((2, 43),)),
    (16, ((4, 27),)),
    (18, ((4, 31),)),
    (22, ((2, 38), (2, 39))),
    (22, ((3, 36), (2, 37))),
    (26, ((4, 43), (1, 44))),
    (30, ((1, 50), (4, 51))),
    (22, ((6, 36), (2, 37))),
    (22, ((8, 37), (1, 38))),
    (24, ((4, 40), (5, 41))),
    (24, ((5, 41), (5, 42))),
)
#: Rows and columns of the centres of the alignment patterns, by version.
_CENTRES: Final[tuple[tuple[int, ...], ...]] = (
    (),
    *((6, 18 + 4 * i) for i in range(5)),
    *((6, 22 + 2 * i, 38 + 4 * i) for i in range(7)),
    (6, 26, 46, 66),
    (6, 26, 48, 70),
)
_LEVEL_M: Final = 0b00
_EXP: Final = [1] * 512
_LOG: Final = [0] * 256


def _fill_tables() -> None:
    value = 1
    for power in range(255):
        _EXP[power] = _EXP[power + 255] = value
        _LOG[value] = power
        value = value << 1 ^ (0x11D if value & 0x80 else 0)


_fill_tables()


class Symbol:
    """One QR code under construction; `dark[row][column]`."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.size = 17 + 4 * version
        self.dark = [[False] * self.size for _ in range(self.size)]
        self.fixed = [[False] * self.size for _ in range(self.size)]
        self._patterns()

    def _set(self, row: int, column: int, *, dark: bool) -> None:
        self.dark[row][column] = dark
        self.fixed[row][column] = True

    def _patterns(self) -> None:
        for i in range(self.size):
            self._set(6, i, dark=i % 2 == 0)
            self._set(i, 6, dark=i % 2 == 0)
        for row, column in ((3, 3), (3, self.size - 4), (self.size - 4, 3)):
            self._square(row, column, 4, (0, 1, 3))
        centres = _CENTRES[self.version - 1]
        for row in centres:
            for column in centres:
                if (row, column) not in ((6, 6), (6, centres[-1]), (centres[-1], 6)):
                    self._square(row, column, 2, (0, 2))
        self.format_bits(0)
        self._version_bits()

    def _square(self, row: int, column: int, reach: int, rings: tuple[int, ...]) -> None:
        for y in range(-reach, reach + 1):
            for x in range(-reach, reach + 1):
                if 0 <= row + y < self.size and 0 <= column + x < self.size:
                    self._set(row + y, column + x, dark=max(abs(x), abs(y)) in rings)

    def format_bits(self, mask: int) -> None:
        """Level and mask, BCH(15, 5), twice."""
        data = _LEVEL_M << 3 | mask
        bits = (data << 10 | _remainder(data, 10, 0x537)) ^ 0x5412
        for i in range(15):
            dark = bool(bits >> i & 1)
            self._set(*((i if i < 6 else i + 1), 8) if i < 8 else (8, 7 if i == 8 else 14 - i), dark=dark)
            self._set(*(8, self.size - 1 - i) if i < 8 else (self.size - 15 + i, 8), dark=dark)
        self._set(self.size - 8, 8, dark=True)

    def _version_bits(self) -> None:
        if self.version < 7:
            return
        bits = self.version << 12 | _remainder(self.version, 12, 0x1F25)
        for i in range(18):
            dark = bool(bits >> i & 1)
            self._set(i // 3, self.size - 11 + i % 3, dark=dark)
            self._set(self.size - 11 + i % 3, i // 3, dark=dark)

    def place(self, data: bytes) -> None:
        """Lay the bits in their zigzag, from the lower right corner upwards."""
        bits = (byte >> 7 - i & 1 for byte in data for i in range(8))
        upwards = True
        for right in range(self.size - 1, 0, -2):
            column = right - 1 if right <= 6 else right
            for i in range(self.size):
                row = self.size - 1 - i if upwards else i
                for x in (column, column - 1):
                    if not self.fixed[row][x]:
                        self.dark[row][x] = bool(next(bits, 0))
            upwards = not upwards

    def masked(self, mask: int) -> Symbol:
        """This symbol with `mask` over its data."""
        other = Symbol(self.version)
        for row in range(self.size):
            for column in range(self.size):
                if not self.fixed[row][column]:
                    other.dark[row][column] = self.dark[row][column] != _masks(mask, row, column)
        other.format_bits(mask)
        return other

    def penalty(self) -> int:
        """The standard's four rules against patterns that confuse readers."""
        lines = [*self.dark, *map(list, zip(*self.dark, strict=True))]
        score = sum(_runs(line) + _finders(line) for line in lines)
        for row in range(self.size - 1):
            upper, lower = self.dark[row], self.dark[row + 1]
            for x in range(self.size - 1):
                score += 3 * (upper[x] == upper[x + 1] == lower[x] == lower[x + 1])
        dark = sum(map(sum, self.dark))
        return score + 10 * (abs(20 * dark - 10 * self.size**2) // self.size**2)


def _remainder(value: int, bits: int, generator: int) -> int:
    rest = value
    for _ in range(bits):
        rest = rest << 1 ^ (rest >> bits - 1) * generator
    return rest


def _masks(mask: int, y: int, x: int) -> bool:
    value = (
        (y + x) % 2,
        y % 2,
        x % 3,
        (y + x) % 3,
        (y // 2 + x // 3) % 2,
        y * x % 2 + y * x % 3,
        (y * x % 2 + y * x % 3) % 2,
        ((y + x) % 2 + y * x % 3) % 2,
    )
    return value[mask] == 0


def _runs(line: list[bool]) -> int:
    score, run = 0, 1
    for before, now in zip(line, [*line[1:], None], strict=True):
        if now == before:
            run += 1
        else:
            score += run - 2 if run >= 5 else 0
            run = 1
    return score


def _finders(line: list[bool]) -> int:
    text = "".join("1" if dark else "0" for dark in line)
    starts = range(len(text) - 10)
    return 40 * sum(text[i : i + 11] in ("10111010000", "00001011101") for i in starts)


def _correction(data: bytes, count: int) -> bytes:
    """Reed-Solomon bytes of one block."""
    generator = [1]
    for power in range(count):
        generator = [
            (_times(left, 1) ^ _times(right, _EXP[power]))
            for left, right in zip([*generator, 0], [0, *generator], strict=True)
        ]
    rest = [*data, *([0] * count)]
    for i in range(len(data)):
        factor = rest[i]
        for j, term in enumerate(generator):
            rest[i + j] ^= _times(term, factor)
    return bytes(rest[len(data) :])


def _times(left: int, right: int) -> int:
    return _EXP[_LOG[left] + _LOG[right]] if left and right else 0


def _version_for(length: int) -> int:
    for version, (_, groups) in enumerate(_BLOCKS, 1):
        room = sum(count * size for count, size in groups)
        if length + (2 if version < 10 else 3) <= room:
            return version
    raise ValueError(f"{length} bytes are too many for a QR code of the sizes known here")


def _codewords(text: bytes, version: int) -> bytes:
    correction, groups = _BLOCKS[version - 1]
    room = sum(count * size for count, size in groups)
    width = 8 if version < 10 else 16
    number = (0b0100 << width | len(text)) << 8 * len(text) | int.from_bytes(text, "big")
    used = 4 + width + 8 * len(text)
    spare = min(4, 8 * room - used)
    number <<= spare
    used += spare
    number <<= -used % 8
    data = number.to_bytes((used + 7) // 8, "big")
    data += bytes((0xEC, 0x11)[i % 2] for i in range(room - len(data)))
    blocks, start = [], 0
    for count, size in groups:
        for _ in range(count):
            blocks.append(data[start : start + size])
            start += size
    checks = [_correction(block, correction) for block in blocks]
    longest = max(len(block) for block in blocks)
    mixed = [block[i] for i in range(longest) for block in blocks if i < len(block)]
    return bytes(mixed + [check[i] for i in range(correction) for check in checks])


def encode(text: str, mask: int | None = None) -> list[list[bool]]:
    """Rows of modules, True = dark, without a quiet zone. The best mask unless one is given.

    Raises ValueError for more than 412 bytes.
    """
    raw = text.encode()
    version = _version_for(len(raw))
    symbol = Symbol(version)
    symbol.place(_codewords(raw, version))
    if mask is not None:
        return symbol.masked(mask).dark
    return min((symbol.masked(one) for one in range(8)), key=Symbol.penalty).dark
