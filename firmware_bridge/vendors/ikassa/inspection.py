"""Before a sale's way begins, for a person: is the till at iKassa in order? It changes nothing there."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.vendors.ikassa.client import IkassaClient
from firmware_bridge.vendors.ikassa.errors import Rejected
from firmware_bridge.vendors.ikassa.forms import Forms, Unfit
from firmware_bridge.vendors.ikassa.manner import Manner


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `found` in words."""

    what: str
    ok: bool
    found: str


async def inspect(client: IkassaClient, forms: Forms, manner: Manner, groups: tuple[str, ...]) -> list[Row]:
    """Sign in, ask the till who it is, and see that our tax groups have its rates where these are sent.

    Raises NotSent, Unanswered when the till gives no answer.
    """
    try:
        await client.sign_in()
    except Rejected as no:
        return [Row("sign-in", ok=False, found=no.text)]
    rows = [Row("sign-in", ok=True, found="the till takes the PIN, or wants none")]
    try:
        answer = await client.call("info")
    except Rejected as no:
        rows.append(Row("register", ok=False, found=no.text))
    else:
        number = "" if answer.register_number is None else str(answer.register_number)
        wanted = manner.register
        told = f"register {number or 'without a number'}" + (f", {wanted} is configured" if wanted != number else "")
        rows.append(Row("register", ok=wanted in ("", number), found=told))
    return [*rows, *_taxes(forms, manner, groups)]


def _taxes(forms: Forms, manner: Manner, groups: tuple[str, ...]) -> list[Row]:
    if manner.profile == "sale" and not forms.sale_taxes:
        return []
    rows = []
    for group in groups:
        try:
            rows.append(Row("tax", ok=True, found=f"{group} = {forms.tax_rate(group) or 'no tax'}"))
        except Unfit as error:
            rows.append(Row("tax", ok=False, found=error.text))
    return rows
