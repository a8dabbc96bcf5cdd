"""Who knocks at a real till's doors without belonging there: at its port, and at its socket as another local user."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.processes import QUICK, sale, until

#: Numbers that this machine gives to nobody: who may sell, who may only come in, the group of the socket, a stranger.
SELLER, GUEST, GROUP, STRANGER = 54001, 54002, 54321, 54003
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user for a moment")

_PEER: Final = """
import os, socket, sys
uid, groups, path, request = int(sys.argv[1]), [int(one) for one in sys.argv[2].split(",") if one], *sys.argv[3:]
os.setgroups(groups); os.setgid(uid); os.setuid(uid)
with socket.socket(socket.AF_UNIX) as line:
    try:
        line.connect(path)
    except OSError as error:
        sys.exit(f"not connected: {error.strerror}")
    line.sendall(request.encode())
    answer = b""
    while piece := line.recv(65536):
        answer += piece
print(answer.split()[1].decode())
"""


@dataclass(slots=True)
class Place:
    """A till with a socket in a folder that anybody may enter; its group is GROUP."""

    desk: DeviceDesk
    socket: Path

    @property
    def log(self) -> str:
        return (self.desk.at.folder / "till.log").read_text("utf-8")

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.desk.till.address.rpartition(":")
        return host, int(port)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    # pytest's folders are for their owner alone: nobody else would get as far as to the socket
    folder = Path(tempfile.mkdtemp(prefix="till-"))
    try:
        folder.chmod(0o2755)
        if os.getuid() == 0:
            os.chown(folder, 0, GROUP)
            folder.chmod(0o2755)
        path = folder / "api.sock"
        with Device("escpos", None, QUICK) as printer:
            section = f'[printer]\nport = "{printer.url}"\ncolumns = 42\n[drawers.main]\nsense_open_level = "high"\n'
            roles = f'[api.unix]\ncashier = "user:{SELLER}"\nobserver = "user:{GROUP}"\n'
            at = write(tmp_path_factory.mktemp("raw"), section + roles)
            text = at.config.read_text("utf-8")
            at.config.write_text(text.replace("[api]\n", f"[api]\nsocket = {json.dumps(str(path))}\n"), "utf-8")
            with device_desk(at) as desk:
                desk.open_shift()
                yield Place(desk, path)
    finally:
        shutil.rmtree(folder)


# --- at the port ------------------------------------------------------------------------------------------------------


def asked(place: Place, token: str, times: int = 1) -> list[int]:
    """Statuses of questions with this token over one connection."""
    line = http.client.HTTPConnection(*place.address, timeout=30)
    try:
        found = []
        for _ in range(times):
            line.request("GET", "/v1/status", headers={"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            answer.read()
            found.append(answer.status)
        return found
    finally:
        line.close()


def near(token: str) -> list[str]:
    """What somebody tries who knows a part of it."""
    digest = hashlib.sha256(token.encode())
    parts = [token[:-1], token[1:], token + "0", token.upper(), token[::-1], token[:32], digest.hexdigest(), "*", "%"]
    return [*parts, *(token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1 :] for at in range(0, 64, 8))]


def test_guessed_tokens_open_nothing_fill_no_log_and_keep_nobody_out(place: Place) -> None:
    before, lines = place.desk.status()["journal"], len(place.log.splitlines())
    guesses = near(place.desk.at.token)
    assert {status for guess in guesses for status in asked(place, guess)} == {401}
    assert set(asked(place, "g" * 64, times=300)) == {401}
    assert asked(place, place.desk.at.token) == [200], "the control, and whoever has the token is not slowed down"
    assert place.desk.status()["journal"] == before
    told = place.log.splitlines()[lines:]
    assert len(told) <= 2, "one line a minute"
    assert not [guess for guess in (*guesses, place.desk.at.token) if len(guess) > 8 and guess in place.log]


def test_two_hundred_idle_connections_stop_neither_the_sale_that_runs_nor_who_is_connected(place: Place) -> None:
    answers: list[Any] = []
    selling = threading.Thread(target=lambda: answers.append(place.desk.cashier.post("/v1/sales", sale("crowd-1"))))
    good = {"Authorization": f"Bearer {place.desk.at.token}", "Content-Type": "application/json"}
    with contextlib.closing(http.client.HTTPConnection(*place.address, timeout=30)) as first:
        first.connect()  # a program that keeps its connection
        selling.start()
        with crowd(place, 200) as idle:
            first.request("POST", "/v1/sales", json.dumps(sale("crowd-2")), good)
            assert first.getresponse().status == 201
            if os.getuid() == 0:
                assert over_socket(place, 0, []).out == "200", "the socket has room of its own"
            selling.join(30)
            until(lambda: any(map(refused, idle)), "somebody of the crowd to be told that there is no room")
    assert answers[0]["state"] == "paper_out"
    until(lambda: asked(place, place.desk.at.token) == [200], "the crowd to be gone")
    assert "Traceback" not in place.log


@contextlib.contextmanager
def crowd(place: Place, many: int) -> Iterator[list[socket.socket]]:
    """So many connections that say nothing, or begin to say something and then nothing more."""
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.socket()) for _ in range(many)]
        for number, line in enumerate(idle):
            line.settimeout(0.0)
            line.connect_ex(place.address)
            with contextlib.suppress(OSError):
                line.sendall((b"", b"POST /v1/sales HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-")[number % 3])
        yield idle


def refused(line: socket.socket) -> bool:
    """Has the till said that it has no room for this one?"""
    try:
        return line.recv(4096).startswith(b"HTTP/1.1 503")
    except OSError:
        return False


# --- at the socket ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What a peer met: the answer's status, or why there was none."""

    out: str
    err: str


def over_socket(place: Place, uid: int, groups: list[int], method: str = "GET", path: str = "/v1/status") -> Seen:
    """One request as that user, with no token; a POST sells something."""
    body = json.dumps(sale(place.desk.new(f"peer-{uid}"))) if method == "POST" else ""
    head = f"Host: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request = f"{method} {path} HTTP/1.1\r\n{head}\r\n\r\n{body}"
    words = [sys.executable, "-c", _PEER, str(uid), ",".join(map(str, groups)), str(place.socket), request]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return Seen(done.stdout.strip(), done.stderr.strip())


SELL: Final = ("POST", "/v1/sales")


def sold(place: Place) -> list[str]:
    """Who has sold, by the ids of the documents."""
    return [one["id"] for one in place.desk.cashier.get("/v1/receipts")["receipts"] if one["id"].startswith("peer-")]


@needs_root
def test_a_local_user_outside_the_group_does_not_reach_the_till(place: Place) -> None:
    before = sold(place)
    assert place.socket.stat().st_mode & 0o777 == 0o660
    for uid in (STRANGER, SELLER):
        assert "Permission denied" in over_socket(place, uid, [], *SELL).err
    assert sold(place) == before


@needs_root
def test_a_member_of_the_group_may_what_the_kernel_says_they_are(place: Place) -> None:
    assert over_socket(place, SELLER, [GROUP], *SELL).out == "201"
    assert over_socket(place, GROUP, [GROUP]).out == "200"
    before = sold(place)
    assert f"peer-{SELLER}-" in before[0]
    assert over_socket(place, GROUP, [GROUP], *SELL).out == "403", "who may look may not sell"
    assert over_socket(place, GUEST, [GROUP], *SELL).out == "403", "to reach it is not to be somebody"
    assert over_socket(place, GUEST, [GROUP]).out == "403"
    assert sold(place) == before


@needs_root
def test_where_the_file_lets_everybody_in_the_kernels_word_still_keeps_strangers_out(place: Place) -> None:
    before = sold(place)
    place.socket.chmod(0o666)
    try:
        assert over_socket(place, STRANGER, [], *SELL).out == "403"
        assert sold(place) == before
        assert over_socket(place, SELLER, [], *SELL).out == "201", "the control: it is the user that counts"
    finally:
        place.socket.chmod(0o660)
