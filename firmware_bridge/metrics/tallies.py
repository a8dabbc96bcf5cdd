"""Behind the counters: what the journal's records add up to, record by record, and as a file between two starts.

Times are the journal's own, UTC ms: they alone outlive a restart, after which a receipt takes longest. A clock that was
set back in the middle makes such a time 0, one that was set forward makes it too long, once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from firmware_bridge.journal.codec import unpack
from firmware_bridge.journal.errors import JournalCorrupt
from firmware_bridge.metrics.families import Spread

Key = tuple[str, ...]
#: Of a change of what is counted, so that no file of an earlier release is read on.
VERSION: Final = 1
RECEIPT_BOUNDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 30.0, 60.0, 300.0)
#: Documents that wait for their paper; more at once there are never.
_PENDING: Final = 1000
_ANSWERS: Final = frozenset({"PrinterReady", "PrinterPaperEnd", "PrinterCoverOpen", "PrinterFault"})
_KINDS: Final = (
    ("journal roll", "paper"),
    ("mechanism or cutter", "mechanism"),
    ("cutter", "cutter"),
    ("mechanism", "mechanism"),
    ("too hot", "overheat"),
    ("memory", "memory"),
    ("journal", "memory"),
    ("clock", "clock"),
    ("feed button", "feed_button"),
    ("another printer", "stranger"),
    ("switching it off", "unrecoverable"),
    ("does not say why", "unknown"),
)
FAULT_KINDS: Final = (*dict.fromkeys(kind for _, kind in _KINDS), "other")


def fault_kind(cause: str) -> str:
    """What kind of fault a PrinterFault's sentence tells of (JposStatisticsConst counts some of them apart)."""
    return next((kind for part, kind in _KINDS if part in cause), "other")


#: Class of record -> keys that it counts for beside its class, out of its fields; a missing field has its default.
_MORE: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        (
            *("DrawerOpened", "DrawerOpenFailed", "DrawerForced", "DrawerLeftOpen", "DrawerSilent", "DrawerReady"),
            *("DrawerKicked", "DrawerClosed"),
        ),
        lambda name, of: (("drawer", name, str(of.get("drawer_id", ""))), 1),
    ),
    "PrinterFault": lambda name, of: (("fault", fault_kind(str(of.get("cause", "")))), 1),
    "ReceiptPrinted": lambda name, of: (("proof", "no", str(of.get("evidence", "none"))), 1),
    "ReceiptCopyPrinted": lambda name, of: (("proof", "yes", str(of.get("evidence", "none"))), 1),
    "SignedIn": lambda name, of: (("signed", str(of.get("means", "")), "valid"), 1),
    "SignInRefused": lambda name, of: (("signed", str(of.get("means", "")), "invalid"), int(of.get("times", 1))),
    "SignInSlowed": lambda name, of: (("signed", str(of.get("means", "")), "slowed"), int(of.get("times", 1))),
    "VendorParked": lambda name, of: (("book", str(of.get("book", "")), "parked"), 1),
    "VendorResumed": lambda name, of: (("book", str(of.get("book", "")), "resumed"), 1),
}


class Tallies:
    """Sums over the records 1 to `seq`, whose hash is `hash`."""

    def __init__(self) -> None:
        self.seq = 0
        self.hash = b""
        self.counts: Counter[Key] = Counter()
        self.receipts = Spread.nothing(RECEIPT_BOUNDS)
        self.powered_ms = 0
        self.on_since: int | None = None
        self.open_since: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._latest = 0

    def take(self, row: tuple[int, int, str, str, bytes, bytes]) -> None:
        """The next record (journal.reading.Row)."""
        self.seq, at, subject, name, body, self.hash = row
        self.counts["class", name] += 1
        if (more := _MORE.get(name)) is not None:
            key, times = more(name, _fields(body))
            self.counts[key] += times
            if key[0] == "drawer":
                self._drawer(name, key[2], at)
        self._printer(name, at)
        self._receipt(name, subject, at, body)
        self._latest = at

    def powered_until(self, now: int) -> float:
        """Seconds for which the printer answered, up to now (UTC ms)."""
        return (self.powered_ms + (0 if self.on_since is None else max(0, now - self.on_since))) / 1000

    def _drawer(self, name: str, drawer: str, at: int) -> None:
        if name in ("DrawerOpened", "DrawerForced"):
            self.open_since.setdefault(drawer, at)
        elif name == "DrawerClosed":
            self.open_since.pop(drawer, None)

    def _printer(self, name: str, at: int) -> None:
        if name in _ANSWERS:
            if self.on_since is None:
                self.on_since = at
                self.counts["online", "printer"] += 1
        elif self.on_since is not None and name in ("PrinterSilent", "TillStarted"):
            # what was on when a till ended is known up to its last record
            self.powered_ms += max(0, (self._latest if name == "TillStarted" else at) - self.on_since)
            self.on_since = None

    def _receipt(self, name: str, subject: str, at: int, body: bytes) -> None:
        if name == "SaleRequested":
            self._asked[subject] = at
            if len(self._asked) > _PENDING:
                del self._asked[next(iter(self._asked))]
        elif name == "SaleRefused":
            self._asked.pop(subject, None)
        elif subject in self._asked and (
            name == "ReceiptPrinted" or (name == "ReceiptFiscalised" and _fields(body).get("printed") == "yes")
        ):
            self.receipts = self.receipts.with_one(max(0, at - self._asked.pop(subject)) / 1000)

    # --- between two starts -----------------------------------------------------------------------------------------

    def stored(self) -> bytes:
        return json.dumps(
            {
                "version": VERSION,
                "seq": self.seq,
                "hash": self.hash.hex(),
                "counts": [[list(key), count] for key, count in self.counts.items()],
                "receipts": [list(self.receipts.counts), self.receipts.total],
                "powered": [self.powered_ms, self.on_since, self._latest],
                "asked": self._asked,
                "open": self.open_since,
            }
        ).encode()

    @classmethod
    def read(cls, data: bytes) -> Tallies | None:
        """None when it is none of this version."""
        made = cls()
        try:
            found = json.loads(data)
            if found["version"] != VERSION:
                return None
            made.seq, made.hash = int(found["seq"]), bytes.fromhex(found["hash"])
            made.counts = Counter({tuple(key): int(count) for key, count in found["counts"]})
            counts, total = found["receipts"]
            made.receipts = Spread(RECEIPT_BOUNDS, tuple(map(int, counts)), float(total))
            made.powered_ms, made.on_since, made._latest = found["powered"]
            made._asked = {str(name): int(at) for name, at in found["asked"].items()}
            made.open_since = {str(name): int(at) for name, at in found["open"].items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        return made if len(made.receipts.counts) == len(RECEIPT_BOUNDS) + 1 else None


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        return unpack(body)[4]
    except JournalCorrupt:
        return {}  # `journal verify` is who tells of that
