"""Beside a till: one terminal with a person at it: a line is asked for, text is said page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from firmware_bridge.console.letters import in_ascii
from firmware_bridge.console.line import Complete, LineEditor, wrapped
from firmware_bridge.console.settings import Charset
from firmware_bridge.logs import Redactor, safe

PAGE: Final = 22
"""Lines of one page."""
_MORE: Final = "-- more (space, q)"
_INTERRUPT: Final = b"\x03"
_AHEAD: Final = 4096


class Gone(Exception):
    """The far end is not there any more, or it said good-bye."""


class Ended(Gone):
    """This console is told to end."""


class Idle(Exception):
    """Nobody typed for too long."""


class Interrupted(Exception):
    """Ctrl-C."""


class Transport(Protocol):
    """Bytes to and from one terminal."""

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to `timeout` seconds; b"" when nothing did. Raises Gone."""

    def write(self, data: bytes) -> None:
        """Send; a far end that takes nothing loses it instead of holding us up. Raises Gone."""


class Terminal:
    """`idle`: seconds without a key after which a question is given up. `redactor`: keeps secrets off the screen.

    `news`: what is said unasked, looked at while a command is waited for. `more`: the question after a page.
    """

    def __init__(
        self,
        transport: Transport,
        monotonic: Callable[[], float],
        *,
        charset: Charset,
        idle: float,
        redactor: Redactor,
        complete: Complete = lambda _: (),
        news: Callable[[], Sequence[str]] = lambda: (),
        more: Callable[[], str] = lambda: _MORE,
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._idle = idle
        self._redactor = redactor
        self._complete: Complete = complete
        self._news = news
        self._question = more
        self._ready = False
        self._ahead = b""
        self._over = False
        self.editor = LineEditor(self._words, charset)
        self.lines = 0
        self.paged = True

    def completes(self, complete: Complete) -> None:
        """Who knows the words from now on."""
        self._complete = complete

    def _words(self, before: str) -> Sequence[str]:
        return self._complete(before) if self._ready else ()

    def command(self, prompt: str) -> str:
        """A command line, with completion. Raises Gone, Idle, Interrupted."""
        self._ready = True
        try:
            return self._line(prompt, hidden=False)
        finally:
            self._ready = False

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """Anything else that is asked. Raises as `command`."""
        *above, prompt = wrapped(question) or [""]
        for line in above:
            self._send(line + "\n")
        return self._line(prompt, hidden=hidden)

    def _line(self, prompt: str, *, hidden: bool) -> str:
        self.lines = 0
        self._transport.write(self.editor.start(self._fit(prompt), hidden=hidden))
        data, last = b"", self._monotonic()
        while True:
            echo, done = self.editor.feed(data)
            if echo:
                self._transport.write(echo)
            if done is not None:
                break
            left = last + self._idle - self._monotonic()
            if left <= 0:
                self._send("\n")
                raise Idle
            data = self._read(min(left, 1.0))
            last = self._monotonic() if data else last
            if not data and self._ready:
                self._tell_news()
        if done.how == "end":
            raise Gone
        if done.how == "interrupt":
            raise Interrupted
        return done.text

    def _tell_news(self) -> None:
        """Each on a fresh line, then the prompt and the unfinished line once more."""
        texts = self._news()
        if not texts:
            return
        self._send("\n")
        for text in texts:
            for line in wrapped(self._clean(text)):
                self._send(line + "\n")
        self._transport.write(self.editor.again())

    def _read(self, timeout: float) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead, b""
            return data
        if self._over:
            raise Gone
        return self._transport.read(timeout)

    def interrupted(self) -> bool:
        """Was Ctrl-C typed meanwhile? Whatever else was, waits for the next line. Raises Ended.

        A far end that is gone, or has typed its last, is left to whoever says or asks something: a command that was
        begun comes to its end.
        """
        if self._over:
            return False
        try:
            data = self._transport.read(0.0)
        except Ended:
            raise
        except Gone:
            self._over = True
            return False
        self._ahead = (self._ahead + data)[-_AHEAD:]
        if _INTERRUPT not in self._ahead:
            return False
        self._ahead = self._ahead.rpartition(_INTERRUPT)[2]
        self._send("^C\n")
        return True

    def say(self, text: str) -> None:
        """Some lines, a page at a time. Secrets and whatever a terminal would obey are taken out."""
        for line in wrapped(self._clean(text)):
            if self.paged and self.lines >= PAGE and not self._more():
                raise Interrupted
            self._send(line + "\n")
            self.lines += 1

    def _clean(self, text: str) -> str:
        masked = self._redactor.mask(text)
        return "\n".join(safe(line.expandtabs(4)) for line in masked.splitlines()) if masked else ""

    def _more(self) -> bool:
        """Wait for a key: space or Enter go on, q ends. The question is wiped out again. Raises Gone, Idle."""
        question = self._fit(self._question())
        self._send(question)
        deadline = self._monotonic() + self._idle
        while self._monotonic() < deadline:
            for key in self._read(1.0):
                if key in b" \r\n":
                    self._wipe(len(question))
                    self.lines = 0 if key == 0x20 else self.lines - 1
                    return True
                if key in b"qQ\x03\x04":
                    self._wipe(len(question))
                    return False
        raise Idle

    def _wipe(self, count: int) -> None:
        self._send("\b" * count + " " * count + "\b" * count)

    def _send(self, text: str) -> None:
        self._transport.write(self.editor.encode(self._fit(text).replace("\n", "\r\n")))

    def _fit(self, text: str) -> str:
        return in_ascii(text) if self.editor.charset == "ascii" else text
