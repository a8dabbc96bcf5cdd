"""Beside a sale's way: text that is no fiscal document, on a fiscal printer's paper, and copies of its last receipt.

A non-fiscal receipt (26h, 2Ah, 27h) is opened, filled and closed, and the device numbers it like any document: a slip
that is still open after a doubt was cut off, one that has its number is on paper. What has the form of a fiscal receipt
the device copies itself (6Dh), once, and only the last one; every other copy is printed as text and marked as one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from drivers.errors import DeviceError, NotSent, Refused
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.making import in_the_way
from drivers.printers.datecs.receipts_text import laid_out
from drivers.printers.datecs.slip_memory import SlipMemory
from drivers.printers.datecs.speech import Speech
from drivers.printers.text import wrap
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    Event,
    PrintDoubtful,
    PrintFoundMissing,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.paper import Block, QrCode, TextLine

_TO_THE_KNIFE: Final = 2


class Slips:
    """Print jobs on one device, in one connection."""

    def __init__(self, speech: Speech, looking: Looking, memory: SlipMemory) -> None:
        self._speech = speech
        self._language = speech.language
        self._looking = looking
        self._memory = memory

    def print(self, job: Print, is_last: Callable[[], bool]) -> Event:
        """ReceiptPrinted, PrintRefused or PrintDoubtful. `is_last`: is it a copy of the device's last receipt?"""
        self._speech.begin()
        end_sent = False
        try:
            document = self._prepare()
            if job.copy_no and is_last():
                end_sent = True  # the device writes a copy's end itself, whatever is heard of it
                if self._duplicated(job):
                    return ReceiptPrinted(job.document_id, job.job_id, "read_back")
                end_sent = False
            self._memory.begin(job.job_id, document)
            self._speech.order(self._language.open_nonfiscal())
            for line in self._lines(job):
                self._speech.insist(self._language.nonfiscal_text(line))
            end_sent = True
            self._speech.insist(self._language.close_nonfiscal())
        except DeviceError as error:
            if not self._speech.acted:
                return PrintRefused(job.document_id, job.job_id, f"{error}; nothing was printed")
            return PrintDoubtful(job.document_id, job.job_id, str(error), None if end_sent else False)
        self._cut()
        return ReceiptPrinted(job.document_id, job.job_id, "read_back")

    def _cut(self) -> None:
        """Two lines of feed and the knife, where the device does neither by itself; the text is printed anyhow."""
        if not self._speech.settings.cut:
            return
        with suppress(DeviceError):
            self._speech.ask(self._language.feed(_TO_THE_KNIFE))
            self._speech.ask(self._language.cut())

    def ask(self, job: Print) -> Event:
        """ReceiptPrinted, PrintFoundMissing or PrintUnresolved. Raises DeviceError: not answered."""
        name, job_id = job.document_id, job.job_id
        was_open = self._speech.look().nonfiscal_open
        if was_open:
            self._speech.ask(self._language.close_nonfiscal())
        match self._memory.became(job_id, self._looking.document(), was_open=was_open):
            case "printed":
                return ReceiptPrinted(name, job_id, "read_back")
            case "fragment":
                return PrintFoundMissing(name, job_id, proven=True, fragment=True, evidence="the slip was still open")
            case "missing":
                return PrintFoundMissing(name, job_id, proven=True, fragment=False, evidence="it made no document")
            case "unknown":
                reason = f"it keeps no record of slips; look whether #{job_id} is there, and say so"
                return PrintUnresolved(name, job_id, reason, person_needed=True)

    def _prepare(self) -> int:
        """The number of the last document, nothing being open. Raises Refused."""
        status = self._speech.look()
        if status.fiscal_open:
            raise Refused("a fiscal receipt is open at the device", **self._speech.where)
        if not status.can_print:
            raise Refused(in_the_way(status), **self._speech.where)
        if status.nonfiscal_open:
            self._speech.ask(self._language.close_nonfiscal())
        document = self._looking.document()
        self._memory.overtaken(document, was_open=status.nonfiscal_open)
        return document

    def _duplicated(self, job: Print) -> bool:
        """6Dh; not twice, and not of a receipt that is too long for it: then the text is printed instead."""
        self._memory.copied(job.job_id)
        try:
            self._speech.order(self._language.duplicate())
        except NotSent:
            raise
        except Refused:
            return False
        return True

    def _lines(self, job: Print) -> list[str]:
        paper, width = job.paper, self._language.dialect.text_length
        mark = f"{paper.copy_label} {job.copy_no}" if job.copy_no else ""
        lines = [paper.void_label] if job.void_fragment else []
        for at, block in enumerate(paper.blocks):
            if mark and at == paper.mark_at:
                lines.append(mark)
            lines += _words(block)
        lines += [mark] if mark else []
        lines.append(f"#{job.job_id} {paper.end_label}")
        return [part for line in lines for part in _within(laid_out(line), width)]


def _words(block: Block) -> list[str]:
    """A code is written out: what it says can still be read. A picture without words is left out."""
    if isinstance(block, TextLine):
        return [block.text]
    words = block.content if isinstance(block, QrCode) else block.text
    return [words] if words else []


def _within(line: str, width: int) -> list[str]:
    """A line that fits stays as it was laid out; a longer one is broken. An empty one is a blank, so that it is fed."""
    if len(line) <= width:
        return [line.rstrip() or " "]
    return wrap(line, width)
