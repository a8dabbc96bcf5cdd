"""The line editor: what is typed, what is sent, on the dumbest terminal there is."""

from __future__ import annotations

import random
import re

import pytest

from firmware_bridge.console.letters import as_latin_keys, in_ascii
from firmware_bridge.console.line import MOST, LineEditor, Typed, wrapped

DUMB = re.compile(rb"[\x07\x08\r\n\x20-\x7e\x80-\xff]*")


class Screen:
    """A teletype of 80 columns that knows BS, CR, LF and nothing else."""

    def __init__(self) -> None:
        self.rows, self.column = [""], 0

    def show(self, data: bytes) -> None:
        for char in data.decode("utf-8"):
            match char:
                case "\b":
                    assert self.column > 0, "a dumb terminal does not go back over its left edge"
                    self.column -= 1
                case "\r":
                    self.column = 0
                case "\n":
                    self.rows.append("")
                case "\a":
                    pass
                case _:
                    assert self.column < 80, "a dumb terminal wraps as it likes"
                    row = self.rows[-1].ljust(self.column)
                    self.rows[-1] = row[: self.column] + char + row[self.column + 1 :]
                    self.column += 1


def typed(keys: bytes, *, complete: list[str] | None = None) -> tuple[str, Typed | None]:
    """What stands in the last row, and the line."""
    editor = LineEditor(lambda before: [one for one in complete or [] if one.startswith(before.rpartition(" ")[2])])
    screen = Screen()
    screen.show(editor.start("> "))
    out, done = editor.feed(keys)
    screen.show(out)
    return screen.rows[-1].rstrip(), done


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"status\r", "status"),
        (b"stutas\x08\x08\x08\x08atus\r", "status"),
        (b"stas\x1b[Dtu\r", "status"),
        (b"tatus\x01s\r", "status"),
        (b"tatus\x1b[Hs\x05!\r", "status!"),
        (b"a b c\x17\x17d\r", "a d"),
        (b"status now\x1b[D\x1b[D\x1b[D\x1b[D\x0b\r", "status"),
        (b"nonsense\x15status\r", "status"),
        (b"xstatus\x01\x04\r", "status"),
        (b"xstatus\x1bOH\x1b[3~\r", "status"),
        (b"sta\x1b[99;1Ztus\x1bqq\x7f\r", "status"),
        ("каса\r".encode(), "каса"),
        (b"sta\x00\x1f\x8ctus\r", "status"),
        (b"status\n", "status"),
    ],
)
def test_keys_make_the_line_that_a_person_means(keys: bytes, line: str) -> None:
    for size in (1, 2, len(keys)):
        editor, screen = LineEditor(), Screen()
        screen.show(editor.start("> "))
        done: Typed | None = None
        for at in range(0, len(keys), size):
            out, done = editor.feed(keys[at : at + size])
            assert DUMB.fullmatch(out)
            screen.show(out)
        assert done is not None
        assert done.text.replace("�", "") == line
        assert screen.rows[-2].rstrip().replace("�", "") == f"> {line}", "the screen shows what was taken"


def test_a_key_at_the_end_of_the_line_costs_one_byte() -> None:
    editor = LineEditor()
    editor.start("> ")
    assert [editor.feed(bytes([key]))[0] for key in b"status"] == [b"s", b"t", b"a", b"t", b"u", b"s"]
    assert editor.feed(b"\x7f")[0] == b"\b \b"


def test_a_fast_paste_of_several_lines_loses_none() -> None:
    editor = LineEditor()
    lines, data = [], b"one\r\ntwo\rthree\n"
    for _ in range(3):
        editor.start("> ")
        _, done = editor.feed(data)
        data = b""
        assert done is not None
        lines.append(done.text)
    assert lines == ["one", "two", "three"]


def test_history_goes_back_and_forth_and_keeps_what_was_begun() -> None:
    editor = LineEditor()
    for line in (b"first\r", b"second\r"):
        editor.start("> ")
        editor.feed(line)
    editor.start("> ")
    assert editor.feed(b"beg\x1b[A\x1b[A\r")[1] == Typed("enter", "first")
    editor.start("> ")
    assert editor.feed(b"beg\x10\x0e\r")[1] == Typed("enter", "beg")


def test_a_secret_is_shown_as_stars_and_never_comes_back() -> None:
    editor, screen = LineEditor(), Screen()
    screen.show(editor.start("PIN: ", hidden=True))
    out, done = editor.feed(b"2718?\t28\r")
    screen.show(out)
    assert done == Typed("enter", "2718?28")
    assert b"2718" not in out
    assert screen.rows[-2] == "PIN: *******"
    editor.start("> ")
    assert editor.feed(b"\x1b[A\r")[1] == Typed("enter", "")


def test_tab_completes_what_is_clear_and_lists_what_is_not() -> None:
    words = ["status", "shift"]
    assert typed(b"st\t", complete=words)[0] == "> status"
    editor = LineEditor(lambda _: words)
    editor.start("> ")
    out, _ = editor.feed(b"s\t")
    assert b"status  shift" in out
    assert out.endswith(b"> s"), "the unfinished line stands there again"
    assert typed(b"x\t", complete=words)[0] == "> x"


def test_ctrl_c_drops_the_line_and_ctrl_d_ends_an_empty_one() -> None:
    assert typed(b"abc\x03")[1] == Typed("interrupt")
    assert typed(b"\x04")[1] == Typed("end")


def test_a_long_line_never_crosses_the_edge_and_has_an_end(seed: int) -> None:
    draw = random.Random(seed)
    editor, screen = LineEditor(), Screen()
    screen.show(editor.start("a prompt> "))
    for _ in range(700):
        screen.show(editor.feed(draw.choice([b"abcdef", b"\x1b[D", b"\x01", b"\x05", b"\x7f", b"\x1b[C"]))[0])
    screen.show(editor.feed(b"\x05" + b"z" * 600 + b"\r")[0])
    editor.start("> ")
    _, done = editor.feed(b"y" * (MOST + 50) + b"\r")
    assert done == Typed("enter", "y" * MOST)


def test_hostile_bytes_are_survived_and_nothing_but_plain_bytes_comes_back(seed: int) -> None:
    draw = random.Random(seed)
    editor = LineEditor(lambda before: ["status", "shift"] if before else [])
    editor.start("> ")
    for _ in range(3000):
        out, done = editor.feed(draw.randbytes(draw.randint(1, 20)))
        text = out.decode("utf-8")
        assert not re.search("[\x00-\x06\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", text)
        if done is not None:
            editor.start("> ")


def test_what_a_charset_lacks_is_a_question_mark_of_the_same_width() -> None:
    editor = LineEditor(charset="cp866")
    editor.start("> ")
    out, done = editor.feed("каса".encode("cp866") + b"\r")
    assert done == Typed("enter", "каса")
    assert out.startswith("каса".encode("cp866"))
    assert LineEditor(charset="ascii").encode("ні") == b"??"


def test_cyrillic_and_azerbaijani_are_spelt_in_ascii() -> None:
    assert in_ascii("Щось її, «ґудзик» №5 — ƏDV İş çek") == 'Shchos ii, "gudzyk" No.5 - ADV Is cek'
    assert in_ascii("чек").isascii()


def test_a_keyboard_in_the_wrong_layout_is_recognised() -> None:
    assert as_latin_keys("ыефегы") == "status"
    assert as_latin_keys("іефегі") == "status"
    assert as_latin_keys("status") == ""


def test_lines_are_broken_between_words() -> None:
    for indent in ("", "  ", " " * 7, " " * 20):
        text = indent + "word " * 40 + "x" * 100
        lines = wrapped(text)
        assert max(map(len, lines)) < 80, "some terminals cut what is behind the edge off"
        assert "".join(" ".join(lines).split()) == "".join(text.split())
