"""What a client does when an answer is late, lost, broken or a no: the same id again, until the end is known."""

from __future__ import annotations

import socket
import time

import pytest

from firmware_bridge.api.problems import PROBLEMS
from firmware_bridge.client import errors
from firmware_bridge.client.asking import Patience
from firmware_bridge.client.line import MAX_ANSWER, Tcp, TokenText
from firmware_bridge.client.till import Till
from tests.firmware_bridge.client.scripted import (
    QUICK,
    SALE,
    TOKEN,
    Clock,
    Step,
    answer,
    client,
    document,
    hang_up,
    problem,
    raw,
    reset,
    scripted,
    silent,
    whole,
)

DONE = answer(200, document("s-1"))
GOOD = whole(201, b'{"id": "s-1"}', "application/json")
#: An answer that is none, each in its way.
BROKEN: dict[str, Step] = {
    "the line is cut": hang_up,
    "the line is reset": reset,
    "nothing comes": silent,
    "the head breaks off": raw(GOOD[:20]),
    "the body breaks off": raw(GOOD[:-3]),
    "a page of somebody else": raw(whole(200, b"<h1>Sign in!</h1>", "text/html")),
    "JSON that is no object": answer(201, ["s-1"]),
    "no JSON": raw(whole(201, b"{", "application/json")),
    "no certain end": raw(b'HTTP/1.1 201 Done\r\nContent-Type: application/json\r\n\r\n{"id": "s-1"}'),
    "a chunk breaks off": raw(b"HTTP/1.1 201 Done\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "somebody leads elsewhere": raw(whole(302, b"", "text/html", {"Location": "http://elsewhere.example/"})),
    "a proxy that has lost the till": raw(whole(502, b"bad gateway", "text/plain")),
}


@pytest.mark.parametrize("how", BROKEN)
def test_after_a_lost_answer_the_same_id_is_sent_again(how: str) -> None:
    with scripted(BROKEN[how], DONE) as till:
        found = client(till.port, Clock()).sell({**SALE, "id": "s-1"})
        assert (found.id, found.state) == ("s-1", "paper_out")
        assert [one.json["id"] for one in till.asked] == ["s-1", "s-1"]
        assert till.asked[0].body == till.asked[1].body


def test_an_id_that_nobody_gave_is_made_once_and_kept() -> None:
    with scripted(hang_up, reset, DONE) as till:
        client(till.port, Clock()).sell(SALE)
        assert [one.json["id"] for one in till.asked] == ["id-1"] * 3


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_never_answered_is_doubtful_with_its_id_when_the_time_is_over(how: str) -> None:
    clock = Clock()
    with scripted(BROKEN[how]) as till:
        with pytest.raises(errors.Doubtful, match="not known whether s-1") as told:
            client(till.port, clock).sell({**SALE, "id": "s-1"}, within=3)
        assert told.value.command_id == "s-1"
        assert told.value.sendings == len(till.asked) == 3
        assert clock.waits == [0.5, 1.0], "and no third, which would end after the time"


def test_a_till_that_was_never_reached_is_away_and_nothing_was_sent() -> None:
    clock = Clock()
    with scripted(DONE) as till:
        port = till.port
    with pytest.raises(errors.TillAway, match="nothing was sent"):
        client(port, clock).sell({**SALE, "id": "s-1"}, within=10)
    assert sum(clock.waits) <= 10
    with pytest.raises(errors.TillAway):
        client(port, Clock(), Patience(away_s=0)).sell(SALE)


def test_a_till_that_is_away_after_a_lost_answer_is_doubtful() -> None:
    clock = Clock()
    with scripted(DONE) as other:
        gone = other.port
    with scripted(hang_up) as till:
        places = iter([till.port, *[gone] * 50])
        asker = Till(
            lambda: Tcp("127.0.0.1", next(places)), TokenText(TOKEN), QUICK, clock=clock.monotonic, sleep=clock.sleep
        )
        with pytest.raises(errors.Doubtful) as told:
            asker.sell({**SALE, "id": "s-1"}, within=5)
        assert told.value.sendings == 1


# --- at work --------------------------------------------------------------------------------------------------------


def test_what_is_still_at_work_is_looked_at_where_the_till_says_and_asked_for_again() -> None:
    at_work = answer(202, document("s-1", state="printing"), {"Location": "/v1/receipts/s-1"})
    with scripted(at_work, answer(200, document("s-1", state="printing")), DONE) as till:
        assert client(till.port, Clock()).sell({**SALE, "id": "s-1"}).state == "paper_out"
        asked = [(one.method, one.path) for one in till.asked]
        assert asked == [("POST", "/v1/sales"), ("GET", "/v1/receipts/s-1"), ("POST", "/v1/sales")]
        assert till.asked[0].body == till.asked[2].body


def test_what_needs_a_person_is_told_at_once_with_how_it_stands() -> None:
    clock = Clock()
    at_work = answer(202, document("s-1", state="printing"), {"Location": "/v1/receipts/s-1"})
    in_doubt = document("s-1", state="in_doubt", person_needed=True)
    with scripted(at_work, answer(200, in_doubt)) as till:
        with pytest.raises(errors.StillAtWork) as told:
            client(till.port, clock).sell({**SALE, "id": "s-1"})
        assert told.value.person_needed
        assert (told.value.command_id, told.value.location) == ("s-1", "/v1/receipts/s-1")
        assert told.value.answer == in_doubt
        assert clock.waits == []


def test_a_closing_that_waits_for_a_count_needs_a_person() -> None:
    waits = {"id": "z-1", "closing": {"state": "count", "step": "count", "waits_for": "a count", "reason": None}}
    at_work = answer(202, waits, {"Location": "/v1/receipts/z-1"})
    with scripted(at_work) as till, pytest.raises(errors.StillAtWork) as told:
        client(till.port, Clock()).close_shift({"id": "z-1"})
    assert told.value.person_needed
    assert told.value.answer["closing"]["waits_for"] == "a count"


def test_what_is_not_at_its_end_in_time_is_told_with_how_it_stands() -> None:
    at_work = answer(202, document("s-1", state="printing"), {"Location": "/v1/receipts/s-1"})
    with scripted(at_work, hang_up) as till, pytest.raises(errors.StillAtWork, match="has not finished it") as told:
        client(till.port, Clock()).sell({**SALE, "id": "s-1"}, within=10)
    assert not told.value.person_needed
    assert told.value.answer["state"] == "printing"


def test_the_till_is_asked_to_wait_as_long_as_there_is_time() -> None:
    with scripted(answer(200, document("s-1"))) as till:
        asker = client(till.port, Clock(), Patience(wait_s=20, answer_s=5))
        for within, wait in ((0, 0), (4, 2), (12, 7), (90, 20)):
            asker.sell(SALE, within=within)
            assert till.asked[-1].headers["prefer"] == f"wait={wait}"


def test_asked_without_time_means_asked_once() -> None:
    for step, error in ((hang_up, errors.Doubtful), (answer(202, document("s-1")), errors.StillAtWork)):
        clock = Clock()
        with scripted(step) as till, pytest.raises(error):
            client(till.port, clock).sell(SALE, within=0)
        assert clock.waits == []


# --- a no -----------------------------------------------------------------------------------------------------------

KINDS = {
    400: errors.BadContent,
    401: errors.NotAllowed,
    403: errors.NotAllowed,
    404: errors.NotThere,
    405: errors.NotThere,
    409: errors.NotNow,
    413: errors.BadContent,
    415: errors.BadContent,
    421: errors.NotAllowed,
    422: errors.BadContent,
}
#: What is over by itself, or of which nobody knows what it means, is asked again.
AGAIN = {408, 429, 500, 503}


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_problem_of_the_till_becomes_its_exception(slug: str) -> None:
    status = PROBLEMS[slug][0]
    if status in AGAIN:
        with scripted(problem(slug, status, "doubtful" if status == 500 else "none"), DONE) as till:
            client(till.port, Clock()).sell(SALE)
            assert len(till.asked) == 2
        return
    with scripted(problem(slug, status, errors=[{"field": "lines[0]", "text": "wrong"}])) as till:
        with pytest.raises(errors.Refused) as told:
            client(till.port, Clock()).sell(SALE)
        assert type(told.value) is (errors.IdTaken if slug == "id-reused" else KINDS[status])
        assert (told.value.status, told.value.type, told.value.outcome) == (status, slug, "none")
        assert [(one.field, one.text) for one in told.value.errors] == [("lines[0]", "wrong")]
        assert (told.value.text, told.value.unanswered) == (f"no: {slug}", 0)
        assert len(till.asked) == 1


def test_what_was_accepted_and_then_refused_is_declined_with_its_document() -> None:
    with scripted(problem("refused", 409, "refused", document=document("s-1", state="refused"))) as till:
        with pytest.raises(errors.Declined) as told:
            client(till.port, Clock()).sell(SALE)
        assert told.value.document is not None
        assert told.value.document["state"] == "refused"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(status: int) -> None:
    clock = Clock()
    with scripted(problem("too-many", status, headers={"Retry-After": "7"}), DONE) as till:
        client(till.port, clock).sell(SALE)
    assert clock.waits == [7.0]


def test_a_date_to_come_again_is_understood_and_what_is_neither_waits_as_usual() -> None:
    clock = Clock()
    late = problem("too-many", 503, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})
    with scripted(late, problem("too-many", 503, headers={"Retry-After": "soon"}), DONE) as till:
        client(till.port, clock).sell(SALE)
    assert clock.waits == [0.5, 1.0]
    with scripted(problem("too-many", 503, headers={"Retry-After": "Fri, 31 Dec 2199 23:59:59 GMT"})) as till:
        with pytest.raises(errors.TooMuch) as told:
            client(till.port, Clock()).sell(SALE)
        assert (told.value.outcome, len(till.asked)) == ("none", 1)


def test_no_time_to_come_again_is_said_at_once() -> None:
    clock = Clock()
    with scripted(problem("too-many", 503, headers={"Retry-After": "30"})) as till, pytest.raises(errors.TooMuch):
        client(till.port, clock).sell(SALE, within=10)
    assert clock.waits == []


def test_a_fault_of_the_till_is_asked_about_and_doubtful_in_the_end() -> None:
    with scripted(problem("internal", 500, "doubtful"), DONE) as till:
        assert client(till.port, Clock()).sell(SALE).id == "s-1"
    with scripted(problem("internal", 500, "doubtful")) as till, pytest.raises(errors.Doubtful, match="no: internal"):
        client(till.port, Clock()).sell(SALE, within=3)


def test_a_no_by_the_rules_after_a_lost_answer_says_that_one_was_lost() -> None:
    with scripted(hang_up, problem("shift-closed", 409)) as till, pytest.raises(errors.NotNow) as told:
        client(till.port, Clock()).sell(SALE)
    assert told.value.unanswered == 1


def test_a_no_at_the_door_says_nothing_of_what_was_sent_before() -> None:
    for before in (hang_up, answer(202, document("id-1", state="printing"))):
        with scripted(before, problem("token-needed", 401)) as till, pytest.raises(errors.Doubtful) as told:
            client(till.port, Clock()).sell(SALE)
        assert told.value.command_id == "id-1"
    with scripted(problem("token-needed", 401)) as till, pytest.raises(errors.NotAllowed):
        client(till.port, Clock()).sell(SALE)


def test_done_in_another_form_is_done_and_says_so() -> None:
    with scripted(answer(200, {"id": "id-1"})) as till, pytest.raises(errors.Untold, match="is done") as told:
        client(till.port, Clock()).sell(SALE)
    assert (told.value.command_id, told.value.answer) == ("id-1", {"id": "id-1"})


# --- questions ------------------------------------------------------------------------------------------------------


def test_a_question_is_asked_again_and_in_the_end_there_is_no_till() -> None:
    with scripted(*BROKEN.values(), answer(200, document("s-1"))) as till:
        assert client(till.port, Clock(), Patience(question_s=600, answer_s=0.15)).receipt("s-1").id == "s-1"
        assert len(till.asked) == len(BROKEN) + 1
    with scripted(hang_up) as till, pytest.raises(errors.NotATill):
        client(till.port, Clock()).receipt("s-1")
    with scripted(answer(200, {"id": 1})) as till, pytest.raises(errors.NotATill, match="another form"):
        client(till.port, Clock()).receipt("s-1")


def test_a_till_that_drips_does_not_hold_a_question_for_longer_than_it_has() -> None:
    def drip(line: socket.socket, _: object) -> None:
        for byte in GOOD:
            line.sendall(bytes([byte]))
            time.sleep(0.05)  # not to synchronise: this is the drip

    began = time.monotonic()
    with scripted(drip) as till, pytest.raises(errors.NotATill):
        client(till.port, Clock()).status(within=0)
    assert time.monotonic() - began < 2, "an answer has 0.15 s, and the whole of it would take more than four"


def test_an_answer_without_end_is_cut_off() -> None:
    sent = 0

    def flood(line: socket.socket, _: object) -> None:
        nonlocal sent
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _chunk in range(64):
            sent += 1
            line.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")

    with scripted(flood) as till, pytest.raises(errors.NotATill):
        client(till.port, Clock(), Patience(answer_s=5, question_s=0)).status()
    assert sent < 64
    assert MAX_ANSWER == 8 * 1024 * 1024
