"""At the paper's end of a sale: commands out of the receive buffer become lines, movements, pulses and answers.

Source: Epson ESC/POS command reference; every row of the tables names its command. What a personality lacks, and
every command that has no effect on paper or answers here, is skipped whole (lengths.py knows where it ends).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from drivers.printers.escpos.simulated.composer import Composer
from drivers.printers.escpos.simulated.graphics import Graphics
from drivers.printers.escpos.simulated.mechanics import Answer, Mechanics
from drivers.printers.escpos.simulated.personality import Personality
from drivers.printers.escpos.simulated.tokens import Command, Control, Text, Token

_ESC: Final = 0x1B
_GS: Final = 0x1D
_FS: Final = 0x1C


class Machine(Protocol):
    """What the interpreter needs of the printer around it."""

    def say(self, data: bytes) -> None: ...
    def pulse(self, connector: int, on_s: float, off_s: float) -> None: ...
    def set_asb(self, mask: int) -> None: ...
    def set_offline_response(self, mode: int) -> None: ...
    def allow_realtime_pulse(self, *, allowed: bool) -> None: ...
    def initialized(self) -> None: ...
    def paper_bits(self) -> int: ...
    def drawer_high(self) -> bool: ...


class Interpreter:
    """`execute` one token at a time; lines and movements go into `mechanics`."""

    def __init__(self, machine: Machine, personality: Personality, mechanics: Mechanics, dots: int) -> None:
        self._machine = machine
        self._who = personality
        self._mechanics = mechanics
        self._composer = Composer(personality, mechanics, dots)
        self._setter = self._composer.setter
        self.graphics = Graphics(
            machine.say, self._composer.show, nv=personality.nv_graphics, ram=personality.ram_graphics
        )
        self._selected = True
        self._table = self._commands()

    # --- from outside ------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """DLE DC4 8 and DLE ENQ 2: the print buffer is empty, standard mode; the settings stay."""
        self._composer.clear()
        self.graphics.clear()

    def power_off(self) -> None:
        self._initialize(b"")
        self._selected = True

    def execute(self, token: Token) -> None:
        """Never raises; what it does not know has no effect."""
        if isinstance(token, Command) and (token.lead, token.letter) == (_ESC, ord("=")):
            self._selected = bool(token.params[0] & 1)
        if not self._selected:
            return
        match token:
            case Text(data):
                self._composer.text(data)
            case Control(code):
                self._composer.control(code)
            case Command(lead, letter, params, whole) if whole:
                action = self._table.get((lead, letter))
                if action is not None:
                    action(params)

    # --- answers and settings ----------------------------------------------------------------------------

    def _process_id(self, params: bytes) -> None:
        """GS ( H: function 48 the process id, 49 the offline response."""
        body = params[2:]
        if not self._who.process_id:
            return
        if len(body) == 6 and body[:2] == b"00" and all(0x20 <= code <= 0x7E for code in body[2:]):
            answer = b"\x37\x22" + body[2:] + b"\0"
            self._mechanics.put(Answer("process_id", partial(self._machine.say, answer)))
        elif len(body) == 3 and body[:2] == b"10" and body[2] & 0x0F <= 2:
            self._machine.set_offline_response(body[2] & 0x0F)

    def _status(self, params: bytes) -> None:
        """GS r."""
        which = params[0] & 0x0F if params[0] in (1, 2, 0x31, 0x32) else 0
        if not self._who.barrier or not which:
            return
        paper = self._machine.paper_bits()
        self._machine.say(bytes((paper if which == 1 else int(self._machine.drawer_high()),)))

    def _identify(self, params: bytes) -> None:
        """GS I."""
        who, n = self._who, params[0]
        numbers = {1: who.model_id, 2: who.type_bits, 3: who.version}
        texts = {65: who.firmware, 66: who.maker, 67: who.model, 68: who.serial}
        if n in texts and who.identifies:
            self._machine.say(b"\x5f" + texts[n].encode("ascii") + b"\0")
        elif who.barrier and n - 48 * (n >= 48) in numbers:
            self._machine.say(bytes((numbers[n - 48 * (n >= 48)],)))

    def _counter(self, params: bytes) -> None:
        """GS g 0 and GS g 2, answered when everything before is on paper."""
        if not self._who.odometers or len(params) != 4 or params[1] not in (0, 0x30):
            return
        number = params[2] | params[3] << 8
        if params[0] == 0x30:
            self._mechanics.put(Answer("answer", partial(self._mechanics.odometer.reset, number)))
        else:
            self._mechanics.put(Answer("answer", partial(self._say_counter, number)))

    def _say_counter(self, number: int) -> None:
        value = self._mechanics.odometer.read(number)
        if value is not None:
            self._machine.say(b"\x5f" + str(value).encode() + b"\0")

    def _realtime_switch(self, params: bytes) -> None:
        """GS ( D 20 [a b]…: a 1 is the real-time pulse."""
        body = params[2:]
        if body[:1] != b"\x14":
            return
        for at in range(1, len(body) - 1, 2):
            if body[at] == 1:
                self._machine.allow_realtime_pulse(allowed=bool(body[at + 1] & 1))

    def _pulse(self, params: bytes) -> None:
        """ESC p m t1 t2, units of 2 ms; an off time shorter than the on time counts as long."""
        if params[0] in (0, 1, 48, 49):
            on, off = params[1] * 0.002, max(params[1], params[2]) * 0.002
            self._machine.pulse(params[0] & 1, on, off)

    def _initialize(self, params: bytes) -> None:
        """ESC @: print buffer, modes and downloaded graphics; the receive buffer stays."""
        self._composer.initialize()
        self.graphics.initialize()
        self._machine.initialized()

    def _print_mode(self, params: bytes) -> None:
        """ESC !."""
        n, modes = params[0], self._setter.modes
        modes.small, modes.bold, modes.underlined = bool(n & 1), bool(n & 8), bool(n & 0x80)
        modes.down, modes.across = (2 if n & 0x10 else 1), (2 if n & 0x20 else 1)

    def _size(self, params: bytes) -> None:
        """GS !."""
        n, modes = params[0], self._setter.modes
        if not n & 0x88:
            modes.down, modes.across = (n & 7) + 1, (n >> 4 & 7) + 1

    def _set(self, name: str, convert: Callable[[bytes], object], *, at_start: bool = False) -> Callable[[bytes], None]:
        """A command that only sets a mode; `at_start`: ignored unless the line is still empty."""

        def action(params: bytes) -> None:
            value = convert(params)
            if value is not None and not (at_start and not self._setter.empty):
                setattr(self._setter.modes, name, value)

        return action

    def _commands(self) -> dict[tuple[int, int], Callable[[bytes], None]]:
        def word(params: bytes) -> int:
            return params[0] | params[1] << 8

        def flag(params: bytes) -> bool:
            return bool(params[0] & 1)

        def choice(*values: int) -> Callable[[bytes], int | None]:
            return lambda params: params[0] & 0x0F if params[0] in values else None

        def signed(params: bytes) -> int:
            value = word(params)
            return value - 0x10000 if value >= 0x8000 else value

        put = self._set
        esc: dict[str, Callable[[bytes], None]] = {
            "@": self._initialize,
            "!": self._print_mode,
            "E": put("bold", flag),
            "G": put("bold", flag),
            "-": put("underlined", choice(0, 1, 2, 48, 49, 50)),
            "{": put("upside_down", flag, at_start=True),
            "M": put("small", lambda p: bool(p[0] & 1) if p[0] in (0, 1, 48, 49) else None),
            "a": put("align", choice(0, 1, 2, 48, 49, 50), at_start=True),
            "t": put("page", lambda p: p[0] if p[0] in self._who.pages else None),
            "R": put("national", lambda p: p[0] if p[0] <= 17 else None),
            "2": put("spacing", lambda p: 30),
            "3": put("spacing", lambda p: p[0]),
            " ": put("right_space", lambda p: p[0]),
            "D": put("tabs", lambda p: tuple(p.rstrip(b"\0"))),
            "$": lambda p: self._setter.move_to(word(p)),
            "\\": lambda p: self._setter.move_by(signed(p)),
            "d": self._composer.feed_lines,
            "J": self._composer.feed_dots,
            "*": self._composer.bit_image,
            "p": self._pulse,
            "i": self._composer.cut_here,
            "m": self._composer.cut_here,
            "L": lambda p: self._composer.page_mode(on=True),
            "S": lambda p: self._composer.page_mode(on=False),
            "\f": lambda p: self._composer.print_page(),
        }
        gs: dict[str, Callable[[bytes], None]] = {
            "!": self._size,
            "B": put("inverted", flag),
            "L": put("left_margin", word, at_start=True),
            "W": put("area", word, at_start=True),
            "V": self._composer.cut,
            "a": lambda p: self._machine.set_asb(p[0]),
            "r": self._status,
            "I": self._identify,
            "g": self._counter,
            "k": self._composer.barcode,
            "h": lambda p: setattr(self._composer, "barcode_dots", max(1, p[0])),
            "w": lambda p: setattr(self._composer, "barcode_module", p[0]) if 2 <= p[0] <= 6 else None,
            "H": lambda p: setattr(self._composer, "readable", p[0] & 0x0F in (1, 2, 3)),
            "v": self._composer.raster,
            "8": lambda p: self.graphics.command(p[5:]) if p[0] == 0x4C else None,
            "(": self._parenthesis,
        }
        fs: dict[str, Callable[[bytes], None]] = {
            "&": put("kanji", lambda p: True if self._who.kanji else None),
            ".": put("kanji", lambda p: False),
        }
        groups = ((_ESC, esc), (_GS, gs), (_FS, fs))
        return {(lead, ord(letter)): do for lead, rows in groups for letter, do in rows.items()}

    def _parenthesis(self, params: bytes) -> None:
        """GS ( x pL pH …"""
        actions: dict[int, Callable[[bytes], None]] = {
            ord("H"): self._process_id,
            ord("k"): self._composer.symbol,
            ord("D"): self._realtime_switch,
            ord("L"): lambda p: self.graphics.command(p[2:]),
        }
        action = actions.get(params[0])
        if action is not None:
            action(params[1:])
