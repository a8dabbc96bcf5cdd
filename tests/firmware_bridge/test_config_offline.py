"""[fiscaliser.checkbox.offline]: what is left out, what cannot be, and what whoever sets the till up is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge import cli
from firmware_bridge.config import ConfigError
from firmware_bridge.config_check import check, notes
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from tests.firmware_bridge.test_config import SMALL, read

SHOP = (
    SMALL.replace('letter = "А"', 'letter = "А"\ncheckbox = [1]').replace("round50", "round10")
    + """
[printer]
port = "serial:/dev/ttyUSB0"

[fiscaliser.checkbox]
base_url = "http://127.0.0.1:9"
login = "learner"
password = { file = "/nonexistent/password" }
license_key = { file = "/nonexistent/key" }
"""
)


def checkbox(tmp_path: Path, more: str = "") -> CheckboxConfig:
    config = read(tmp_path, SHOP + more)
    check(config)
    assert config.fiscaliser is not None
    assert config.fiscaliser.checkbox is not None
    return config.fiscaliser.checkbox


def test_left_out_it_is_what_the_law_and_the_vendor_allow(tmp_path: Path) -> None:
    found = checkbox(tmp_path)
    offline = found.offline
    assert (offline.paper, offline.returns, offline.while_draining) == ("provisional", "refuse", "stamp")
    assert (offline.session_h, offline.month_h, offline.stop_min) == (36, 168, 30)
    assert (offline.code_reserve, offline.code_threshold, offline.code_target) == (20, 500, 2000)
    assert found.webhook is None


@pytest.mark.parametrize(("api", "seconds"), [("seed", 15), ("current", 120)])
def test_how_often_it_is_told_to_send_follows_the_vendors_interface(tmp_path: Path, api: str, seconds: int) -> None:
    assert checkbox(tmp_path, f'api = "{api}"').go_online_every_s == seconds
    chosen = f'api = "{api}"\n[fiscaliser.checkbox.offline]\ngo_online_every_s = 40\n'
    assert checkbox(tmp_path, chosen).go_online_every_s == 40


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('paper = "sometimes"', "offline.paper"),
        ('returns = "maybe"', "offline.returns"),
        ("session_h = 37", "offline.session_h"),
        ("month_h = 186", "offline.month_h"),
        ("code_target = 5001", "offline.code_target"),
        ("go_online_every_s = 1", "offline.go_online_every_s"),
        ("look_every_s = 1", "offline.look_every_s"),
        ("code_reserve = 600", "code_reserve below code_threshold"),
        ("code_threshold = 2500", "code_reserve below code_threshold"),
        ("session_h = 2\nstop_min = 120", "stop_min shorter than session_h"),
        ("codes = 5", "offline.codes"),
    ],
)
def test_what_cannot_be_is_named_with_its_place(tmp_path: Path, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"{SHOP}[fiscaliser.checkbox.offline]\n{key}\n")
    (fault,) = caught.value.faults
    assert "fiscaliser.checkbox" in fault
    assert words in fault


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[fiscaliser.checkbox.offline]\npaper = 'none'", "fiscaliser.checkbox"),
        ("[fiscaliser.datecs]\nport = 'serial:/dev/x'\ndialect = 'ua'\noffline = { paper = 'none' }", "datecs.offline"),
        ("[fiscaliser.offline]\npaper = 'none'", "fiscaliser.offline"),
        ("[offline]\npaper = 'none'", "offline"),
    ],
)
def test_offline_settings_without_checkbox_are_refused(tmp_path: Path, section: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"{SMALL}\n{section}\n")
    assert words in "\n".join(caught.value.faults)


def told(tmp_path: Path, text: str) -> list[str]:
    """What is said about the paper of the offline time."""
    return [note for note in notes(read(tmp_path, text)) if note.startswith("fiscaliser.checkbox.offline.paper: ")]


def test_provisional_paper_is_explained_to_whoever_sets_the_till_up(tmp_path: Path) -> None:
    (note,) = told(tmp_path, SHOP)
    assert "control number" in note
    (other,) = told(tmp_path, f"{SHOP}[fiscaliser.checkbox.offline]\npaper = 'none'\n")
    assert "has no paper" in other
    assert told(tmp_path, f"{SHOP}[fiscaliser.checkbox.offline]\npaper = 'refuse'\n") == []
    assert told(tmp_path, SMALL) == []
    assert told(tmp_path, SHOP.replace('id = "UA-17"', 'id = "UA-17"\ntraining = true')) == []


def test_check_config_says_so_beside_that_it_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "till.toml"
    path.write_text(SHOP, "utf-8")
    assert cli.main(["check-config", str(path)]) == 0
    said = capsys.readouterr()
    assert "control number" in said.err
    assert "can be used" in said.out
