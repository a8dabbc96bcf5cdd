"""At the paper's end of a sale: the printer's electronics, between its port and its mechanics.

Receive buffer with back-pressure, real-time commands in front of it, interpretation as far as the mechanics have
room, status told when it changes. What is modelled is listed in simulator.py, which adds the person beside it.
"""

from __future__ import annotations

from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.escpos.simulated.connector import Connector, Pulse
from drivers.printers.escpos.simulated.flow import Flow
from drivers.printers.escpos.simulated.interpreter import Interpreter
from drivers.printers.escpos.simulated.mechanics import Mechanics
from drivers.printers.escpos.simulated.odometer import Odometer
from drivers.printers.escpos.simulated.personality import PERSONALITIES, Personality
from drivers.printers.escpos.simulated.realtime import RealTime, leading_command
from drivers.printers.escpos.simulated.status import PrinterStatus, status_of
from drivers.printers.escpos.simulated.tokens import Command, Token, Tokenizer

_DOTS: Final = {48: 576, 42: 512, 32: 384}
_CLEARED: Final = b"\x37\x25\x00"


class PrinterMachine:
    """Arguments as of SimulatedPrinter."""

    def __init__(
        self,
        personality: Personality | str = "epson",
        *,
        now: float = 0.0,
        drawer: SimulatedDrawer | None = None,
        drawer_connector: int = 0,
        columns: int = 48,
        roll_lines: int | None = None,
        speed_lines_per_s: float = 40.0,
        cut_s: float = 0.3,
        buffer_bytes: int = 4096,
        run_ahead: int | None = None,
        xonxoff: bool = False,
        busy_when_offline: bool = False,
        lines: int = 0,
        cuts: int = 0,
    ) -> None:
        who = PERSONALITIES[personality] if isinstance(personality, str) else personality
        self.personality = who
        self.drawer = drawer
        self.columns = columns
        self.accepted = 0
        self._now = now
        self._powered = True
        self._connector = Connector(drawer, drawer_connector)
        self._capacity = buffer_bytes
        self._ahead = who.run_ahead if run_ahead is None else run_ahead
        self._flow = Flow() if xonxoff else None
        self._busy_when_offline = busy_when_offline or who.busy_when_offline
        self._mechanics = Mechanics(
            Odometer(lines=lines, cuts=cuts, lag=who.counters_lag),
            lines_per_second=speed_lines_per_s,
            cut_seconds=cut_s,
            roll_lines=roll_lines,
            near_end_lines=who.near_end_lines,
            knife_dots=who.knife_dots,
            paper_stops=who.paper_stops,
        )
        self._receive = bytearray()
        self._tokens = Tokenizer()
        self._realtime = RealTime()
        self._out = bytearray()
        self._power_on_settings()
        self._interpreter = Interpreter(self, who, self._mechanics, _DOTS.get(columns, columns * 12))
        self._told = self.status
        self._start()

    # --- the port's side ---------------------------------------------------------------------------------------

    def accept(self, data: bytes) -> int:
        """Hand over bytes at the present time; how many were taken (0: full, or no power)."""
        taken = 0
        while taken < len(data) and self._powered:
            room = self._room()
            if room > 0 or self._realtime.inside:
                taken += self._receive_some(data[taken:], room)
            elif self.personality.realtime_when_full and (command := leading_command(data[taken:])):
                for byte in command:
                    self._receive_byte(byte, store=False)
                taken += len(command)
            else:
                before = len(self._receive)
                self._settle()
                if len(self._receive) == before:
                    break
        self.accepted += taken
        self._settle()
        return taken

    def output(self) -> bytes:
        """What the printer has sent since the last call."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def run_until(self, now: float) -> None:
        """Let time pass up to `now` (never backwards)."""
        self._settle()
        while (due := self.next_change()) is not None and due <= now:
            self._move_clock(due)
            self._settle()
        self._move_clock(now)
        self._settle()

    def next_change(self) -> float | None:
        """When something happens by itself, strictly after the present time; None: never."""
        times = [self._mechanics.next_change(), self._connector.next_change()]
        times.append(self._connector.free_at if self._held is not None else None)
        ahead = [at for at in times if at is not None]
        return max(self._now, min(ahead)) if ahead else None

    # --- state ---------------------------------------------------------------------------------------------

    @property
    def pulses(self) -> list[Pulse]:
        """All drawer pulses that left the printer."""
        return self._connector.pulses

    @property
    def powered(self) -> bool:
        return self._powered

    @property
    def now(self) -> float:
        return self._now

    @property
    def status(self) -> PrinterStatus:
        """The sensors and error bits as the printer would report them."""
        mechanics = self._mechanics
        return status_of(
            self._connector.high,
            mechanics.stopped,
            mechanics.cover_open,
            mechanics.feeding_until is not None,
            mechanics.mechanical_error,
            mechanics.cutter_error,
            mechanics.unrecoverable,
            mechanics.hot,
            mechanics.near_end,
            mechanics.paper_end,
        )

    # --- what the interpreter asks for -------------------------------------------------------------------------

    def say(self, data: bytes) -> None:
        if self.personality.answers:
            self._out += data

    def pulse(self, connector: int, on_s: float, off_s: float) -> None:
        self._connector.pulse(connector, self._now, on_s, off_s)

    def set_asb(self, mask: int) -> None:
        if not self.personality.asb:
            return
        self._asb = mask & 0x4F
        if self._asb:
            self._told = self.status
            self.say(self._told.asb())

    def set_offline_response(self, mode: int) -> None:
        self._offline_response = mode

    def allow_realtime_pulse(self, *, allowed: bool) -> None:
        self._realtime_pulse = allowed

    def initialized(self) -> None:
        if self.personality.initialize_ends_asb:
            self._asb = 0

    def paper_bits(self) -> int:
        status = self.status
        return (0x03 if status.near_end else 0) | (0x0C if status.paper_end else 0)

    def drawer_high(self) -> bool:
        return self._connector.high

    # --- inside ------------------------------------------------------------------------------------------------

    def _power_on_settings(self) -> None:
        self._asb = self.personality.asb_at_start
        self._offline_response = 0
        self._realtime_pulse = True
        self._connector.rest(self._now)
        self._held: Token | None = None
        self._clear_due = False
        if self._flow is not None:
            self._flow.reset()

    def _start(self) -> None:
        self._told = self.status
        if self._asb:
            self.say(self._told.asb())
        self._settle()

    def _room(self) -> int:
        if self._busy_when_offline and self._mechanics.stopped:
            return 0
        return self._capacity - len(self._receive)

    def _receive_some(self, data: bytes, room: int) -> int:
        """Store what can hold no real-time command at once, else one byte; how many."""
        plain = 0 if self._realtime.inside else self._realtime.plain(data, room)
        if plain:
            self._receive += data[:plain]
            return plain
        self._receive_byte(data[0], store=True)
        return 1

    def _receive_byte(self, byte: int, *, store: bool) -> None:
        if store:
            self._receive.append(byte)
        command = self._realtime.feed(byte)
        if command is not None:
            self._real_time(command)

    def _clear_input(self) -> None:
        self._receive.clear()
        self._tokens.reset()
        self._realtime.reset()
        self._held = None

    def _clear_buffers(self) -> None:
        self._clear_input()
        self._mechanics.clear()
        self._interpreter.clear()

    def _real_time(self, command: bytes) -> None:
        kind, value = command[1], command[2]
        if kind == 0x04 and value <= 4:
            self.say(self.status.real_time(value))
        elif kind == 0x05 and value in (1, 2) and self.status.recoverable:
            if value == 2:
                self._clear_buffers()
            self._mechanics.recover()
        elif kind == 0x14 and value == 1:
            self._real_time_pulse(command[3], command[4])
        elif kind == 0x14 and value == 8 and self.personality.clears:
            self._clear_buffers()
            self._clear_due = self._mechanics.moving
            if not self._clear_due:
                self.say(_CLEARED)

    def _real_time_pulse(self, connector: int, hundreds: int) -> None:
        """DLE DC4 1 m t: not in an error, not while a pulse runs, not when GS ( D switched it off."""
        if not self._realtime_pulse or self._mechanics.error or self._connector.busy(self._now):
            return
        if connector <= 1 and 1 <= hundreds <= 8:
            self.pulse(connector, hundreds * 0.1, hundreds * 0.1)

    def _move_clock(self, now: float) -> None:
        if now > self._now:
            if self._powered:
                self._mechanics.odometer.run(now - self._now)
            self._now = now
        self._connector.run_until(self._now)

    def _settle(self) -> None:
        """Do everything that is due at the present time."""
        if not self._powered:
            return
        while self._mechanics.step(self._now) or self._interpret():
            pass
        if self._clear_due and not self._mechanics.moving:
            self._clear_due = False
            self.say(_CLEARED)
        self._report()

    def _interpret(self) -> bool:
        if not self._receive and self._held is None:
            return False
        if self._mechanics.stopped or self._mechanics.waiting > self._ahead:
            return False
        if self._interpreter.graphics.awaits_response:
            if not self._receive:
                return False
            self._interpreter.graphics.respond(self._receive.pop(0))
            return True
        token = self._held or self._tokens.next(self._receive)
        self._held = None
        if token is None:
            return False
        if (
            isinstance(token, Command)
            and (token.lead, token.letter) == (0x1B, 0x70)
            and self._connector.busy(self._now)
        ):
            self._held = token
            return False
        self._interpreter.execute(token)
        return True

    def _report(self) -> None:
        """Automatic status, offline response and flow control, after whatever changed."""
        status, before = self.status, self._told
        self._told = status
        flow = b"" if self._flow is None else self._flow.said(self._room())
        if status is not before and status.differs(before, self._asb):
            packet = status.asb()
            self.say(packet[:1] + flow + packet[1:])
        elif flow:
            self.say(flow)
        if self._offline_response and status.stopped_by and not before.stopped_by:
            cause = bytes((0x40 | status.stopped_by,)) if self._offline_response == 2 else b""
            self.say(b"\x37\x23" + cause + b"\0")
