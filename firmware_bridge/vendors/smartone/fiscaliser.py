"""SmartOne as the till's fiscaliser on a sale's way: shifts, sales, returns, cash in and out, X and Z.

Before every document the shift is looked at: closed there, or open too long, refuses it, and the rules are told.
Sources: core-cashbox fiscal API 2.01 to 2.09; SmartOne Cashbox (ECR) fiscal API over HTTP and serial, version 1.
"""

from __future__ import annotations

import logging

from firmware_bridge.clock import TillClock
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.smartone.client import SmartOneClient, encoded
from firmware_bridge.vendors.smartone.desk import DAY_MS, ShiftDesk
from firmware_bridge.vendors.smartone.documents import Documents
from firmware_bridge.vendors.smartone.errors import Rejected, Unclear
from firmware_bridge.vendors.smartone.forms import Forms, Profile, Unfit
from firmware_bridge.vendors.smartone.messages import PrintOutcome, print_failure
from firmware_bridge.vendors.smartone.picture import UnreadablePicture, dots
from firmware_bridge.vendors.smartone.plans import Plans
from firmware_bridge.vendors.smartone.requests import Reprint
from firmware_bridge.vendors.smartone.shifts import Shifts
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.events import Event, FiscalisationRefused, FiscalisationUnknown, FiscalStamp
from statemachines.vocabulary.paper import Image
from statemachines.vocabulary.traits import FiscaliserTraits

log = logging.getLogger(__name__)


def traits(
    profile: Profile, *, preview: bool = False, collects_card: bool = True, empties_at_close: bool = False
) -> FiscaliserTraits:
    """What the rules plan with. Core finds its documents by the sums of its X report alone."""
    return FiscaliserTraits(
        registers=True,
        prints=not preview,
        kicks=False,
        collects_card=collects_card,
        polls=False,
        offline="none",
        lookup="our_id" if profile == "ecr" else "last_document",
        copy=True,
        empties_at_close=empties_at_close,
        carries_balance=True,
        shift_limit_ms=DAY_MS,
    )


class SmartOneFiscaliser:
    """One register."""

    def __init__(
        self,
        client: SmartOneClient,
        forms: Forms,
        plans: Plans,
        clock: TillClock,
        *,
        empties_at_close: bool = False,
    ) -> None:
        self._client = client
        self._plans = plans
        self._profile: Profile = forms.profile
        self._traits = traits(
            forms.profile,
            preview=forms.preview,
            collects_card=forms.collects_card,
            empties_at_close=empties_at_close,
        )
        self._desk = ShiftDesk(client, forms, clock)
        self._shifts = Shifts(client, forms, self._desk, plans, clock)
        self._documents = Documents(client, forms, self._desk, plans, clock)

    @property
    def traits(self) -> FiscaliserTraits:
        return self._traits

    def found(self) -> Findings:
        """Whether the shift is another than the till believes; told with the outcome of the order that found it."""
        return self._desk.found()

    async def connect(self) -> None:
        """Ask how the shift stands, which shows that the register is there and takes our signature.

        Raises NotSent, Refused, Unanswered.
        """
        await self._desk.look()

    async def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document. Raises NotSent, Refused, Unanswered."""
        try:
            if order.opening is not None:
                return await self._shifts.open(order, order.opening)
            if order.report is None:
                return await self._documents.make(order)
            self._desk.belongs_to(order.report.shift_id)
            if order.report.kind == "x_report":
                return await self._shifts.x(order)
            return await self._shifts.close(order, order.report)
        except Rejected as no:
            return FiscalisationRefused(order.document_id, no.text, final=no.judgement.final)
        except Unfit as error:
            return FiscalisationRefused(order.document_id, error.text, final=True)

    async def ask(self, order: Fiscalise) -> Event:
        """What became of the document. Raises NotSent, Refused, Unanswered when that is not answered.

        An X report moves nothing: it counts as not made.
        """
        if order.opening is not None:
            return await self._shifts.ask_opening(order)
        if order.report is None:
            return await self._documents.ask(order)
        if order.report.kind == "x_report":
            return FiscalisationUnknown(order.document_id)
        return await self._shifts.ask_closing(order)

    async def sign_out(self, _: SignOut) -> None:
        """These registers know no session."""

    async def close(self) -> None:
        await self._client.close()

    # --- besides the sale -----------------------------------------------------------------------------------------

    async def copy(self, stamp: FiscalStamp) -> bool:
        """Let the register print a document of its own once more (2.03, /check_copy), by its fiscal id. See Copier."""
        core = self._profile == "core"
        wanted = Reprint(document_id=stamp.number) if core else Reprint(fiscal_id=stamp.number)
        told = await self._client.call("print", encoded(wanted), PrintOutcome)
        if core and told.print_status is None:
            raise Unclear("SmartOne does not tell whether it has printed the document again")
        return not print_failure(told.print_status, told.print_error)

    def picture(self, fiscal_doc_id: str, width: int) -> Image | None:
        """The register's picture of a receipt that it did not print, `width` dots at most; None without one."""
        plan = self._plans.find(fiscal_doc_id)
        if plan is None or plan.outcome is None or not plan.outcome.picture:
            return None
        try:
            return dots(plan.outcome.picture, width, plan.outcome.stamp.url)
        except UnreadablePicture as error:
            log.warning("%s", error, extra={"vendor": "smartone"})
            return None
