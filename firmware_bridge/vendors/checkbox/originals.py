"""Before goods come back on a sale's way: which receipt of Checkbox's do they come back from?"""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.vendors.checkbox import outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import Beside
from statemachines.vocabulary.effects import Fiscalise


async def with_original(client: CheckboxClient, order: Fiscalise, beside: Beside) -> Beside:
    """With Checkbox's id of the sale that goods come back from, if Checkbox knows that sale.

    Raises NotSent, Rejected, Unanswered.
    """
    original = None if order.receipt is None else order.receipt.original
    if beside.related_receipt_id or original is None:
        return beside
    for key in outcomes.keys_of(original):
        try:
            found = await client.receipt(key)
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
        else:
            if found.status == "DONE":
                return replace(beside, related_receipt_id=found.id)
    return beside
