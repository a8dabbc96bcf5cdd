"""Who may import whom, and what the rules may not touch: each contract holds here and catches a planted violation."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import house

ROOT = Path(__file__).parent.parent

#: contract -> planted module -> its source. Each breaks its own contract and no other.
VIOLATIONS: dict[str, dict[str, str]] = {
    "one-way": {"drivers/planted.py": "import firmware_bridge"},
    "words-only": {"drivers/planted.py": "from statemachines import arithmetic"},
    "words-first": {"statemachines/vocabulary/planted.py": "from statemachines import arithmetic"},
    "pure-rules": {"statemachines/planted.py": "import random"},
    "one-machine": {"statemachines/planted.py": "from transitions import Machine"},
    "hardware-in-ports": {"firmware_bridge/planted.py": "import serial"},
    "bytes-through-ports": {"drivers/planted.py": "import socket"},
    "blocking-drivers": {"drivers/ports/planted.py": "import asyncio"},
    "simulators-apart": {
        "drivers/planted/__init__.py": "",
        "drivers/planted/simulator.py": "",
        "firmware_bridge/planted.py": "from drivers.planted import simulator",
    },
    "simulators-independent": {
        "drivers/planted/__init__.py": "",
        "drivers/planted/simulator.py": "from drivers.planted import commands",
        "drivers/planted/commands.py": "",
    },
    "sandboxes-apart": {
        "firmware_bridge/vendors/planted/sandbox/__init__.py": "",
        "firmware_bridge/vendors/planted/client.py": "from firmware_bridge.vendors.planted import sandbox",
    },
    "sandboxes-independent": {
        "firmware_bridge/vendors/planted/words.py": "",
        "firmware_bridge/vendors/planted/sandbox/server.py": "from firmware_bridge.vendors.planted import words",
    },
    "sandbox-shell": {
        "firmware_bridge/vendors/sandbox/planted.py": "from firmware_bridge.vendors.checkbox.sandbox import errors",
    },
}

#: More ways to break a contract: (contract, planted module, its source).
MORE_VIOLATIONS = [
    ("words-only", "drivers/planted.py", "import statemachines"),
    ("one-machine", "firmware_bridge/planted.py", "def late():\n    import transitions"),
    ("hardware-in-ports", "drivers/planted.py", "import usb.core"),
    ("hardware-in-ports", "drivers/planted.py", "from gpiozero import OutputDevice"),
    ("hardware-in-ports", "drivers/planted.py", "import lgpio"),
    ("bytes-through-ports", "drivers/printers/planted.py", "import termios"),
    ("blocking-drivers", "drivers/printers/planted.py", "from concurrent.futures import Future"),
    ("simulators-independent", "drivers/printers/simulated/planted.py", "import drivers.errors"),
    (
        "sandboxes-apart",
        "firmware_bridge/planted.py",
        "def late():\n    from firmware_bridge.vendors.checkbox.sandbox import totals",
    ),
    (
        "sandboxes-independent",
        "firmware_bridge/vendors/checkbox/sandbox/planted.py",
        "from statemachines import arithmetic",
    ),
    (
        "sandboxes-independent",
        "firmware_bridge/vendors/checkbox/sandbox/planted.py",
        "import firmware_bridge.vendors.checkbox.messages",
    ),
    ("sandbox-shell", "firmware_bridge/vendors/sandbox/planted.py", "import firmware_bridge.vendors.checkbox.messages"),
    ("sandboxes-apart", "firmware_bridge/planted.py", "from firmware_bridge.vendors.sandbox import clock"),
]

#: Whatever a rule could reach the world with, and packages of others.
IMPURE = {
    *("asyncio", "ctypes", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"),
    *("signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid", "zoneinfo"),
    *("aiohttp", "escpos", "msgpack", "msgspec", "rich"),
}

PLANTED_HOUSE: list[tuple[Callable[[Path], list[str]], str, str]] = [
    (house.init_files_hold_a_docstring_alone, "drivers/planted/__init__.py", '"""Said."""\nfrom drivers import errors'),
    (house.init_files_hold_a_docstring_alone, "drivers/planted/__init__.py", ""),
    (house.rules_touch_nothing, "statemachines/planted.py", "print('sold')"),
    (house.rules_touch_nothing, "statemachines/planted.py", "open('/etc/till')"),
    (house.rules_touch_nothing, "statemachines/planted.py", "import datetime as d\nd.datetime.now(d.UTC)"),
    (house.rules_touch_nothing, "statemachines/planted.py", "from datetime import date as day\nday.today()"),
    (house.imports_are_written_as_imports, "drivers/planted.py", "import importlib\nimportlib.import_module('serial')"),
    (house.imports_are_written_as_imports, "firmware_bridge/planted.py", "__import__('serial')"),
    (house.imports_are_written_as_imports, "drivers/catalog.py", "SIM = 'drivers.printers.escpos.simulator:Sim'"),
    (house.simulators_are_named_so, "drivers/drawers/fake_box.py", ""),
    (house.simulators_are_named_so, "drivers/printers/simulated_star.py", ""),
    (house.top_level_is_the_agreed_one, "scripts/planted.py", ""),
]


def copy_tree(target: Path) -> Path:
    for package in house.PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", target)
    return target


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_tree(tmp_path)


@pytest.fixture(scope="module")
def unplanted(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], str]:
    """What import-linter finds in the tree as it is: nothing, so that a real breach fails one test and not all."""
    return lint(copy_tree(tmp_path_factory.mktemp("unplanted")))


def plant(root: Path, where: str, source: str) -> None:
    path = root / where
    for folder in reversed([folder for folder in path.parents if root in folder.parents]):
        folder.mkdir(exist_ok=True)
        if not (folder / "__init__.py").exists():
            (folder / "__init__.py").write_text('"""Planted."""\n')
    path.write_text(source + "\n")


def contract_names() -> dict[str, str]:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    return {part.removeprefix(prefix): config[part]["name"] for part in config.sections() if part.startswith(prefix)}


def lint(root: Path) -> tuple[set[str], str]:
    """Run import-linter over the tree; the ids of the broken contracts, and all it said."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(
        [*command, "--no-logo", "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    verdicts = dict(re.findall(r"^(.+?) ?(KEPT|BROKEN)\b", said, re.MULTILINE))
    names = contract_names()
    assert verdicts.keys() == set(names.values()), said
    broken = {contract for contract, name in names.items() if verdicts[name] == "BROKEN"}
    assert done.returncode == (1 if broken else 0), said
    return broken, said


def assert_catches(root: Path, unplanted: tuple[set[str], str], *contracts: str) -> str:
    """Lint the planted tree: exactly these contracts are broken beside those that were before."""
    broken, said = lint(root)
    assert broken - unplanted[0] == set(contracts) - unplanted[0], said
    assert "planted" in said
    return said


def test_the_tree_keeps_every_import_contract(unplanted: tuple[set[str], str]) -> None:
    broken, said = unplanted
    assert not broken, said


def test_every_import_contract_has_a_planted_violation() -> None:
    assert VIOLATIONS.keys() == contract_names().keys()


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_planted_import_breaks_exactly_its_contract(copy: Path, unplanted: tuple[set[str], str], contract: str) -> None:
    for where, source in VIOLATIONS[contract].items():
        plant(copy, where, source)
    assert_catches(copy, unplanted, contract)


@pytest.mark.parametrize(("contract", "where", "source"), MORE_VIOLATIONS)
def test_other_ways_to_break_a_contract_are_caught_too(
    copy: Path, unplanted: tuple[set[str], str], contract: str, where: str, source: str
) -> None:
    plant(copy, where, source)
    assert_catches(copy, unplanted, contract)


def test_rules_that_import_a_driver_break_direction_and_purity(copy: Path, unplanted: tuple[set[str], str]) -> None:
    plant(copy, "statemachines/planted.py", "from drivers import errors")
    assert_catches(copy, unplanted, "one-way", "pure-rules")


def test_every_impure_module_is_refused_to_the_rules(copy: Path, unplanted: tuple[set[str], str]) -> None:
    plant(copy, "statemachines/planted.py", "\n".join(f"import {name}" for name in sorted(IMPURE)))
    said = assert_catches(copy, unplanted, "pure-rules")
    assert set(re.findall(r"statemachines\.planted -> (\w+)", said)) == IMPURE


@pytest.mark.parametrize("check", house.CHECKS, ids=lambda check: str(check.__name__))
def test_the_tree_keeps_the_house_rule(check: Callable[[Path], list[str]]) -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize(("check", "where", "source"), PLANTED_HOUSE)
def test_planted_breach_of_a_house_rule_is_named(
    tmp_path: Path, check: Callable[[Path], list[str]], where: str, source: str
) -> None:
    """In a tree of its own: the rules look at one module after the other."""
    assert check(tmp_path) == []
    plant(tmp_path, where, source)
    (found,) = check(tmp_path)
    assert where.startswith(found.partition(":")[0])


def test_every_house_rule_has_a_planted_breach() -> None:
    assert {check for check, _, _ in PLANTED_HOUSE} == set(house.CHECKS)
