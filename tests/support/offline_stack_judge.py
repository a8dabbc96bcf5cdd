"""Who judges a till after a life with outages: by its journal, its papers and the vendor's own books, nothing else.

Every check says what is wrong in one sentence; none of them knows what was done to the till.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_bridge.journal.records import Record
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.paper import Paper, QrCode, TextLine
from tests.support.offline_stack_journal import Kept, Story, read

KYIV: Final = ZoneInfo("Europe/Kyiv")
SESSION_S: Final = 36 * 3600
MONTH_S: Final = 168 * 3600
Books = dict[str, Any]


# --- the verdict ------------------------------------------------------------------------------------------------------


def wrongs(records: Sequence[Record], books: Books, printed: Sequence[Print], *, expected_cash: int) -> list[str]:
    """What is not as it must be once everything has come back; empty when all is well."""
    story = read(records)
    return [
        *jams(story, books),
        *_receipts(story, books),
        *_moves(story, books),
        *_shifts(story, books),
        *_by_till(story),
        *_dates(books),
        *_codes(books),
        *_sums(story, books, expected_cash),
        *_papers(story, books, printed),
        *_limits(books),
    ]


def jams(story: Story, books: Books) -> Iterator[str]:
    if books["jam"]:
        yield f"the register is jammed: {books['jam']}"
    yield from (f"the till stopped: {reason}" for mode, reason in story.modes if mode == "jammed")
    if books["mode"] != "ONLINE" or books["waiting"]:
        yield f"the register is {books['mode']} and {books['waiting']} documents wait there"


def _rows(books: Books) -> list[dict[str, Any]]:
    return [row for row in books["receipts"] if row["status"] != "ERROR"]


def _receipts(story: Story, books: Books) -> Iterator[str]:
    """Each sale stands there once, with its sum and number, or was refused and stands there not at all."""
    asked = Counter((row["context"] or {}).get("sale_id", "") for row in _rows(books))
    mine = {row["context"]["sale_id"]: row for row in _rows(books) if row["context"]}
    wishes = [one for one in story.documents.values() if one.receipt is not None]
    for one in wishes:
        wanted = {"done ": 1, "refused ": 0}.get(one.outcome)
        if wanted is None:
            yield f"{one.name} came to {one.outcome or 'nothing'}"
        elif asked[one.name] != wanted:
            yield f"{one.name} ({one.outcome.strip()}) stands {asked[one.name]} times in the register's books"
        elif wanted:
            yield from _same(one, mine[one.name])
    yield from (
        f"nobody asked for {name or 'a receipt without our id'}" for name in asked if name not in story.documents
    )


def _same(one: Kept, row: dict[str, Any]) -> Iterator[str]:
    kind = "SELL" if one.kind == "sale" else "RETURN"
    total = 0 if one.receipt is None else one.receipt.totals.total
    if (row["type"], row["total_sum"]) != (kind, total) or row["id"] not in one.ids:
        yield f"{one.name}, a {kind} over {total}, is a {row['type']} over {row['total_sum']} there, {row['id']}"
    stamps = [stamp for stamp in (one.stamp, one.delivered) if stamp is not None]
    if any(stamp.number != row["fiscal_code"] for stamp in stamps) or not stamps:
        yield f"{one.name} bears {[stamp.number for stamp in stamps]}, and {row['fiscal_code']} at the register"


def _moves(story: Story, books: Books) -> Iterator[str]:
    there = Counter(row["id"] for row in books["service"])
    for one in story.documents.values():
        if one.move is None:
            continue
        wanted = 1 if one.outcome == "done " else 0
        found = sum(there.pop(key, 0) for key in one.ids)
        if found != wanted or one.outcome not in ("done ", "refused "):
            yield f"{one.name} ({one.outcome.strip() or 'undecided'}) stands {found} times in the register's books"
    yield from (f"nobody asked for the cash movement {key}" for key in there)


def _shifts(story: Story, books: Books) -> Iterator[str]:
    """Every shift of ours is there once, and those that we closed are closed."""
    there = {row["id"]: row for row in books["shifts"] if row["opened_at"]}
    for name in story.opened:
        row = there.pop(fiscal_doc_id(name, 1), None) or there.pop(name, None)
        if row is None:
            yield f"the register knows nothing of shift {name}"
        elif (row["status"] == "CLOSED") != (name in story.closed):
            yield f"shift {name} is {row['status']} at the register"
    yield from (f"nobody opened shift {key}" for key in there)


def _by_till(story: Story) -> Iterator[str]:
    """Whatever the till has made lawful by itself was taken by the register, once."""
    for one in story.by_till:
        if one.times != 1:
            yield f"{one.name} ({one.kind}) was made without the register and delivered {one.times} times"


# --- dates, codes, sums, papers, hours --------------------------------------------------------------------------------


def _dates(books: Books) -> Iterator[str]:
    chain = [row for row in books["transactions"] if row["delivered"] and row["hash"]]
    for one, later in pairwise(chain):
        if datetime.fromisoformat(later["dated"]) < datetime.fromisoformat(one["dated"]):
            yield f"{later['type']} of {later['dated']} comes after {one['type']} of {one['dated']}"
    yield from (f"{row['type']} is wrong: {row['wrong']}" for row in books["transactions"] if row["wrong"])


def _codes(books: Books) -> Iterator[str]:
    used = Counter(row["offline_id"] for row in books["transactions"] if row["offline_id"])
    yield from (f"number {code} is on {count} documents" for code, count in used.items() if count > 1)


def _sums(story: Story, books: Books, expected_cash: int) -> Iterator[str]:
    wanted: Counter[str] = Counter()
    for one in story.documents.values():
        if one.outcome != "done ":
            continue
        if one.receipt is not None:
            wanted["sell" if one.kind == "sale" else "return"] += one.receipt.totals.total
        elif one.move is not None:
            wanted["service_in" if one.move.direction == "in" else "service_out"] += one.move.amount
    for kind, total in books["totals"].items():
        if total["sum"] != wanted[kind]:
            yield f"{kind} come to {wanted[kind]} at the till and {total['sum']} at the register"
    if books["balance"] != expected_cash:
        yield f"the till counts {expected_cash} in cash, the register {books['balance']}"
    there = {row["id"]: row for row in books["shifts"]}
    for name in story.totals:
        row = there.get(fiscal_doc_id(name, 1), there.get(name))
        if row is not None and row["z_report"]:
            yield from _same_sums(story, books, name, row)


def _same_sums(story: Story, books: Books, shift: str, row: dict[str, Any]) -> Iterator[str]:
    """What was in doubt at a close stands on the till's report as a doubt and in the register's as a sale: the till
    counts it in the shift in which it comes to know of it.
    """
    of = {one["id"]: one["shift"] for one in (*books["receipts"], *books["service"])}
    moved, cash = Counter[str](), 0
    for one in story.documents.values():
        serial = next((of[key] for key in one.ids if key in of and one.outcome == "done "), None)
        if serial is None:
            continue
        after = one.done > story.closed[shift]
        moved[one.kind] += after and serial == row["serial"]
        moved[one.kind] -= story.opened.get(shift, 0) < one.done < story.closed[shift] and serial < row["serial"]
        cash += one.cash if after and serial <= row["serial"] else 0
    ours, theirs = story.totals[shift], row["z_report"]
    counts = (ours.sales.count + moved["sale"], ours.returns.count + moved["return"], ours.expected_cash + cash)
    told = (theirs["sell_receipts_count"], theirs["return_receipts_count"], theirs["balance"])
    if counts != told:
        yield f"shift {shift}: sales, returns, cash are {counts} at the till and {told} at the register"


def _papers(story: Story, books: Books, printed: Sequence[Print]) -> Iterator[str]:
    """Each sale is on one original, with the number that it has at the register; on a marked copy where a person has
    seen that it is on none."""
    numbers = {row["context"]["sale_id"]: row["fiscal_code"] for row in _rows(books) if row["context"]}
    originals: dict[str, list[Paper]] = {}
    copied = {job.document_id for job in printed if job.copy_no}
    for job in printed:
        if not job.copy_no:
            originals.setdefault(job.document_id, []).append(job.paper)
    for one in story.documents.values():
        papers = originals.get(one.name, [])
        if one.receipt is None or one.outcome != "done ":
            continue
        if len(papers) != (0 if one.missing else 1) or (one.missing and one.name not in copied):
            yield f"{one.name} is on {len(papers)} originals"
        elif one.name in numbers and not all(_stands_on(numbers[one.name], paper) for paper in papers):
            yield f"the paper of {one.name} does not say {numbers[one.name]}"


def _stands_on(number: str, paper: Paper) -> bool:
    text = [block.text for block in paper.blocks if isinstance(block, TextLine)]
    codes = [block.content for block in paper.blocks if isinstance(block, QrCode)]
    return number in "\n".join(text) and all(number in code for code in codes)


def _limits(books: Books) -> Iterator[str]:
    """By the vendor's own offline times: nothing is dated beyond the law's hours."""
    moments = [(_at(one["start"]), _at(one["end"] or books["now"])) for one in books["offline_sessions"]]
    for row in books["transactions"]:
        if not row["offline_id"]:
            continue
        at = _at(row["dated"])
        begun = max((start for start, end in moments if start <= at), default=at)
        if (at - begun).total_seconds() > SESSION_S:
            hours = (at - begun).total_seconds() / 3600
            yield f"{row['type']} of {row['dated']} was made {hours:.2f} h after going off line"
        if (spent := _month_s(moments, at)) > MONTH_S:
            yield f"{row['type']} of {row['dated']} was made after {spent / 3600:.2f} h off line in its month"


def _month_s(moments: Iterable[tuple[datetime, datetime]], at: datetime) -> float:
    first = at.astimezone(KYIV).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return sum(max(0.0, (min(end, at) - max(start, first)).total_seconds()) for start, end in moments)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
