"""Everything the rules remember: the one value that a snapshot holds and a replay rebuilds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from statemachines import cash_count, cash_transaction, drawer_day
from statemachines.cash_count import Count
from statemachines.closing import Closing
from statemachines.document import ABANDONED, FINAL, FISCALISING, PRINTING, Document
from statemachines.drawer import Drawer
from statemachines.drawer_day import DrawerDay
from statemachines.fiscal_mode import Mode
from statemachines.offline_codes import Pool
from statemachines.offline_session import Offline
from statemachines.printer import Printer
from statemachines.shift import Shift
from statemachines.vocabulary.effects import Intention, Print
from statemachines.vocabulary.events import FiscalStamp

# letters and digits that nobody confuses on paper or on the telephone
JOB_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
JOB_LENGTH = 4
JOB_IDS = len(JOB_ALPHABET) ** JOB_LENGTH


def job_id(number: int) -> str:
    """The name of the n-th print job: four printable characters, starting again after a million jobs."""
    letters = ""
    rest = number % JOB_IDS
    for _ in range(JOB_LENGTH):
        rest, digit = divmod(rest, len(JOB_ALPHABET))
        letters = JOB_ALPHABET[digit] + letters
    return letters


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def fiscal_doc_id(document_id: str, attempt: int) -> str:
    """Under which UUID the fiscaliser is given a document; every attempt after a confirmed refusal is a new one.

    The same for the same document for ever, so that a till without its memory would still ask for the right one. A
    document whose own id is a UUID keeps it for the first attempt.
    """
    if attempt == 1 and _UUID.fullmatch(document_id.lower()):
        return document_id.lower()
    raw = bytearray(hashlib.sha256(f"{document_id}#{attempt}".encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80  # version 8 of RFC 9562: made by a rule of one's own
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def job_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * len(JOB_ALPHABET) + JOB_ALPHABET.index(letter)
    return number


@dataclass(slots=True)
class TillState:
    """`documents` holds what is not finished yet; `copies` the copy jobs on their way, by job id; `days` and `counts`
    are by drawer (a drawer's last count). `paperless`: kind and number of what is lawful and stands on no paper, by id.
    `latest_at`: the latest time in the journal (UTC ms)."""

    shift: Shift = field(default_factory=Shift)
    printer: Printer = field(default_factory=Printer)
    drawers: dict[str, Drawer] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    copies: dict[str, Print] = field(default_factory=dict)
    days: dict[str, DrawerDay] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    closing: Closing = field(default_factory=Closing)
    mode: Mode = field(default_factory=Mode)
    pool: Pool = field(default_factory=Pool)
    offline: Offline = field(default_factory=Offline)
    paperless: dict[str, tuple[str, str]] = field(default_factory=dict)
    last_stamp: FiscalStamp | None = None
    latest_at: int = 0
    next_number: int = 1
    next_report: int = 1
    next_job: int = 1
    next_slip: int = 1

    def with_drawers(self, wanted: Mapping[str, object]) -> TillState:
        """The same state with exactly the configured drawers."""
        self.drawers = {name: self.drawers.get(name) or Drawer(name) for name in wanted}
        self.days = {name: self.days.get(name) or DrawerDay(name) for name in wanted}
        return self

    @property
    def slip_number(self) -> str:
        """What the next slip is called: a letter first, so that nobody takes it for a receipt."""
        return f"D{self.next_slip}"

    def day_of(self, drawer_id: str) -> str:
        """The day that is open in this drawer now; "" when none is."""
        day = self.days.get(drawer_id)
        return day.day_id if day is not None and day.state in drawer_day.RUNNING else ""

    def open_count(self, drawer_id: str) -> Count | None:
        """The count that is under way in this drawer."""
        count = self.counts.get(drawer_id)
        return count if count is not None and count.state in cash_count.UNDER_WAY else None

    def draft_in(self, drawer_id: str) -> Document | None:
        """A document whose cash goes through this drawer and is not certain yet."""
        drafts = (document for document in self.documents.values() if document.transaction == cash_transaction.DRAFT)
        return next((document for document in drafts if document.drawer_id == drawer_id), None)

    def forget_finished(self) -> None:
        """Drop what is on paper (or never will be) and whose money is put away: the journal keeps it.

        What a person gave up is dropped too: about its money the till will never learn anything.
        """
        done = [
            document_id
            for document_id, document in self.documents.items()
            if document.state == ABANDONED
            or (document.transaction in cash_transaction.OVER and document.state in FINAL)
        ]
        for document_id in done:
            del self.documents[document_id]

    def remember(self, intention: Intention) -> None:
        """An intention was made (or is replayed): whatever the settings are today, this is the document's stage."""
        if isinstance(intention, Print):
            self._remember_print(intention)
            return
        document = self.documents.get(intention.document_id)
        if document is not None:
            document.fiscalise = intention
            document.state = FISCALISING

    def _remember_print(self, intention: Print) -> None:
        number = job_number(intention.job_id)
        if (number - self.next_job) % JOB_IDS < JOB_IDS // 2:
            self.next_job = (number + 1) % JOB_IDS
        if intention.job_id in self.copies:
            self.copies[intention.job_id] = intention
            return
        document = self.documents.get(intention.document_id)
        if document is None:
            return
        if document.job is None or document.job.job_id != intention.job_id:
            document.sends += 1
        document.copies = max(document.copies, intention.copy_no)
        document.copy_marked |= intention.copy_no > 0
        document.job = intention
        document.state = PRINTING
        document.doubt = ""
        document.person_needed = False
