"""Everything the rules remember: the one value that a snapshot holds and a replay rebuilds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from statemachines.drawer import Drawer
from statemachines.printer import Printer
from statemachines.receipt import ABANDONED, FINAL, FISCALISING, PRINTING, Document
from statemachines.settlement import SETTLED
from statemachines.shift import Shift
from statemachines.vocabulary.effects import Intention, Print

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


def job_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * len(JOB_ALPHABET) + JOB_ALPHABET.index(letter)
    return number


@dataclass(slots=True)
class TillState:
    """`documents` holds what is not finished yet; `copies` the copy jobs on their way, by job id."""

    shift: Shift = field(default_factory=Shift)
    printer: Printer = field(default_factory=Printer)
    drawers: dict[str, Drawer] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    copies: dict[str, Print] = field(default_factory=dict)
    next_number: int = 1
    next_report: int = 1
    next_job: int = 1

    def with_drawers(self, wanted: Mapping[str, object]) -> TillState:
        """The same state with exactly the configured drawers."""
        self.drawers = {name: self.drawers.get(name) or Drawer(name) for name in wanted}
        return self

    def forget_finished(self) -> None:
        """Drop what is on paper (or never will be) and whose money is put away: the journal keeps it.

        What a person gave up is dropped too: about its money the till will never learn anything.
        """
        done = [
            document_id
            for document_id, document in self.documents.items()
            if document.state == ABANDONED or (document.settlement == SETTLED and document.state in FINAL)
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
