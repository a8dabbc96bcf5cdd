"""At the paper's end of a sale: where each ESC/POS command ends, so that nothing unknown desynchronises the rest.

Source: Epson ESC/POS command reference, the [Format] of each command. A row is the prefix (two bytes, DLE rows
with the function) and the number of parameter bytes, or a rule that reads it off the parameters received so far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Params = bytes | bytearray
#: Parameters so far -> how many there must be at least; final once that many are there.
Rule = Callable[[Params], int]

#: A terminated list (ESC D, GS k form A, GS C ;) longer than this ends by itself.
MAX_TERMINATED: Final = 256


def _word(params: Params, at: int) -> int:
    return params[at] | params[at + 1] << 8


def _counted(params: Params) -> int:
    """`pL pH`, then that many bytes (GS ( x, ESC (, FS ( x follow their letter)."""
    return 3 if len(params) < 3 else 3 + _word(params, 1)


def _until_nul(params: Params) -> int:
    ended = params.endswith(b"\0") or len(params) >= MAX_TERMINATED
    return len(params) if params and ended else len(params) + 1


def _bit_image(params: Params) -> int:
    """ESC * m nL nH: n columns of one byte (m 0, 1) or three (m 32, 33)."""
    if len(params) < 3:
        return 3
    return 3 + _word(params, 1) * (3 if params[0] in (32, 33) else 1)


def _user_characters(params: Params) -> int:
    """ESC & y c1 c2 [x d1..d(y*x)] for each character c1..c2."""
    if len(params) < 3:
        return 3
    needed = 3
    for _ in range(max(0, params[2] - params[1] + 1)):
        if len(params) <= needed:
            return needed + 1
        needed += 1 + params[0] * params[needed]
    return needed


def _barcode(params: Params) -> int:
    """GS k m: form A (m <= 6) ends with NUL, form B (m >= 65) is counted."""
    if not params:
        return 1
    if params[0] <= 6:
        return 1 + _until_nul(params[1:])
    if params[0] < 65:
        return 1
    return 2 if len(params) < 2 else 2 + params[1]


def _raster(params: Params) -> int:
    """GS v 0 m xL xH yL yH (and GS Q 0 alike): x bytes times y dots."""
    if not params:
        return 1
    if params[0] not in (0x30, 0):
        return 1
    return 6 if len(params) < 6 else 6 + _word(params, 2) * _word(params, 4)


def _cut(params: Params) -> int:
    if not params:
        return 1
    return 2 if params[0] in (65, 66, 97, 98, 103, 104) else 1


def _downloaded_image(params: Params) -> int:
    """GS * x y: x * y * 8 bytes."""
    return 2 if len(params) < 2 else 2 + params[0] * params[1] * 8


def _counter(params: Params) -> int:
    """GS g 0 m nL nH and GS g 2 m nL nH."""
    return 1 if params and params[0] not in (0x30, 0x32) else 4


def _long_graphics(params: Params) -> int:
    """GS 8 L p1 p2 p3 p4: up to four gigabytes."""
    if not params:
        return 1
    if params[0] != 0x4C:
        return 1
    return 5 if len(params) < 5 else 5 + int.from_bytes(params[1:5], "little")


def _numbering(params: Params) -> int:
    """GS C 0 n m, GS C 1 aL aH bL bH n r, GS C 2 nL nH, GS C ; with six semicolons."""
    if not params:
        return 1
    if params[0] == 0x3B:
        ended = params.count(b";") >= 6 or len(params) >= MAX_TERMINATED
        return len(params) if ended else len(params) + 1
    return {0x30: 3, 0x31: 7, 0x32: 3}.get(params[0], 1)


def _nv_bit_images(params: Params) -> int:
    """FS q n [xL xH yL yH d…] n times, x and y in units of eight dots."""
    if not params:
        return 1
    needed = 1
    for _ in range(params[0]):
        if len(params) < needed + 4:
            return needed + 4
        needed += 4 + _word(params, needed) * _word(params, needed + 2) * 8
    return needed


def _nv_memory(params: Params) -> int:
    """FS g 1 m a1..a4 nL nH d… and FS g 2 m a1..a4 nL nH."""
    if not params:
        return 1
    if params[0] not in (0x31, 0x32):
        return 1
    if len(params) < 8 or params[0] == 0x32:
        return 8
    return 8 + _word(params, 6)


def _kanji_character(params: Params) -> int:
    """FS 2 c1 c2: a 24 x 24 dot pattern."""
    return 2 + 72


def _realtime_pulse(params: Params) -> int:
    """DLE DC4 fn: executed in front of the buffer, skipped by length inside the stream."""
    if not params:
        return 1
    return {1: 3, 2: 3, 3: 6, 7: 2, 8: 8}.get(params[0], 1)


def _realtime_status(params: Params) -> int:
    """DLE EOT n, and n a for n = 7, 8, 18."""
    if not params:
        return 1
    return 2 if params[0] in (7, 8, 18) else 1


_ESC: Final[dict[int, int | Rule]] = {
    **dict.fromkeys(b"\x0c2@<LSimv", 0),
    **dict.fromkeys(b" !%-3=?EGJKMRTUVadert{u", 1),
    **dict.fromkeys(b"$\\cfB", 2),
    ord("p"): 3,
    ord("W"): 8,
    ord("&"): _user_characters,
    ord("("): _counted,
    ord("*"): _bit_image,
    ord("D"): _until_nul,
}
_GS: Final[dict[int, int | Rule]] = {
    **dict.fromkeys(b":", 0),
    **dict.fromkeys(b"!/BEHITabcdfhijrw", 1),
    **dict.fromkeys(b"$LPW\\", 2),
    **dict.fromkeys(b"^z", 3),
    ord("("): _counted,
    ord("*"): _downloaded_image,
    ord("8"): _long_graphics,
    ord("C"): _numbering,
    ord("Q"): _raster,
    ord("V"): _cut,
    ord("g"): _counter,
    ord("k"): _barcode,
    ord("v"): _raster,
}
_FS: Final[dict[int, int | Rule]] = {
    **dict.fromkeys(b"&.", 0),
    **dict.fromkeys(b"!-CW", 1),
    **dict.fromkeys(b"?Sp", 2),
    ord("("): _counted,
    ord("2"): _kanji_character,
    ord("g"): _nv_memory,
    ord("q"): _nv_bit_images,
}
_DLE: Final[dict[int, int | Rule]] = {0x04: _realtime_status, 0x05: 1, 0x14: _realtime_pulse}

#: Lead byte -> second byte -> parameters. A second byte that is not here ends the sequence (two bytes skipped).
COMMANDS: Final[dict[int, dict[int, int | Rule]]] = {0x1B: _ESC, 0x1D: _GS, 0x1C: _FS, 0x10: _DLE}


def needed(lead: int, letter: int, params: Params) -> int:
    """How many parameter bytes the command needs, as far as `params` tell; more may be needed once they grow."""
    rule = COMMANDS[lead].get(letter, 0)
    return rule if isinstance(rule, int) else rule(params)
