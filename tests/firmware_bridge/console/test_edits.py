"""One value of the configuration is changed, and nothing else in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.config import load
from firmware_bridge.console import edits
from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import write_config


@pytest.fixture
def path(tmp_path: Path) -> Path:
    config = write_config(tmp_path).config
    config.write_text("# the shop at the corner\n" + config.read_text("utf-8"), "utf-8")
    return config


def differing(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_one_line_changes_and_comments_and_order_stay(path: Path) -> None:
    before = path.read_text("utf-8")
    config = edits.change(path, "printer.page", "17")
    assert config.printer is not None
    assert config.printer.page == 17
    assert differing(before, path.read_text("utf-8")) == (["page = 46"], ["page = 17"])


def test_a_value_that_was_not_there_is_put_into_its_section(path: Path) -> None:
    edits.change(path, "drawers.main.pulse_ms", "120")
    assert load(path).drawers["main"].pulse_ms == 120
    edits.change(path, "drawers.main.pulse_ms", None)
    assert load(path).drawers["main"].pulse_ms == 100


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("printer.page", "400", "255"),
        ("printer.page", "x", "int"),
        ("printer.encoding", "klingon", "no code page"),
        ("drawers.main.sense_open_level", "upside-down", "high"),
        ("till.id", "2", "not changed from here"),
        ("taxes.vat20.letter", "Z", "not changed from here"),
        ("api.listen", "0.0.0.0:80", "not changed from here"),
        ("printer.page\n[till]\nid", "2", "not changed from here"),
        ("drawers.main.no_such_key", "1", "no_such_key"),
    ],
)
def test_what_the_till_would_not_start_with_is_refused_and_changes_nothing(
    path: Path, key: str, value: str, said: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(UserError, match=said):
        edits.change(path, key, value)
    assert path.read_bytes() == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["till.toml"]


def test_text_with_quotes_stays_text(path: Path) -> None:
    edits.change(path, "printer.profile", 'a"b\\c = 1 # no')
    printer = load(path).printer
    assert printer is not None
    assert printer.profile == 'a"b\\c = 1 # no'


def test_undo_brings_the_file_back_to_the_byte_and_twice_brings_the_change_back(path: Path) -> None:
    with pytest.raises(UserError, match="nothing to undo"):
        edits.undo(path)
    before = path.read_bytes()
    edits.change(path, "printer.page", "17")
    changed = path.read_bytes()
    edits.undo(path)
    assert path.read_bytes() == before
    edits.undo(path)
    assert path.read_bytes() == changed


def test_a_value_in_a_form_that_spans_lines_is_left_alone(path: Path) -> None:
    text = path.read_text("utf-8").replace("page = 46", 'page = 46\nprofile = """\nTM-T88V"""')
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match="not changed from here"):
        edits.change(path, "printer.profile", "TM-T20II")
    assert path.read_text("utf-8") == text
