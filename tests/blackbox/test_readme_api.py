"""README's section about the local API, pasted as it stands: its commands, its answers, its program."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from firmware_bridge.client.till import Till
from tests.support.processes import PATIENCE_S, SCRIPT, running, until

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "127.0.0.1:8321"
END = "\x1e"
MORE = "…"
#: What differs from day to day.
DATE = re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d")


def section() -> str:
    """From its heading to the next one."""
    text = README.read_text("utf-8")
    return text[text.index("\n## The local API\n") :].split("\n## ", 2)[1]


@dataclass
class Shell:
    """A person's shell, into which the blocks are pasted one after the other."""

    stdin: IO[str]
    stdout: IO[str]

    def paste(self, block: str) -> str:
        """What is said on stdout."""
        self.stdin.write(f"{block}printf '\\n{END}\\n'\n")
        self.stdin.flush()
        return "".join(iter(self.stdout.readline, f"{END}\n"))


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """In this folder, where the quick start has left its environment; what it started ends with it."""
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    with (folder / "stderr").open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            ["bash"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Shell(process.stdin, process.stdout)
    finally:
        process.communicate("kill %1 2>/dev/null\nwait\n", timeout=PATIENCE_S)


def differs(shown: Any, told: Any, place: str = "answer") -> list[str]:
    """Where an answer is not what is shown; "…" stands for whatever else there is."""
    if isinstance(shown, dict) and isinstance(told, dict):
        missing = [f"{place}.{name} is not there" for name in shown if name not in told and name != MORE]
        unsaid = [] if MORE in shown else [f"{place}.{name} is not shown" for name in told if name not in shown]
        both = [name for name in shown if name in told]
        return [*missing, *unsaid, *(text for name in both for text in differs(shown[name], told[name], name))]
    if isinstance(shown, list) and isinstance(told, list) and len(shown) == len(told):
        return [text for one, other in zip(shown, told, strict=True) for text in differs(one, other, f"{place}[]")]
    if isinstance(shown, str) and isinstance(told, str) and MORE in shown:
        return [] if _fits(shown, told) else [f"{place}: {told!r} and not {shown!r}"]
    return [] if shown == told else [f"{place}: {told!r} and not {shown!r}"]


def _fits(shown: str, told: str) -> bool:
    pattern = DATE.sub("DATE", shown)
    return re.fullmatch(".*".join(map(re.escape, pattern.split(MORE))), DATE.sub("DATE", told)) is not None


def lines_differ(shown: str, told: str) -> list[str]:
    """The same for text, of which the beginning is shown."""
    there = told.splitlines()
    lines = shown.splitlines()
    found = [
        f"{line!r} is shown, there is {said!r}"
        for line, said in zip(lines, there, strict=False)
        if not _fits(line, said)
    ]
    return found if len(there) >= len(lines) else [*found, "more is shown than there is"]


def codes(said: str) -> list[int]:
    return [int(line) for line in said.splitlines() if re.fullmatch(r"\d{3}", line)]


def answer(said: str) -> Any:
    """The last one."""
    return json.loads([line for line in said.splitlines() if line.startswith("{")][-1])


@dataclass
class Reader:
    """Who pastes block after block. `wrong`: what is not as it is shown."""

    person: Shell
    folder: Path
    address: str
    wrong: list[str] = field(default_factory=list)
    said: str = ""

    def sh(self, block: str) -> None:
        self._curls_were_fine()
        self.said = self.person.paste(block)
        if "simulate" in block:
            till = Till.at(self.address, str(self.folder / "try" / "pos.token"))
            until(lambda: till.status().printer.state == "ready", "the printer to be found")
        if "curl" in block and not self.said.strip():
            self.wrong.append(f"no answer to\n{block}")

    def json(self, block: str) -> None:
        """The answer to the last command, and its status, which only a problem document shows."""
        shown = json.loads(block)
        self.wrong += differs(shown, answer(self.said))
        self._curls_were_fine(shown.get("status") if isinstance(shown.get("status"), int) else None)
        self.said = ""

    def text(self, block: str) -> None:
        self.wrong += lines_differ(block, self.said)

    def python(self, block: str) -> None:
        self._curls_were_fine()
        (self.folder / "sell.py").write_text(block, "utf-8")
        command = [str(self.folder / ".venv" / "bin" / "python"), "sell.py"]
        self.said = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout

    def _curls_were_fine(self, last: int | None = None) -> None:
        found = codes(self.said)
        wanted = [code for code in found if code < 300] if last is None else [*found[:-1], last]
        self.wrong += [] if found == wanted else [f"status {found} of\n{self.said}"]


def test_every_command_and_answer_of_the_section_is_as_it_stands(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with shell(tmp_path) as person:
        reader = Reader(person, tmp_path, address)
        does = {"sh": reader.sh, "json": reader.json, "text": reader.text, "python": reader.python}
        for kind, block in BLOCK.findall(section().replace(ADDRESS, address)):
            does[kind](block)
    assert reader.wrong == []
    assert (tmp_path / "stderr").read_text("utf-8") == ""
    assert (tmp_path / "try" / "receipt.png").read_bytes().startswith(b"\x89PNG")


def test_the_sandbox_answers_every_curl_that_is_shown_for_it(tmp_path: Path) -> None:
    (block,) = elsewhere()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    start, ready, *lines = block.replace("8090", port).splitlines()
    with running(SCRIPT, *shlex.split(start)[1:], errors=tmp_path / "errors") as sandbox:
        assert differs(json.loads(ready), sandbox.ready) == []
        for line in lines:
            if line.startswith("curl "):
                said = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout
                assert "error" not in json.loads(said), (line, said)


def elsewhere() -> list[str]:
    """The blocks with curl that stand in other sections."""
    here = BLOCK.findall(section())
    return [
        block
        for kind, block in BLOCK.findall(README.read_text("utf-8"))
        if "curl" in block and (kind, block) not in here
    ]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"state": "open"}, {"state": "shut"}),
        ({"state": "open"}, {"state": "open", "more": 1}),
        ({"state": "open", MORE: MORE}, {"more": 1}),
        ({"detail": "No …"}, {"detail": "Yes"}),
        ({"tax": [{"rate": 2000}]}, {"tax": [{"rate": 700}]}),
        ({"tax": []}, {"tax": [{}]}),
        ({"total": 8200}, {"total": "8200"}),
    ],
)
def test_an_answer_that_is_another_one_is_caught(shown: object, told: object) -> None:
    assert differs(shown, told)
    assert not differs(told, told)


def test_a_text_that_is_another_one_is_caught() -> None:
    assert lines_differ("СУМА 82.00\n", "СУМА 83.00\n200\n")
    assert lines_differ("a\nb\n", "a\n")
    assert not lines_differ("Чек № 000001  21.11.2026 20:33\n", "Чек № 000001  22.12.2027 09:10\n200\n")
