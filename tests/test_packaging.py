"""The wheel: whoever installs it gets all three packages with their data, and the command `firmware-bridge`."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.support.house import PACKAGES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tree, with nothing fetched."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, tree],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def files(root: Path, package: str) -> set[str]:
    found = (path for path in (root / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)) for path in found}


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_file_of_the_package(unpacked: Path, package: str) -> None:
    assert files(unpacked, package) == files(ROOT, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(unpacked: Path, package: str) -> None:
    assert (unpacked / package / "py.typed").is_file()


def test_wheel_holds_the_font_for_receipts_as_pictures(unpacked: Path) -> None:
    """Without its font a till prints Latin letters only."""
    assert list((unpacked / "drivers").rglob("*.ttf"))


def test_wheel_holds_nothing_but_the_packages(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert names == set(PACKAGES)


def test_wheel_installs_the_command(unpacked: Path) -> None:
    (written,) = unpacked.glob("*.dist-info/entry_points.txt")
    config = configparser.ConfigParser()
    config.read(written)
    assert dict(config["console_scripts"]) == {"firmware-bridge": "firmware_bridge.cli:main"}


def test_command_of_the_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    run = "import sys; from firmware_bridge import cli; sys.stderr.write(cli.__file__); sys.exit(cli.main())"
    done = subprocess.run(
        [sys.executable, "-c", run, "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(unpacked) in done.stderr
    assert "demo" in done.stdout


def test_installed_command_exists() -> None:
    (command,) = entry_points(group="console_scripts", name="firmware-bridge")
    assert callable(command.load())
    assert (Path(sys.executable).parent / "firmware-bridge").is_file()
