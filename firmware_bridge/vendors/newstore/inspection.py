"""Before a sale's way begins, for a person: does NewStore fit this till? Reads only, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from firmware_bridge.vendors.newstore.admin import Admin, shown
from firmware_bridge.vendors.newstore.audit.as_values import exponent
from firmware_bridge.vendors.newstore.facts import Kind, SetUp
from firmware_bridge.vendors.newstore.messages import NON_SALE_TYPES, Drawer, DrawerConfig
from firmware_bridge.vendors.newstore.money import minor
from statemachines.vocabulary.receipt import CASH_DIRECTIONS

#: The answers' dates have whole seconds; the till's own clock stamps the drawer's openings.
CLOCK_MS: Final = 60_000
_DIRECTIONS: Final = {"in": "cash_in", "out": "cash_out"}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `found` in words. `ok` False: something must be mended before it works."""

    what: str
    ok: bool
    found: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the till's configuration says. `reasons`: our words -> NewStore's code; `texts`: type -> the reasons that
    cashiers may give; `told`: types that the till must be able to tell.
    """

    set_up: SetUp
    reasons: Mapping[str, str]
    texts: Mapping[str, Sequence[str]]
    told: frozenset[str]


async def inspect(admin: Admin, wanted: Wanted) -> list[Row]:
    """Look at everything that a drawer's day needs. Raises NotSent, Unanswered, Refused when NewStore does not tell."""
    config = await admin.config()
    found = [Row("sign-in", ok=True, found="NewStore knows the API client"), _store(wanted.set_up, config)]
    drawers = await admin.drawers()
    types = await admin.types()
    if config is not None:
        found += [_drawer(wanted.set_up, config, drawers, ours) for ours in wanted.set_up.drawers]
    return [*found, *_types(types, wanted), *_reasons(types, wanted)]


def clock(answered_at: int, now: int) -> Row:
    """NewStore's clock and this machine's, UTC ms; 0: its answers bear no date."""
    if not answered_at:
        return Row("clock", ok=True, found="NewStore's answers bear no date")
    ahead = answered_at - now
    side = "ahead of" if ahead > 0 else "behind"
    return Row("clock", abs(ahead) <= CLOCK_MS, f"NewStore is {abs(ahead) / 1000:.1f} s {side} this machine")


def _store(set_up: SetUp, config: DrawerConfig | None) -> Row:
    if config is None:
        said = (
            f"NewStore has no cash drawer configuration of store {set_up.store_id}: check store_id, or make one with "
            "`firmware-bridge book config`"
        )
        return Row("store", ok=False, found=said)
    misfits = list(replace(set_up, drawers={}).misfits(config, []))
    return Row("store", not misfits, "; ".join(misfits) or f"{set_up.store_id}, {config.cash_drawer_type} drawers")


def _drawer(set_up: SetUp, config: DrawerConfig, drawers: Sequence[Drawer], ours: str) -> Row:
    theirs = set_up.drawers[ours]
    on = DrawerConfig(config.cash_drawer_type, cash_management_enabled=True)
    misfits = list(replace(set_up, drawers={ours: theirs}).misfits(on, list(drawers)))
    if misfits:
        return Row("drawer", ok=False, found="; ".join(misfits))
    found = next(one for one in drawers if one.cash_drawer_id == theirs)
    amount = shown(minor(found.default_float, exponent(found.currency)), found.currency)
    return Row("drawer", ok=True, found=f"{ours} is {theirs} ({found.name!r}), {found.status}, default float {amount}")


def _types(types: Mapping[str, Kind], wanted: Wanted) -> Iterator[Row]:
    allowed = [name for name in NON_SALE_TYPES if name in types and types[name].allowed]
    barred = [name for name in NON_SALE_TYPES if name not in allowed]
    yield Row("types", ok=True, found=f"{len(allowed)} of {len(NON_SALE_TYPES)} are allowed in NewStore")
    for name in barred:
        if name in wanted.told:
            said = f"{name} is not allowed in NewStore, and this till is configured to tell it: allow it there"
            yield Row("types", ok=False, found=said)
    if others := [name for name in barred if name not in wanted.told]:
        yield Row("types", ok=True, found=f"NewStore will refuse, should a cashier use them: {', '.join(others)}")
    for known, way in CASH_DIRECTIONS.items():
        ours = _DIRECTIONS.get(way, "")
        if known in allowed and ours not in ("", types[known].direction):
            said = f"{known} is {ours} at this till and {types[known].direction} in NewStore: change it there"
            yield Row("types", ok=False, found=said)


def _reasons(types: Mapping[str, Kind], wanted: Wanted) -> Iterator[Row]:
    known = {code for kind in types.values() for code in kind.reasons}
    for ours, code in wanted.reasons.items():
        if code not in known:
            said = f"reason {ours!r} is to be {code!r} in NewStore, which has no such code"
            yield Row("reasons", ok=False, found=f"{said}: correct [book.newstore.reasons]")
    for name, texts in wanted.texts.items():
        kind = types.get(name, Kind(allowed=False))
        words = {*kind.reasons, *kind.reasons.values()}
        untold = [text for text in texts if kind.reasons and wanted.reasons.get(text, text) not in words]
        if untold:
            said = ", ".join(map(repr, untold))
            yield Row("reasons", ok=True, found=f"{name} is told without its reason when that is {said}")
