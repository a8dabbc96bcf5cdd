"""In the vendor's place on a sale's way: the register's mode, its codes, and dates whose wrong order jams it.

    ONLINE --tax service silent--> OFFLINE_AUTO --ping, go-online or a document, tax service back--> DRAINING
    ONLINE, OFFLINE_AUTO, DRAINING --go-offline--> OFFLINE_MANUAL --go-online, ping--> DRAINING --all sent--> ONLINE

Source: the page, sections on go-online, ping, codes and go-offline; what is inferred stands in `capabilities`.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any, Final

from firmware_bridge.vendors.checkbox.sandbox.clock import KYIV
from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.register import Register
from firmware_bridge.vendors.checkbox.sandbox.values import OfflineSession, Receipt, Transaction

#: What ping says while the tax service is silent (the page, "Якщо сервер ДПС у даний момент недоступний").
SILENT: Final = (
    "_InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n"
    "status = StatusCode.DEADLINE_EXCEEDED\n"
    'details = "Deadline Exceeded"\n'
    'debug_error_string = "{"created":"@1651529548.259915513","description":"Deadline Exceeded",'
    '"file":"src/core/ext/filters/deadline/deadline_filter.cc","file_line":81,"grpc_status":4}"\n'
    ">"
)
#: The page, "Перевищений ліміт на повторне використання запиту".
TOO_OFTEN: Final = "Занадто часто виконується запит отримання офлайн кодів"
_ASKED_OFFLINE: Final = "Каса в режимі оффлайн"
#: How many codes the tax service gives at most in the current interface.
_CODES_AT_MOST: Final = 5000
_ALL: Final = 1_000_000


def go_offline(register: Register, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """POST go-offline. A date out of order is taken, and jams the register when it is sent."""
    if register.mode == "OFFLINE_MANUAL":
        raise Refused("already-offline")
    code = body["fiscal_code"]
    date = body["go_offline_date"] or now
    if code is not None:
        register.pool.check(code)
    wrong = wrong_date(register, date)
    if wrong and register.options.wrong_dates == "refuse":
        raise Refused("wrong-date", wrong)
    if register.mode == "ONLINE" or register.options.go_offline_twice or not register.ledger.offline:
        transaction = _offline_transaction(register, code, date, now, wrong)
    else:
        transaction = register.ledger.offline[0]
    _start_session(register, date)
    register.mode = "OFFLINE_MANUAL"
    register.may_send = 0
    register.updated_at = now
    return {"status": "ok", "id": transaction.id}


def _offline_transaction(
    register: Register, code: str | None, date: datetime, now: datetime, wrong: str
) -> Transaction:
    spent = register.pool.spend_any("go-offline") if code is None else register.pool.spend(code, "go-offline")
    one = register.ledger.add("GO_OFFLINE", now, "", fiscal_date=date, offline_id=spent)
    one.wrong = wrong
    return one


def _start_session(register: Register, at: datetime) -> None:
    if not register.sessions or register.sessions[-1].end is not None:
        register.sessions.append(OfflineSession(at))


def go_auto(register: Register, at: datetime) -> None:
    """The vendor's own move, with a code of the pool; nothing if it is offline already or there is no code."""
    if register.offline or not register.pool.free(1):
        return
    _offline_transaction(register, None, at, at, "")
    for waiting in list(register.ledger.online):
        register.ledger.defer(waiting)
    _start_session(register, at)
    register.mode = "OFFLINE_AUTO"
    register.updated_at = at


def go_online(register: Register, now: datetime) -> None:
    """POST go-online: starts the sending of what waits, `drain_step` transactions of it, oldest first."""
    register.go_online_calls.append(now)
    if register.offline:
        _start_draining(register, now, register.options.drain_step or _ALL, by_client=True)


def _start_draining(register: Register, now: datetime, count: int, *, by_client: bool) -> None:
    """Let `count` more transactions go."""
    register.mode = "DRAINING"
    register.client_drains = by_client
    register.may_send += count
    register.free_at = max(register.free_at, now)


def come_online(register: Register, at: datetime) -> None:
    """The last offline transaction has arrived; coming back is one more, of this moment."""
    last = register.ledger.last_delivered()
    if last is not None and at < last:
        register.jam = f"{at.isoformat()}, coming back on line, is before the last offline document, {last.isoformat()}"
        return
    register.mode = "ONLINE"
    register.may_send = 0
    register.updated_at = register.free_at = at
    register.sessions[-1].end = at
    waiting = list(register.ledger.online)
    one = register.ledger.add("GO_ONLINE", at, "")
    for other in waiting:
        register.ledger.defer(other)
    register.ledger.deliver(one, at, register.new_number())


def try_again(register: Register, now: datetime) -> None:
    """A document comes in an automatic offline time: the vendor looks whether the tax service is back."""
    back = not register.faults.active("tax-service-down") and not register.faults.active("auto-offline")
    if register.mode == "OFFLINE_AUTO" and back:
        _start_draining(register, now, _ALL, by_client=False)


def ping(register: Register, now: datetime) -> dict[str, Any]:
    """POST ping-tax-service: any answer means it is there; waiting transactions are sent."""
    if register.faults.strike("tax-service-down"):
        register.ledger.note("PING", now, "", error=SILENT)
        return {"status": "ERROR", "error": SILENT}
    ledger = register.ledger
    error = f"ERROR_BAD_HASH_PREV store {ledger.store_hash} chk {ledger.head}" if ledger.offline else None
    ledger.note("PING", now, "")
    if register.offline:
        _start_draining(register, now, _ALL, by_client=True)
    return {"status": "DONE", "error": error}


def ask_codes(register: Register, count: int, now: datetime, *, wait: bool) -> dict[str, Any]:
    """GET ask-offline-codes. `wait`: sync=true, the answer says whether codes came."""
    if register.offline:
        return {"status": "ERROR", "error": _ASKED_OFFLINE}
    if register.ledger.asks_too_often():
        return {"status": "ERROR", "error": TOO_OFTEN}
    count = min(count, _CODES_AT_MOST) if register.options.current else count
    register.ledger.note("ASK_OFFLINE_CODES", now, str(count))
    if not wait:
        register.asked.append((now + timedelta(seconds=register.options.signing_delay_s), count))
        register.pool.asked_at = now
        return {"status": "OK"}
    if register.faults.strike("tax-service-down"):
        return {"status": "TIMEOUT", "error": SILENT}
    register.pool.ask(count, now)
    if register.options.current:
        return {"status": "DONE", "error": None, "response_status": "ok", "response": None}
    return {"status": "DONE"}


def wrong_date(register: Register, date: datetime) -> str:
    """Why an offline document dated `date` breaks the order, empty if it does not."""
    asked = register.pool.asked_at
    if asked is not None and date < asked:
        return f"{date.isoformat()} is before the last request for codes, {asked.isoformat()}"
    if register.ledger.offline:
        last = register.ledger.offline[-1].fiscal_date
        return f"{date.isoformat()} is before the last offline document, {last.isoformat()}" if date < last else ""
    waiting = [one.fiscal_date for one in register.ledger.online]
    delivered = register.ledger.last_delivered()
    last_online = max([*waiting, *([delivered] if delivered else [])], default=None)
    if last_online is not None and date < last_online:
        return f"{date.isoformat()} is before the last online document, {last_online.isoformat()}"
    return ""


def take_code(register: Register, body: dict[str, Any], now: datetime, document: str) -> tuple[str, datetime, str]:
    """Code, date and what is wrong with it, for a document made offline: the client's, or the vendor's own."""
    date = body.get("fiscal_date") or now
    wrong = wrong_date(register, date)
    if wrong and register.options.wrong_dates == "refuse":
        raise Refused("wrong-date", wrong)
    code = body.get("fiscal_code")
    spent = register.pool.spend_any(document) if code is None else register.pool.spend(code, document)
    return spent, date, wrong


def stamp(register: Register, receipt: Receipt, now: datetime) -> None:
    """Make an offline receipt of one whose transaction has its code: number, date, control number, sums."""
    transaction = receipt.transaction
    if transaction is None or transaction.offline_id is None:
        raise ValueError(f"receipt {receipt.id} has no offline code")
    receipt.fiscal_code = transaction.offline_id
    receipt.fiscal_date = transaction.fiscal_date
    receipt.created_offline = True
    receipt.control_number = control_number(register, receipt, transaction)
    receipt.updated_at = now
    receipt.status = register.options.offline_receipt_status
    register.count(receipt, now)


def control_number(register: Register, receipt: Receipt, transaction: Transaction) -> str:
    """One to four digits from the session's secret, the document and the hash before it, as the tax service makes
    them: CRC-32 with its bytes turned round, the last four decimal digits, without leading zeros, never 0.
    """
    local = transaction.fiscal_date.astimezone(KYIV)
    parts = [
        str(int(register.ledger.all[0].digest[:8] or "1", 16)),
        local.strftime("%d%m%Y"),
        local.strftime("%H%M%S"),
        str(receipt.serial),
        register.fiscal_number,
        "1",
        f"{receipt.total / 100:.2f}",
        transaction.previous_hash,
    ]
    return digits_of(zlib.crc32(",".join(parts).encode()))


def digits_of(crc: int) -> str:
    """The tax service's control digits of a CRC-32."""
    turned = int.from_bytes(crc.to_bytes(4, "little"), "big")
    return str(turned % 10_000 or 1)


def over_limit(register: Register, one: Transaction) -> str:
    """Why the tax service refuses a document made after the lawful offline time, empty if it does not."""
    session = register.sessions[-1]
    if (one.fiscal_date - session.start).total_seconds() > register.options.offline_session_limit_s:
        return "offline for more than the hours allowed in a row"
    month = month_seconds(register, one.fiscal_date)
    return (
        "offline for more than the hours allowed in a month" if month > register.options.offline_month_limit_s else ""
    )


def month_seconds(register: Register, until: datetime) -> int:
    """Seconds spent offline in the calendar month (Kyiv) of `until`, up to it."""
    first = until.astimezone(KYIV).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = timedelta()
    for session in register.sessions:
        start, end = max(session.start, first), min(session.end or until, until)
        spent += max(end - start, timedelta())
    return int(spent.total_seconds())
