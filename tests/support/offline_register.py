"""A pure model of a vendor's register and of the tax service behind it: what it has, of which dates, under which codes.

It answers the orders of the rules as an adapter would: it looks before it acts, and what is there already is told as
done. What it cannot take it refuses (`refusals`). Written from the vendor's rules and sharing no code with the adapter
or a sandbox.
"""

from __future__ import annotations

from typing import Final

from statemachines.vocabulary.effects import (
    DeliverOffline,
    Fiscalise,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    FiscalStamp,
    ReceiptFiscalised,
)
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    OfflineCodesNotRefilled,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)
from tests.support.offline_chain import Chain, Entry, Request, second

NUMBER: Final = "4000000001"
MOST_ASKED: Final = 6  # of the last ten entries


class Register(Chain):
    """One register, as its till sees it."""

    def take(self, request: Request) -> Event | None:  # noqa: C901 - a case a request
        """Do it. The outcome, or None of a document whose outcome comes later (`find`)."""
        match request:
            case Fiscalise():
                return self._fiscalise(request)
            case LookAtRegister():
                return self._look()
            case RefillCodes():
                return self._refill(request)
            case GoOffline():
                return self._go_offline(request)
            case DeliverOffline():
                return self._deliver(request)
            case GoOnline():
                if self.offline:
                    self._drain()
                return WentOnline(request.session_id, request.tries)
            case PingTaxService():
                if self.tax_down:
                    return TaxServicePinged(answers=False, text="DEADLINE_EXCEEDED")
                if self.offline:
                    self._drain()
                return TaxServicePinged(answers=True, text="DONE")

    def _fiscalise(self, order: Fiscalise) -> Event | None:
        """As an on line document: the register itself gives it a code while it is off line."""
        kind, name = kind_of(order), order.fiscal_doc_id
        if kind == "x_report":
            return ReceiptFiscalised(order.document_id, stamp("", self.now, offline=False), "not_mine")
        if name in self.documents or name in self.moves:
            return None
        if name in self.unlawful:
            return FiscalisationRefused(order.document_id, "the tax group is unknown")
        if wrong := self._shift_wrong(kind, self.now):
            return FiscalisationRefused(order.document_id, wrong)
        if kind in ("cash_in", "cash_out"):
            self.moves[name] = self.now
            return None
        if self.mode == "auto" and not self.tax_down:
            self._drain()
        code = self._spend_lowest(name) if self.offline and self._lowest() else ""
        if self.offline and not code:
            return FiscalisationRefused(order.document_id, "there is no code left")
        if code:
            self._dated(self.now)
        self._made(kind, name, self._add(kind, name, self.now, code))
        return None

    def _made(self, kind: str, name: str, one: Entry) -> None:
        self.documents[name] = one
        self.arrivals.append(name)
        if kind == "shift_open":
            self.shift = one
        elif kind == "shift_report":
            self.shift = None

    def _shift_wrong(self, kind: str, at: int) -> str:
        if kind == "shift_open":
            return "a shift is open" if self.shift is not None else ""
        if self.shift is None:
            return "no shift is open"
        old = kind != "shift_report" and at - self.shift.date > self.options.shift_ms
        return "the shift is too old" if old else ""

    def _with_its_opening(self, kind: str, at: int) -> str:
        """The current interface takes nothing that a till has dated no later than its shift's opening."""
        opened = self.shift if self.options.after_opening and kind != "shift_open" else None
        if opened is None or at > opened.date:
            return ""
        return f"a date of {at} is not after the shift's opening, {opened.date}"

    def find(self, order: Fiscalise) -> Event:
        """What became of it."""
        one = self.documents.get(order.fiscal_doc_id)
        if order.fiscal_doc_id in self.moves:
            date = self.moves[order.fiscal_doc_id]
            return ReceiptFiscalised(order.document_id, stamp("", date, offline=False), "not_mine")
        if one is None:
            return FiscalisationUnknown(order.document_id)
        if one in self.online:
            return FiscalisationDoubtful(order.document_id, "the tax service has not answered yet")
        return ReceiptFiscalised(order.document_id, stamp(one.code, one.date, offline=bool(one.code)), "not_mine")

    def _look(self) -> RegisterSeen:
        running = self.offline and self.stretches
        return RegisterSeen(
            offline=self.offline,
            manual=self.mode == "manual",
            server_at=second(self.now),
            last_at=max(self.latest, self.asked_at),
            last_delivered_at=max((one.date for one in self.entries if one.delivered), default=0),
            waiting=len(self.waiting) + len(self.online),
            session_ms=self.now - self.stretches[-1][0] if running else 0,
            month_ms=self.month_ms(self.now),
        )

    def _refill(self, step: RefillCodes) -> Event:
        if self.shift is None:
            return OfflineCodesNotRefilled("no shift is open")
        asked_at = 0
        if step.ask:
            if self.offline:
                return OfflineCodesNotRefilled("the register is off line")
            if sum(one.kind == "ask" for one in self.entries[-10:]) >= MOST_ASKED:
                self.refusals.append("codes were asked for too often")
                return OfflineCodesNotRefilled("asked for too often")
            self.count("requests for codes")
            self.asked_at = asked_at = self.now
            self.entries.append(Entry("ask", "", self.now, self.now, delivered=True))
            if self.tax_down:
                return OfflineCodesNotRefilled("the tax service does not answer", second(self.now) + 1000)
            self.give(min(step.ask, self.options.codes))
        found = tuple(OfflineCode(code, self.codes[code]) for code in self.free())
        return OfflineCodesRefilled(asked_at and second(asked_at) + 1000, found)

    def _go_offline(self, step: GoOffline) -> Event:
        if self.mode == "manual":
            return WentOffline(step.session_id)
        if self.spent.get(step.code.value) == step.session_id:  # the same again, too late for anybody to hear of it
            return OfflineDocumentRefused(step.session_id, "this session has begun and ended")
        if step.code.value not in self.free():
            return self._refused(step.session_id, f"code {step.code.value} of going off line is not free")
        self._dated(step.fiscal_at)
        self._begin(step.fiscal_at)
        self.spent[step.code.value] = step.session_id
        self._add("go_offline", "", step.fiscal_at, step.code.value)
        self.mode, self.may_send = "manual", 0
        self.count("manual offline")
        return WentOffline(step.session_id)

    def _deliver(self, step: DeliverOffline) -> Event:
        order = step.order
        assert order is not None
        kind, name = kind_of(order), order.fiscal_doc_id
        code = "" if step.code is None else step.code.value
        if name in self.documents:
            one = self.documents[name]
            return OfflineDocumentDelivered(step.document_id, stamp(one.code, one.date, offline=bool(one.code)))
        if name in self.moves:
            return OfflineDocumentDelivered(step.document_id, stamp(code, self.moves[name], offline=True))
        if self.mode != "manual":
            return self._refused(step.document_id, f"{step.document_id} came while the register is {self.mode}")
        if wrong := self._shift_wrong(kind, step.fiscal_at) or self._with_its_opening(kind, step.fiscal_at):
            return self._refused(step.document_id, f"{step.document_id}: {wrong}")
        wants_code = kind not in ("cash_in", "cash_out") or self.options.service_codes
        if wants_code and code not in self.free():
            return self._refused(step.document_id, f"code {code} of {step.document_id} is not free")
        if code:
            self.spent[code] = name
        if kind in ("cash_in", "cash_out"):
            self.moves[name] = step.fiscal_at
            self.arrivals.append(name)
        else:
            self._dated(step.fiscal_at)
            self._made(kind, name, self._add(kind, name, step.fiscal_at, code))
            self.documents[name].ours = True
        self.count("documents delivered")
        return OfflineDocumentDelivered(step.document_id, stamp(code, step.fiscal_at, offline=True))

    def _refused(self, name: str, reason: str) -> OfflineDocumentRefused:
        self.refusals.append(reason)
        return OfflineDocumentRefused(name, reason)


def kind_of(order: Fiscalise) -> str:
    if order.receipt is not None:
        return order.receipt.kind
    if order.move is not None:
        return "cash_in" if order.move.direction == "in" else "cash_out"
    return "shift_open" if order.report is None else order.report.kind


def stamp(code: str, at: int, *, offline: bool) -> FiscalStamp:
    """The register's own particulars, which are always whole."""
    return FiscalStamp("model", code or f"n{at}", str(at), offline=offline, control="1", register=NUMBER, at=at)
