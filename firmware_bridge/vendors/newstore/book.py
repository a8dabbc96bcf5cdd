"""After a sale: NewStore as the till's cash book, as the gateway asks it. It maps and judges: no I/O, no clock."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from firmware_bridge.gateway.book import Call, Delivered, Look, LookVerdict, Plan, Verdict
from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore import judge, look, plan
from firmware_bridge.vendors.newstore.facts import Known
from firmware_bridge.vendors.newstore.figures import CountCall, Figures, SaleCall
from firmware_bridge.vendors.newstore.messages import CountRecord, Started, Unreadable, decode
from firmware_bridge.vendors.newstore.terms import Terms

log = logging.getLogger(__name__)

NAME = "newstore"


class NewStoreBook:
    """The `Book`. What it is told about the tenant's settings comes in `known`, a snapshot for each plan.

    `differences`: how many of NewStore's figures (change, expected cash, discrepancy) were not the till's. Each is
    logged when it is seen; the day as a whole is compared apart from this.
    """

    def __init__(self, terms: Terms, known: Known) -> None:
        self._terms = terms
        self._known = known
        self._figures = Figures(terms.calls.currency, terms.calls.exponent)
        self.differences = 0

    @property
    def name(self) -> str:
        return NAME

    def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
        return plan.plan(record, refs, self._terms, self._known.facts)

    def judge(self, call: Call, response: Response) -> Verdict:
        verdict = judge.judge(call, response, self._terms)
        if isinstance(verdict, Delivered):
            self._tell_of(call, verdict, response)
        return verdict

    def judge_look(self, call: Call, look_: Look, response: Response) -> LookVerdict:
        return look.judge_look(call, look_, response, self._terms)

    def _tell_of(self, call: Call, verdict: Delivered, response: Response) -> None:
        if verdict.already and response.status >= 400:
            log.warning("NewStore had %s before: %s", call.operation, call.place[-1], extra={"vendor": NAME})
        for difference in self._differences(call, response):
            self.differences += 1
            log.warning("%s: %s", call.place[-1], difference, extra={"vendor": NAME})

    def _differences(self, call: Call, response: Response) -> Iterator[str]:
        try:
            if isinstance(call, SaleCall):
                yield from self._figures.of_sale(call, decode(response.body, Started))
            elif isinstance(call, CountCall):
                yield from self._figures.of_count(call, decode(response.body, CountRecord))
        except Unreadable as error:
            yield f"its figures could not be compared: {error}"
