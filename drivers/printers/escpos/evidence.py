"""After a cut: what became of a print job, judged from what the printer still shows. Pure: evidence in, verdict out.

A wrong "printed" loses a receipt, a wrong "proven missing" makes a second original: where two readings of the same
evidence are possible, a person decides. Why each reading is sound stands beside it.

What the marks in the printer's RAM mean (Epson: downloaded graphics are kept until power-off or ESC @). Each job
deletes DONE, defines its own key, deletes the one before, prints, cuts, defines DONE. So once everything that was
sent has been processed:

    own key and DONE    the job was processed to its end, and the power was kept all the while
    own key alone       the job was begun and not processed to its end; the power was kept
    other keys          the job was never begun; the power was kept
    DONE alone          the power was lost while the job came in, and its end was printed after that
    none                the power was lost
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printers.escpos.encode import DONE_KEY, marker_key
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import PrintFoundMissing, PrintUnresolved, ReceiptPrinted
from statemachines.vocabulary.evidence import Counters, PrintEvidence

Verdict = ReceiptPrinted | PrintFoundMissing | PrintUnresolved

_GAP = "the printer may have been without power for a moment, so the paper may lack a part"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read after everything that had been sent was processed (or cleared).

    `process_id`: the printer answered this job's id. `counters`: the odometers now, None = it has none.
    `markers`: the keys in its RAM, None = it cannot tell. `superseded`: another job was begun after this one, so
    odometers and markers speak of that one. `restarted`: it lost its power while we went on sending this job.
    `exchanged`: it is another printer than the one the job was sent to. `unpapered`: it went on without paper.
    `gap`: it did not answer for a moment while the job was sent, so what came behind that may be all that it printed.
    """

    process_id: bool = False
    counters: Counters | None = None
    markers: frozenset[str] | None = None
    superseded: bool = False
    restarted: bool = False
    exchanged: bool = False
    unpapered: bool = False
    gap: bool = False


def judge(job: Print, end_sent: bool | None, seen: Evidence) -> Verdict:
    """Return what became of `job`. `end_sent` False: its END line certainly never left the till."""
    if seen.exchanged:
        return _person(job, "another printer is connected than the one that this was sent to")
    if seen.restarted:
        return _person(job, "the printer lost its power in the middle, so the paper lacks a part")
    if seen.unpapered:
        return _person(job, "the printer went on without paper, so a part of it is on no paper")
    if seen.process_id and seen.gap:
        return _person(job, _GAP)
    if seen.process_id:
        return ReceiptPrinted(job.document_id, job.job_id, "process_id", seen.counters)
    if seen.superseded:
        return _person(job, "another receipt was begun since, so the printer's counters prove nothing")
    marks = _Marks.read(job, seen.markers)
    if marks.contradict(end_sent):
        return _person(job, "what the printer remembers contradicts what was sent to it")
    moved = _moved(job.before, seen.counters)
    if marks.done:
        # Processed to the end and never without power: that is proof with odometers and without.
        by: PrintEvidence = "odometer" if moved == job.cuts else "barrier"
        return ReceiptPrinted(job.document_id, job.job_id, by, seen.counters)
    if moved is None:
        return _without_odometer(job, end_sent, marks)
    return _by_odometer(job, end_sent, seen, marks, moved)


def _by_odometer(job: Print, end_sent: bool | None, seen: Evidence, marks: _Marks, moved: int) -> Verdict:
    if moved > job.cuts:
        return _person(job, f"the knife cut {moved} times where this receipt takes {job.cuts}")
    if moved == job.cuts:
        # The last cut comes behind the END line, so it cannot have happened when that never left, nor when
        # the job was not even begun: then somebody else cut.
        if end_sent is False or marks.never_begun:
            return _person(job, "the knife cut, but not for this receipt")
        if seen.gap:
            return _person(job, _GAP)
        return ReceiptPrinted(job.document_id, job.job_id, "odometer", seen.counters)
    if marks.kept and (moved < 0 or (moved > 0 and marks.never_begun)):
        return _person(job, "the printer's counter of cuts does not fit to what it printed")
    # Without its power the printer may have forgotten its last cuts: then only what never left is missing.
    proven = marks.kept or end_sent is False
    return PrintFoundMissing(
        job.document_id,
        job.job_id,
        proven=proven,
        fragment=_fragment(job.before, seen.counters, marks),
        evidence=_why_missing(job, marks, moved),
        counters=seen.counters,
    )


def _without_odometer(job: Print, end_sent: bool | None, marks: _Marks) -> Verdict:
    # The cut stands a few bytes before the DONE mark: a job that was begun and lacks it may still be whole.
    if marks.kept and end_sent is False:
        return PrintFoundMissing(
            job.document_id,
            job.job_id,
            proven=True,
            fragment=not marks.never_begun,
            evidence="the printer kept its power and the END line never left the till",
        )
    return _person(job, "this printer cannot tell whether the receipt was printed")


@dataclass(frozen=True, slots=True)
class _Marks:
    """The table of the module's docstring. All false when the printer cannot tell."""

    kept: bool = False
    done: bool = False
    never_begun: bool = False
    torn: bool = False

    @classmethod
    def read(cls, job: Print, markers: frozenset[str] | None) -> _Marks:
        if not markers:
            return cls()
        own = marker_key(job.job_id) in markers
        done = DONE_KEY in markers
        others = bool(markers - {DONE_KEY, marker_key(job.job_id)})
        return cls(
            kept=own or others,
            done=own and done,
            never_begun=others and not own,
            torn=done and not own and not others,
        )

    def contradict(self, end_sent: bool | None) -> bool:
        return self.torn or (self.done and end_sent is False)


def _moved(before: Counters | None, now: Counters | None) -> int | None:
    if before is None or now is None or before.cuts is None or now.cuts is None:
        return None
    return now.cuts - before.cuts


def _fragment(before: Counters | None, now: Counters | None, marks: _Marks) -> bool:
    lines_known = before is not None and now is not None and before.lines is not None and now.lines is not None
    if marks.kept and before is not None and now is not None and lines_known:
        return before != now
    return True


def _why_missing(job: Print, marks: _Marks, moved: int) -> str:
    power = "the printer kept its power" if marks.kept else "the printer may have lost its power"
    return f"{power}; its knife cut {moved} of {job.cuts} times"


def _person(job: Print, reason: str) -> PrintUnresolved:
    text = f"{reason}; nothing was repeated; look whether the receipt #{job.job_id} is there, and say so"
    return PrintUnresolved(job.document_id, job.job_id, text, person_needed=True)
