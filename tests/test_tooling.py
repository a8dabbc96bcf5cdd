"""The ways in: `make` on a machine that lacks something, and the script of continuous integration."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARKER = "<!-- test command -->"
README = f"# Till\n\n```sh\nrm everything\n```\n\n## Tests\n\n{MARKER}\n```sh\nmake test\n```\n"


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    # The variables by which an outer make would reach into the one under test.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "CI"}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(path: Path, source: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    path.chmod(0o755)
    return path


# --- make -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", ".constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(clone: Path, python: Path | str) -> list[str]:
    """What `make test` with this interpreter says on standard error; it must fail before anything is installed."""
    done = run("make", "--no-print-directory", f"PYTHON={python}", "test", cwd=clone)
    assert done.returncode == 2, done.stdout
    assert not (clone / ".venv" / ".installed").exists()
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]


def test_make_says_in_one_line_that_python_is_too_old(clone: Path) -> None:
    old = program(
        clone / "bin" / "python3",
        '#!/bin/sh\ncase "$1" in -V) echo "Python 3.9.2";; *) exit 1;; esac\n',
    )
    (line,) = make(clone, old)
    assert "is Python 3.9.2, needed is 3.11 or newer" in line


def test_make_says_in_one_line_that_python_is_missing(clone: Path) -> None:
    (line,) = make(clone, "no-such-python")
    assert "there is no no-such-python here: install Python 3.11 or newer" in line


def test_make_says_in_one_line_that_environments_cannot_be_made(clone: Path) -> None:
    bare = program(clone / "bin" / "python3", '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n')
    (line,) = make(clone, bare)
    assert "apt install python3-venv" in line


@pytest.mark.parametrize(("processors", "workers"), [(1, 4), (2, 5), (4, 7), (64, 8)])
def test_tests_run_in_three_workers_more_than_there_are_processors_each_file_in_one(
    clone: Path, processors: int, workers: int
) -> None:
    program(clone / "bin" / "nproc", f"#!/bin/sh\necho {processors}\n")
    path = f"{clone / 'bin'}:{os.environ['PATH']}"
    (line,) = (line for line in planned(clone, "test", path) if "-m pytest" in line)
    assert f" -n {workers} " in line
    assert "--dist loadfile" in line
    (line,) = (line for line in planned(clone, "cuts", path) if "-m pytest" in line)
    assert f" -n {workers} --dist worksteal" in line
    assert "-m campaign" in line


def planned(clone: Path, target: str, path: str) -> list[str]:
    """The commands of this target, which are not run."""
    return run("make", "--no-print-directory", "-n", target, cwd=clone, PATH=path).stdout.splitlines()


# --- continuous integration -------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose `make` writes down how it was called, and fails for the targets named in FAILS."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    program(
        tmp_path / "bin" / "make",
        '#!/bin/sh\necho "make $* CI=$CI input=$(wc -c)" >>"$CALLS"\ncase " $FAILS " in *" $1 "*) exit 3;; esac\n',
    )
    return tmp_path


def ci(checkout: Path, readme: str | None, fails: str = "") -> tuple[int, str, list[str]]:
    """Run it; exit status, standard error and the calls of make."""
    if readme is not None:
        (checkout / "README.md").write_text(readme)
    calls = checkout / "calls"
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    done = run(checkout / ".ci" / "run", cwd=checkout.parent, PATH=path, CALLS=str(calls), FAILS=fails)
    return done.returncode, done.stderr, calls.read_text().splitlines() if calls.exists() else []


def test_ci_runs_the_readmes_test_command_and_the_checks(checkout: Path) -> None:
    status, _, calls = ci(checkout, README)
    assert status == 0
    assert calls == ["make test CI=true input=0", "make check CI=true input=0"]


@pytest.mark.parametrize(
    "block",
    [
        "```\nmake test\n```",
        "~~~ sh\nmake test\n~~~",
        "\n```console\n$ make test\n```",
        "```sh\n# all of them\n\nmake test\n```\r",
    ],
)
def test_ci_reads_the_command_however_the_block_is_written(checkout: Path, block: str) -> None:
    status, said, calls = ci(checkout, f"# Till\n{MARKER}\n{block}\n")
    assert status == 0, said
    assert [call.split(" CI=")[0] for call in calls] == ["make test", "make check"]


@pytest.mark.parametrize(
    ("readme", "said"),
    [
        (None, "README.md is missing"),
        (README.replace(MARKER, ""), f"no line '{MARKER}'"),
        (README.partition(MARKER)[0] + MARKER, "no fenced block below it"),
        (f"{MARKER}\n## Another heading\n```\nmake test\n```\n", "no fenced block below it"),
        (README.removesuffix("```\n"), "never closed"),
        (README.replace("make test", "# nothing"), "holds no command"),
    ],
)
def test_ci_fails_and_says_what_the_readme_lacks(checkout: Path, readme: str | None, said: str) -> None:
    status, error, calls = ci(checkout, readme)
    assert status == 1
    assert said in error
    assert calls == []


@pytest.mark.parametrize("target", ["test", "check"])
def test_ci_runs_both_and_fails_when_one_fails(checkout: Path, target: str) -> None:
    status, error, calls = ci(checkout, README, fails=target)
    assert status == 1
    assert "ended with 3" in error
    assert len(calls) == 2


def test_ci_fails_when_a_line_before_the_last_fails(checkout: Path) -> None:
    status, _, _ = ci(checkout, README.replace("make test", "false\nmake test"))
    assert status == 1


# --- replaying a failure ----------------------------------------------------------------------------------------

DRAWS = """
    import random
    def test_draw(seed):
        assert False, f"drew {random.Random(seed).random()}"
"""


def drawn(pytester: pytest.Pytester) -> tuple[str, str]:
    """The seed that a failing test names, and the number it drew."""
    out = pytester.runpytest_subprocess("-p", "tests.conftest", "-p", "no:asyncio", timeout=60).stdout.str()
    seed = out.partition("replay with: SEED=")[2].split()[0]
    return seed, out.partition("drew ")[2].split()[0]


def test_failing_test_names_the_seed_that_replays_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("SEED", raising=False)
    pytester.makepyfile(DRAWS)
    first = drawn(pytester)
    other = drawn(pytester)
    assert other != first
    monkeypatch.setenv("SEED", first[0])
    assert drawn(pytester) == first
