"""The gateway is killed (SIGKILL) between commit and answer, and before: a request that comes again has the same id."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from firmware_bridge.gateway.inboxes import TillInboxes
from firmware_bridge.gateway.prints_command import decode
from firmware_bridge.gateway.prints_store import document_id
from tests.support.orders import DOMAIN, TILL
from tests.support.orders_process import SECRET

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def request(number: int, stamp: int = 0) -> bytes:
    uuid = f"check|{DOMAIN}|{number}|{1772442000 + stamp}"
    check = {"type": "sell", "unique_id": number, "uuid": uuid, "total_sum": "21.00", "number_kkm": TILL}
    item = {"name": "Tea", "price": "10.5", "quantity": "2", "sum": "21", "vat": "1"}
    fields = check | {f"items[0][{name}]": value for name, value in item.items()}
    return urlencode(fields | {"payments[0][type]": "cash", "payments[0][sum]": "21"}).encode()


@contextmanager
def gateway(folder: Path, moment: str = "after", number: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    words = [sys.executable, "-m", "tests.support.orders_process", str(folder), moment, str(number)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def post(port: int, body: bytes, what: str = "print", secret: str = SECRET) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", f"/bitrix24/{secret}/{what}", body, FORM)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


def killed(folder: Path, moment: str) -> list[Any]:
    """Two requests, of which the second meets its end; what was answered."""
    answers: list[Any] = []

    def second(port: int) -> None:
        with suppress(OSError, http.client.HTTPException):
            answers.append(post(port, request(2)))

    with gateway(folder, moment, 2) as (process, port):
        answers.append(post(port, request(1)))
        asking = threading.Thread(target=second, args=(port,))
        asking.start()
        if moment != "hasty":
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "dead"
        else:
            asking.join()
        process.kill()
        process.wait()
        asking.join()
    return answers


def commands(folder: Path) -> list[str]:
    """What a till that comes now gets, by document."""
    return [decode(one.body).id for one in TillInboxes(folder / "inboxes.sqlite").receive(TILL, 0)]


@pytest.mark.parametrize("moment", ["after", "before"])
def test_killed_between_commit_and_answer_it_has_the_same_id_for_the_same_request(tmp_path: Path, moment: str) -> None:
    ids = [document_id(DOMAIN, number, 1) for number in (1, 2)]
    assert killed(tmp_path, moment) == [(200, {"UUID": ids[0]})]
    with gateway(tmp_path) as (_, port):
        if moment == "after":  # what was durable is with the till before anybody asks again
            assert commands(tmp_path) == ids
        again = [post(port, request(2)), post(port, request(2)), post(port, request(2, stamp=60))]
        assert again == [(200, {"UUID": ids[1]})] * 3
        assert post(port, f"uuid={ids[1]}".encode(), "check") == (200, {"STATUS": "WAIT"})
        assert post(port, b"uuid=nobody", "check")[1]["STATUS"] == "ERROR"
        assert post(port, request(3), secret="another")[0] == 404
    assert commands(tmp_path) == ids


def test_control_a_gateway_that_answers_before_it_stores_is_caught(tmp_path: Path) -> None:
    answered = killed(tmp_path, "hasty")
    with gateway(tmp_path) as (_, port):
        assert post(port, request(2)) != answered[1]
    assert answered[1][1]["UUID"] not in commands(tmp_path)


def test_killed_at_any_moment_every_check_has_one_id_and_one_command(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    told: dict[int, set[str]] = {}
    for _ in range(4):
        with gateway(tmp_path) as (process, port):
            threading.Timer(chance.uniform(0.02, 0.25), process.kill).start()
            with suppress(OSError, http.client.HTTPException):
                while True:
                    number = chance.randrange(1, 9)
                    status, said = post(port, request(number, stamp=chance.randrange(3)))
                    assert status == 200
                    told.setdefault(number, set()).add(said["UUID"])
            process.wait()
    with gateway(tmp_path) as (_, port):
        for number, ids in told.items():
            ids.add(post(port, request(number))[1]["UUID"])
    assert told
    assert all(ids == {document_id(DOMAIN, number, 1)} for number, ids in told.items())
    found = commands(tmp_path)
    assert len(found) == len(set(found))
    assert {document_id(DOMAIN, number, 1) for number in told} <= set(found)
