"""In the place of who orders a sale: checks from the paid order to the fiscal data, and what is sent for them.

N -> (a cash register is drawn by lot) P -> Y by a check request or by check.apply; P -> E by ERRORS, by an answer that
is no JSON, by a broken connection or by STATUS=ERROR; E -> P when the manager prints again. A status other than 200 is
taken for success without an id: such a check hangs in P for ever. Sources: documentation of PRINT_URL and CHECK_URL;
the platform's own source for what it does with odd answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from firmware_bridge.vendors.bitrix24.sandbox.call import Call
from firmware_bridge.vendors.bitrix24.sandbox.errors import failed
from firmware_bridge.vendors.bitrix24.sandbox.ledger import Check, Ledger
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.bitrix24.sandbox.params import encoded
from firmware_bridge.vendors.sandbox.wire import Json, decode, encode

INCOME: Final = ("sell", "advancepayment", "prepayment", "fullprepayment", "credit", "creditpayment")
CONSUMPTION: Final = (
    *("sellreturn", "sellreturncash", "advancereturn", "advancereturncash"),
    *("prepaymentreturn", "prepaymentreturncash", "fullprepaymentreturn", "fullprepaymentreturncash"),
    *("creditreturn", "creditpaymentreturn", "creditpaymentreturncash"),
)
OLD_KINDS: Final = ("sell", "sellreturn", "sellreturncash")
#: What a cash register may tell of a document.
DATA: Final = (
    *("REG_NUMBER_KKT", "FISCAL_DOC_ATTR", "FISCAL_DOC_NUMBER", "FISCAL_RECEIPT_NUMBER"),
    *("FN_NUMBER", "SHIFT_NUMBER", "PRINT_END_TIME"),
)
_CENT: Final = Decimal("0.01")
_METHODS: Final = {
    "advance": "advance",
    "prepayment": "prepayment",
    "fullprepayment": "full_prepayment",
    "creditpayment": "credit_payment",
    "credit": "credit",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to the cash register, to be sent `times` times; what the last one answers goes back to the desk."""

    what: Literal["print", "check"]
    check_id: int
    url: str
    body: bytes
    content_type: str
    http_version: str
    times: int = 1
    lost: bool = False
    garbled: bool = False
    unsent: bool = False


class Desk:
    """Whoever works with the checks: the manager, the agent and the answers."""

    def __init__(self, ledger: Ledger, options: SandboxOptions) -> None:
        self._ledger = ledger
        self._options = options

    def pay(self, order: Json, now: datetime) -> Check:
        """An order was paid: its check is made. Raises ValueError for what the portal would not make."""
        kind = str(order.get("type", "sell"))
        if kind not in (*INCOME, *CONSUMPTION):
            raise ValueError(f"there is no check of type {kind!r}; known are {', '.join((*INCOME, *CONSUMPTION))}")
        if kind not in OLD_KINDS and not self._all_new():
            raise ValueError(f"a cash register without SUPPORTS_FFD105 is active: only {', '.join(OLD_KINDS)} are made")
        number = self._ledger.next_id("check")
        check = Check(number, kind, self._content(kind, order), now)
        self._ledger.checks[number] = check
        return check

    def _all_new(self) -> bool:
        active = [one for one in self._ledger.cashboxes.values() if one.active == "Y"]
        handlers = [self._ledger.handler_of(one.rest_code) for one in active]
        return all(one is not None and one.settings.get("SUPPORTS_FFD105") == "Y" for one in handlers)

    def _content(self, kind: str, order: Json) -> Json:
        items = [self._item(kind, one) for one in order.get("items", [])]
        total = sum((Decimal(one["sum"]) for one in items), Decimal(0))
        payments = order.get("payments") or [{"type": "cash" if kind.endswith("cash") else "cashless", "sum": total}]
        content: Json = {
            "type": kind,
            "calculated_sign": "income" if kind in INCOME else "consumption",
            "items": items,
            "payments": [
                {
                    "type": one["type"],
                    "is_cash": "Y" if one["type"] == "cash" else "N",
                    "sum": _money(one["sum"]),
                    "currency": self._options.currency,
                }
                for one in payments
            ],
            "total_sum": _money(order.get("total_sum", total)),
        }
        return content | {name: order[name] for name in ("client_email", "client_phone") if name in order}

    def _item(self, kind: str, one: Json) -> Json:
        price, quantity = Decimal(str(one["price"])), Decimal(str(one.get("quantity", 1)))
        method = next((to for begins, to in _METHODS.items() if kind.startswith(begins)), "full_payment")
        usual: Json = {
            "name": "Item",
            "base_price": str(price),
            "currency": self._options.currency,
            "measure_code": "796",
            "payment_object": "commodity",
            "payment_method": method,
            "vat": 1,
        }
        said = {"price": str(price), "quantity": str(quantity), "sum": _money(one.get("sum", price * quantity))}
        return usual | {name: value for name, value in one.items() if name not in said} | said

    def print(self, check: Check, now: datetime) -> Outgoing | None:
        """Have it printed, once more perhaps; None: no cash register is active, or it is under way or done."""
        box = self._ledger.any_cashbox()
        handler = None if box is None else self._ledger.handler_of(box.rest_code)
        if box is None or handler is None or check.status not in ("N", "E"):
            return None
        stamp = f"|{int(now.timestamp())}" if self._options.uuid_stamp else ""
        check.uuid = f"check|{self._options.domain}|{check.id}{stamp}"
        check.status, check.cashbox_id, check.external, check.error = "P", box.id, "", ""
        check.prints += 1
        sign = "calculated_sign"
        content = check.content | {
            "operation": check.content[sign],
            "unique_id": check.id,
            "uuid": check.uuid,
            "date_create": int(check.created_at.timestamp()),
            "number_kkm": box.number_kkm,
            "service_email": box.email,
            "cashbox_params": box.settings,
        }
        as_form = self._options.print_body == "form"
        body, kind = (encoded(content), "x-www-form-urlencoded") if as_form else (encode(content), "json")
        version = str(handler.settings.get("HTTP_VERSION", "1.0"))
        url = str(handler.settings["PRINT_URL"])
        return Outgoing("print", check.id, url, body, f"application/{kind}", version)

    def ask(self, check: Check) -> Outgoing | None:
        """Ask what became of it; None: it does not wait, or nobody knows under which id."""
        box = self._ledger.cashboxes.get(check.cashbox_id)
        handler = None if box is None else self._ledger.handler_of(box.rest_code)
        if handler is None or check.status != "P" or not check.external:
            return None
        check.asked += 1
        body = encoded({"uuid": check.external})
        version = str(handler.settings.get("HTTP_VERSION", "1.0"))
        url = str(handler.settings["CHECK_URL"])
        return Outgoing("check", check.id, url, body, "application/x-www-form-urlencoded", version)

    def agent(self) -> list[Outgoing]:
        """One run of the agent: those that were asked about least often, oldest first."""
        waiting = [one for one in self._ledger.checks.values() if one.status == "P" and one.external]
        waiting.sort(key=lambda one: (one.asked, one.id))
        found = [self.ask(one) for one in waiting[: self._options.agent_checks]]
        return [one for one in found if one is not None]

    def answered(self, out: Outgoing, status: int | None, body: bytes, now: datetime) -> None:
        """What the cash register said; `status` None: nothing, the connection broke."""
        check = self._ledger.checks[out.check_id]
        said = _object(body)
        if out.what == "print":
            self._printed(check, status, said)
        elif status == 200 and said is not None and check.status == "P":
            self._learned(check, said, now)

    def _printed(self, check: Check, status: int | None, said: Json | None) -> None:
        if check.status != "P":
            return
        if status is None:
            self._failed(check, "The cash register could not be reached")
        elif status != 200:
            return  # taken for success; without an id nobody will ever ask
        elif said is None:
            self._failed(check, "Response decoding error")
        elif said.get("ERRORS"):
            errors = said["ERRORS"]
            self._failed(check, "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors))
        else:
            check.external = str(said.get("UUID", ""))

    def _learned(self, check: Check, said: Mapping[str, Any], now: datetime) -> None:
        status = said.get("STATUS")
        if status == "WAIT":
            return
        if status == "ERROR":
            self._failed(check, str(said.get("ERROR", "")))
            return
        check.status, check.error = "Y", ""
        check.result = {name: said[name] for name in DATA if name in said}
        box = self._ledger.cashboxes.get(check.cashbox_id)
        if box is not None:
            box.last_check = now

    def _failed(self, check: Check, why: str) -> None:
        check.status, check.error = "E", why
        box = self._ledger.cashboxes.get(check.cashbox_id)
        self._ledger.mails.append({"to": "" if box is None else box.email, "check": check.id, "text": why})

    def apply(self, call: Call) -> bool:
        """sale.cashbox.check.apply: found by the id that the cash register answered; the first data stay."""
        call.demand("UUID")
        uuid = call.given.text("UUID")
        check = next((one for one in self._ledger.checks.values() if one.external == uuid), None)
        if check is None:
            raise failed("Check not found", "ERROR_CHECK_NOT_FOUND")
        if check.status != "Y":
            self._learned(check, call.given.values, call.now)
        return True


def _money(value: object) -> str:
    return str(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP))


def _object(body: bytes) -> Json | None:
    """A JSON object with its outermost keys in capitals; None: it is none."""
    try:
        said = decode(body)
    except ValueError:
        return None
    return {str(name).upper(): value for name, value in said.items()} if isinstance(said, dict) else None
