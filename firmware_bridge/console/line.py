"""Beside a till: one line of typing, bytes in and bytes out, on the dumbest terminal there is.

Nothing leaves but printable characters, BS, CR, LF and BEL: no cursor is addressed, nothing is asked of the terminal
(its answer would arrive as typed text). A key typed at the end of the line costs as many bytes as it has itself, which
is what makes 9600 baud bearable. Keys: arrows as `ESC [ A` and `ESC O A` (ECMA-48, DEC VT100), and Ctrl-A B C D E F K L
N P U W.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from firmware_bridge.console.settings import Charset
from firmware_bridge.logs import safe

MOST: Final = 512
"""Characters of one line."""
WIDTH: Final = 80
_BEL: Final = "\a"
_HISTORY: Final = 100
_MOST_ESCAPE: Final = 32

CHARSETS: Final[tuple[Charset, ...]] = ("ascii", "utf8", "cp866", "cp1125", "cp1251")
Complete = Callable[[str], Sequence[str]]
"""What is typed before the cursor -> the whole words that its last one may become; [] = nothing is known."""


@dataclass(frozen=True, slots=True)
class Typed:
    """How a line ended: `enter` with its `text`, `interrupt` (Ctrl-C), `end` (Ctrl-D on an empty line)."""

    how: Literal["enter", "interrupt", "end"]
    text: str = ""


class LineEditor:
    """Editing, history and completion of one terminal. Sans I/O: `start` and `feed` return what is to be sent.

    What arrives behind the end of a line waits for the next `start`: a fast paste loses nothing.
    """

    def __init__(self, complete: Complete = lambda _: (), charset: Charset = "utf8") -> None:
        self._complete = complete
        self._charset: Charset = charset
        self._decoder = _decoder(charset)
        self._waiting = ""
        self._history: list[str] = []
        self._reset("", hidden=False)

    def _reset(self, prompt: str, *, hidden: bool) -> None:
        self._prompt, self._hidden = prompt, hidden
        self._text, self._at = "", 0
        self._shown, self._column, self._offset = "", 0, 0
        self._place = len(self._history)
        self._kept = ""

    @property
    def charset(self) -> Charset:
        return self._charset

    def use(self, charset: Charset) -> None:
        """Another character set from now on, both ways."""
        self._charset = charset
        self._decoder = _decoder(charset)

    def encode(self, text: str) -> bytes:
        """`text` for the wire; what the character set lacks is a question mark, one for one."""
        return text.encode("utf-8" if self._charset == "utf8" else self._charset, "replace")

    def start(self, prompt: str, *, hidden: bool = False) -> bytes:
        """Begin a line behind `prompt`. `hidden`: a secret, told by stars and kept out of the history."""
        self._reset(prompt, hidden=hidden)
        return self.encode(prompt)

    def again(self) -> bytes:
        """The prompt and the unfinished line once more, after something else was said."""
        self._shown, self._column = "", 0
        return self.encode(self._prompt + self._render())

    def feed(self, data: bytes) -> tuple[bytes, Typed | None]:
        """Take what arrived; return the echo, and the line when it is finished."""
        self._waiting += self._decoder.decode(data)
        out = []
        while self._waiting:
            taken = self._escape_length() if self._waiting[0] == "\x1b" else 1
            if taken == 0:
                break  # the rest of an escape sequence is still on its way
            key, self._waiting = self._waiting[:taken], self._waiting[taken:]
            echo, done = self._key(key)
            out.append(echo)
            if done is not None:
                return self.encode("".join(out)), done
        return self.encode("".join(out)), None

    def _escape_length(self) -> int:
        """Characters of the escape sequence that comes first; 0 = it has not all arrived."""
        text = self._waiting
        if len(text) < 2:
            return 0
        if text[1] == "O":
            return 3 if len(text) >= 3 else 0
        if text[1] != "[":
            return 1 if ord(text[1]) < 0x20 else 2
        for at in range(2, min(len(text), _MOST_ESCAPE)):
            if not 0x20 <= ord(text[at]) <= 0x3F:
                return at + 1 if 0x40 <= ord(text[at]) <= 0x7E else at
        return _MOST_ESCAPE if len(text) >= _MOST_ESCAPE else 0

    def _key(self, key: str) -> tuple[str, Typed | None]:
        if key in ("\r", "\n"):
            if key == "\r" and self._waiting[:1] == "\n":
                self._waiting = self._waiting[1:]
            return self._enter()
        match key:
            case "\x03":
                return "^C\r\n", Typed("interrupt")
            case "\x04" if not self._text:
                return "\r\n", Typed("end")
            case "\t" | "?" if key == "\t" or not self._hidden:
                return self._completed(key), None
            case "\x0c":
                return "\r\n" + self._prompt + self._fresh(), None
        self._edit(key)
        return self._render(), None

    def _fresh(self) -> str:
        self._shown, self._column = "", 0
        return self._render()

    def _enter(self) -> tuple[str, Typed]:
        text = self._text
        if text.strip() and not self._hidden and self._history[-1:] != [text]:
            self._history = [*self._history, text][-_HISTORY:]
        self._at = len(text)
        return self._render() + "\r\n", Typed("enter", text)

    # --- keys -------------------------------------------------------------------------------------------------------

    def _edit(self, key: str) -> None:
        text, at = self._text, self._at
        match key:
            case "\x08" | "\x7f":
                self._text, self._at = text[: max(0, at - 1)] + text[at:], max(0, at - 1)
            case "\x04" | "\x1b[3~":
                self._text = text[:at] + text[at + 1 :]
            case "\x0b":
                self._text = text[:at]
            case "\x15":
                self._text, self._at = text[at:], 0
            case "\x17":
                begin = len(text[:at].rstrip()) and text[:at].rstrip().rfind(" ") + 1
                self._text, self._at = text[:begin] + text[at:], begin
            case _:
                self._move(key)

    def _move(self, key: str) -> None:
        match key:
            case "\x01" | "\x1b[H" | "\x1bOH" | "\x1b[1~":
                self._at = 0
            case "\x05" | "\x1b[F" | "\x1bOF" | "\x1b[4~":
                self._at = len(self._text)
            case "\x02" | "\x1b[D" | "\x1bOD":
                self._at = max(0, self._at - 1)
            case "\x06" | "\x1b[C" | "\x1bOC":
                self._at = min(len(self._text), self._at + 1)
            case "\x10" | "\x1b[A" | "\x1bOA":
                self._recall(-1)
            case "\x0e" | "\x1b[B" | "\x1bOB":
                self._recall(1)
            case _:
                self._insert(key)

    def _insert(self, key: str) -> None:
        if len(key) == 1 and len(self._text) < MOST and safe(key) == key and not unicodedata.combining(key):
            self._text = self._text[: self._at] + key + self._text[self._at :]
            self._at += 1

    def _recall(self, step: int) -> None:
        place = self._place + step
        if self._hidden or not 0 <= place <= len(self._history):
            return
        if self._place == len(self._history):
            self._kept = self._text
        self._place = place
        self._text = self._kept if place == len(self._history) else self._history[place]
        self._at = len(self._text)

    # --- completion -------------------------------------------------------------------------------------------------

    def _completed(self, key: str) -> str:
        if self._hidden:
            return _BEL
        before = self._text[: self._at]
        word = before.rpartition(" ")[2]
        if key == "?" and word:
            self._insert("?")  # in a word it is a letter like any other; behind a blank it asks
            return self._render()
        found = self._complete(before)
        if not found:
            return _BEL
        if key == "\t":
            common = _common(found)
            more = common[len(word) :] + (" " if len(found) == 1 else "")
            if more and common.startswith(word):
                for char in more:
                    self._insert(char)
                return self._render()
        listed = "  ".join(found)
        return "\r\n" + "\r\n".join(_wrapped(listed)) + "\r\n" + self._prompt + self._fresh()

    # --- what stands there ------------------------------------------------------------------------------------------

    def _render(self) -> str:
        """What turns what stands on the screen into what should: the shortest way from left to right."""
        view, column = self._window()
        shown, now = self._shown, self._column
        out = ""
        if view != shown:
            same = next((at for at, pair in enumerate(zip(view, shown, strict=False)) if pair[0] != pair[1]), None)
            same = min(len(view), len(shown)) if same is None else same
            out = "\b" * (now - same) if now > same else view[now:same]
            spaces = max(0, len(shown) - len(view))
            out += view[same:] + " " * spaces
            now = len(view) + spaces
        out += "\b" * (now - column) if now > column else view[now:column]
        self._shown, self._column = view, column
        return out

    def _window(self) -> tuple[str, int]:
        """The part of the line for which there is room, and the cursor in it."""
        room = max(8, WIDTH - len(self._prompt) - 1)
        if self._at < self._offset or self._at > self._offset + room or (self._at == 0 and self._offset):
            self._offset = max(0, self._at - room // 2)
        if len(self._text) <= room:
            self._offset = 0
        text = "*" * len(self._text) if self._hidden else self._text
        return text[self._offset : self._offset + room], self._at - self._offset


def _decoder(charset: Charset) -> codecs.IncrementalDecoder:
    # a far end that shows ASCII alone may still type letters
    name = "utf-8" if charset in ("utf8", "ascii") else charset
    return codecs.getincrementaldecoder(name)("replace")


def _common(words: Sequence[str]) -> str:
    first, last = min(words), max(words)
    length = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return first[:length]


def _wrapped(text: str, width: int = WIDTH - 1) -> list[str]:
    """Lines of at most `width` characters; a word that is longer is cut."""
    lines = [""]
    for word in text.split(" "):
        for part in [word[at : at + width] for at in range(0, len(word), width)] or [""]:
            if lines[-1] and len(lines[-1]) + 1 + len(part) > width:
                lines.append(part)
            else:
                lines[-1] = f"{lines[-1]} {part}" if lines[-1] else part
    return lines


def wrapped(text: str) -> list[str]:
    """`text` in lines for the terminal, broken between words; its indentation stays."""
    found: list[str] = []
    for line in text.split("\n"):
        if len(line) < WIDTH:
            found.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())][:8]
        found += [indent + part for part in _wrapped(line.strip(), WIDTH - 1 - len(indent))]
    return found
