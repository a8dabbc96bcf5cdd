"""schemathesis at a running till: asks for what is described and for what is not, and holds every answer to it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware_bridge.config import ROLES
from firmware_bridge.played_devices import Device
from firmware_bridge.rehearsal import NewStore, Rehearsal, write_secret
from tests.support.device_desk import DeviceDesk, device_desk, write

Json = dict[str, Any]
TOOL: Final = Path(sys.executable).with_name("schemathesis")
#: Quick, with its drawer pushed shut at once: a printer at its own pace would be all that is waited for.
PRINTER: Final = ("--columns", "42", "--speed", "100", "--drawer-closes-after", "0.05")

#: All checks are on. Two are told which of our answers mean what they ask for:
#: a body over the limit is refused as such (413) whatever else is wrong with it;
#: what is as it is described may be refused by the rules of the shop (422), which `described_means_valid` looks into.
_SETTINGS: Final = """\
hooks = {hooks}
request-timeout = 40.0
max-stream-events = 3

[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422]
positive_data_acceptance.expected-statuses = ["2xx", 304, 401, 403, 404, 409, 422, 429]

# a stream has no end: what comes within this time is looked at; eight readers at once are all that there may be
[[operations]]
include-path = "/v1/events"
request-timeout = 3.0
"""

_CLIENT: Final = """
[[api.clients]]
name = "pos-{role}"
role = "{role}"
token_sha256 = "{digest}"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A till with its shift open, and who may ask it what: role -> token."""

    desk: DeviceDesk
    tokens: dict[str, str]

    @property
    def address(self) -> str:
        return self.desk.till.address


@contextmanager
def place(folder: Path, *module: str) -> Iterator[Place]:
    """A till of its own process with a simulated printer and drawer. `module`: what is run instead of the product."""
    folder.mkdir(exist_ok=True)
    with Device("escpos", None, PRINTER) as printer:
        section = f'[printer]\nport = "{printer.url}"\ncolumns = 42\n'
        drawer = '[drawers.main]\nsense_open_level = "high"\ngap_ms = 400\npulses_per_minute = 120\n'
        rules = '[rules]\ndrawer_day = "own"\n'
        tokens: dict[str, str] = {role: secrets.token_hex(32) for role in ROLES}
        digests = {role: hashlib.sha256(token.encode()).hexdigest() for role, token in tokens.items()}
        clients = "".join(_CLIENT.format(role=role, digest=digests[role]) for role in ROLES)
        at: Rehearsal = write(folder, section + drawer + rules + clients + _book(folder))
        with device_desk(at, *module) as desk:
            desk.printer_is("ready")
            desk.cashier.post("/v1/drawers/main/activate", {"id": "day", "float_amount": 10_000_000})
            desk.cashier.post("/v1/shifts", {"id": "shift", "float_amount": 10_000_000})
            yield Place(desk, tokens)


def _book(folder: Path) -> str:
    """A cash book whose store nobody can reach: all that it does not know waits, and a person can see to it."""
    secret = write_secret(folder / "secret", secrets.token_hex(16))
    nowhere = "http://127.0.0.1:9"
    return NewStore(nowhere, f"{nowhere}/token", "till", secret, "store-1", "drawer-1", {}).section


@dataclass(frozen=True, slots=True)
class Report:
    """What schemathesis found. `answers`: (operation, status) -> how often; `failures`: code -> operations."""

    seed: int
    cases: int
    failures: dict[str, list[str]]
    answers: Counter[tuple[str, int]]
    said: str
    replay: str

    @property
    def operations(self) -> Counter[str]:
        """How often each operation was asked."""
        counted: Counter[str] = Counter()
        for (operation, _), times in self.answers.items():
            counted[operation] += times
        return counted

    def table(self) -> list[str]:
        """A line for each operation: how often it was asked, and what it answered."""
        return [
            f"  {operation:40s} {times:6d}  "
            + " ".join(
                f"{status}x{count}" for (name, status), count in sorted(self.answers.items()) if name == operation
            )
            for operation, times in sorted(self.operations.items())
        ]


def fuzz(at: Place, role: str, seed: int, folder: Path, *options: str) -> Report:
    """Let schemathesis ask this till as `role`; `options` of `schemathesis run`. AssertionError when it cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "schemathesis.toml"
    settings.write_text(_SETTINGS.format(hooks=json.dumps("tests.support.fuzz_hooks")), "utf-8")
    description = folder / "openapi.json"  # of an address, schemathesis leaves out what the address itself belongs to
    description.write_text(json.dumps(at.desk.cashier.get("/openapi.json")), "utf-8")
    words = [
        *(str(TOOL), "--config-file", str(settings), "run", str(description), "--url", f"http://{at.address}"),
        *("-H", f"Authorization: Bearer {at.tokens[role]}", "--seed", str(seed), "--checks", "all", "--no-color"),
        *("--continue-on-failure", "--report", "ndjson,json", "--output-sanitize", "true"),
        *("--report-ndjson-path", str(folder / "events.ndjson"), "--report-json-path", str(folder / "report.json")),
        *options,
    ]
    env = {
        **os.environ,
        "FUZZ_MANAGER": at.tokens["manager"],
        "FUZZ_ADDRESS": at.address,
        "FUZZ_RUN": f"{role}-{seed}",
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    }
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads((folder / "report.json").read_text("utf-8"))
    assert found["complete"], done.stdout
    assert not found["errors"], done.stdout
    return Report(
        seed,
        found["test_cases"]["generated"],
        {f"{one['code']} {one['title']}": one["operations"] for one in found["failures"]},
        _answers(folder / "events.ndjson"),
        done.stdout,
        _replay(role, seed, options),
    )


def _replay(role: str, seed: int, options: Sequence[str]) -> str:
    return f"replay with: SEED={seed}; role {role}; schemathesis run {' '.join(options)}"


def _answers(events: Path) -> Counter[tuple[str, int]]:
    counted: Counter[tuple[str, int]] = Counter()
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder")
            if not recorder or "cases" not in recorder:  # a story that asked for nothing
                continue
            cases, asked = recorder["cases"], recorder["interactions"]
            for name, case in cases.items():
                response = asked.get(name, {}).get("response")
                if response is not None:
                    value = case["value"]
                    counted[f"{value['method']} {value['path']}", response["status_code"]] += 1
    return counted
