"""The life of one document: sale, return, cash move, report, shift opening or slip, from accepted to on paper.

Stages are planned from the fiscaliser's traits (`Context.traits`), never from a vendor's name. With no fiscaliser
the sale is certain when its paper is, or when the machine gives the paper up; with one, when it is fiscalised. From
then on paper and money are independent: `state` is about the document and its paper, `transaction` about the money.

A document whose money was taken elsewhere (a card terminal) and that the fiscaliser refused is neither sold nor
refused: `paid_unfiscalised` says so until it is tried again as a new document or the money was given back. The card is
never charged twice. A slip is nothing but its paper: no fiscaliser hears of it, and one of which nothing reached the
printer did not happen.
"""

from __future__ import annotations

from statemachines import document_guards as when
from statemachines import document_steps as then
from statemachines.document import (
    ABANDONED,
    FILED,
    FINAL,
    FISCAL_DOUBT,
    FISCALISING,
    HANDED_OVER,
    NEW,
    PAID_UNFISCALISED,
    PAPER_MISSING,
    PAPER_OUT,
    PRINT_DOUBT,
    PRINTING,
    REFUSED,
    STATES,
    Context,
    Document,
)
from statemachines.machine import Reject, Row, Table
from statemachines.vocabulary.events import (
    CashMoveRefused,
    CashMoveRequested,
    Declined,
    DoubtResolved,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationRetried,
    FiscalisationUnknown,
    HandedOver,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRequested,
    SaleRefused,
    SaleRequested,
    ShiftOpenRequested,
)
from statemachines.vocabulary.offline_events import FiscaliserUnreachable, OfflineDocumentDelivered
from statemachines.vocabulary.slip import SlipRefused, SlipRequested

DONE = FINAL
FISCAL = (FISCALISING, FISCAL_DOUBT)
STAMPED = (PRINTING, PRINT_DOUBT, PAPER_OUT, PAPER_MISSING, FILED, ABANDONED)
REQUESTS = (SaleRequested, CashMoveRequested, ReportRequested, ShiftOpenRequested, SlipRequested)
REFUSALS = (SaleRefused, CashMoveRefused, SlipRefused)
FISCAL_OUTCOMES = (
    ReceiptFiscalised,
    FiscalisationRefused,
    Declined,
    FiscalisationDoubtful,
    FiscalisationUnknown,
    HandedOver,
    FiscaliserUnreachable,
)
PRINT_OUTCOMES = (
    ReceiptPrinted,
    PrintRefused,
    PrintOutdated,
    PrintDoubtful,
    PrintFoundMissing,
    PrintUnresolved,
)

ROWS: tuple[Row[Document, Context], ...] = (
    # state        event                  next           consequences
    Row(NEW, SaleRequested, FISCALISING, then.begin_fiscalising, when.registers, "with a fiscaliser"),
    Row(NEW, SaleRequested, PRINTING, then.begin_printing, note="without"),
    Row(NEW, CashMoveRequested, FISCALISING, then.begin_fiscalising, when.registers, "with a fiscaliser"),
    Row(NEW, CashMoveRequested, FILED, then.file, when.paperless, "no_sale"),
    Row(NEW, CashMoveRequested, PRINTING, then.begin_printing, note="without"),
    Row(NEW, ReportRequested, FISCALISING, then.begin_fiscalising, when.registers, "with a fiscaliser"),
    Row(NEW, ReportRequested, PRINTING, then.begin_printing, note="without"),
    Row(NEW, ShiftOpenRequested, FISCALISING, then.begin_fiscalising, when.registers, "with a fiscaliser"),
    Row(NEW, ShiftOpenRequested, FILED, then.file, note="without"),
    Row(NEW, SlipRequested, PRINTING, then.begin_slip),
    Row(FISCAL, ReceiptFiscalised, FILED, then.fiscalised, when.paperless, "no paper"),
    Row(FISCALISING, ReceiptFiscalised, PRINTING, then.fiscalised, when.printed_is("not_mine"), "not_mine"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_OUT, then.fiscalised, when.printed_is("yes"), "printed"),
    Row(FISCALISING, ReceiptFiscalised, PAPER_MISSING, then.fiscalised, when.printed_is("no"), "not printed"),
    Row(FISCALISING, ReceiptFiscalised, PRINT_DOUBT, then.fiscalised, note="unknown"),
    Row(FISCAL, FiscalisationRefused, PAID_UNFISCALISED, then.paid_refusal, when.paid, "its money was taken"),
    Row(FISCAL, Declined, PAID_UNFISCALISED, then.paid_refusal, when.paid, "its money was taken"),
    Row(FISCALISING, FiscalisationRefused, REFUSED, then.fiscal_refusal),
    Row(FISCALISING, Declined, REFUSED, then.fiscal_refusal),
    Row(FISCALISING, FiscalisationDoubtful, FISCAL_DOUBT, then.fiscal_doubt),
    Row(FISCALISING, FiscaliserUnreachable, FISCALISING, then.unreached, note="stamped by the till, or refused"),
    Row(FISCALISING, HandedOver, HANDED_OVER, then.no_doubt_left),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PRINTING, then.fiscalised, when.printed_is("not_mine"), "not_mine"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PAPER_OUT, then.fiscalised, when.printed_is("yes"), "printed"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PAPER_MISSING, then.fiscalised, when.printed_is("no"), "not printed"),
    Row(FISCAL_DOUBT, ReceiptFiscalised, PRINT_DOUBT, then.fiscalised, note="unknown"),
    Row(FISCAL_DOUBT, FiscalisationRefused, REFUSED, then.fiscal_refusal),
    Row(FISCAL_DOUBT, Declined, REFUSED, then.fiscal_refusal),
    Row(FISCAL_DOUBT, FiscalisationDoubtful, FISCAL_DOUBT, then.asked_in_vain, note="ask again"),
    Row(FISCAL_DOUBT, FiscalisationUnknown, FISCALISING, then.fiscalise_again, note="same fiscal_doc_id"),
    Row(FISCAL_DOUBT, HandedOver, HANDED_OVER, then.no_doubt_left),
    Row(FISCAL_DOUBT, DoubtResolved, FILED, then.person_says_lawful, when.filed_by_person, "it happened"),
    Row(FISCAL_DOUBT, DoubtResolved, PAPER_OUT, then.person_saw_paper, when.verdict_is("printed"), "it happened"),
    Row(
        FISCAL_DOUBT,
        DoubtResolved,
        PAPER_MISSING,
        then.person_says_lawful,
        when.verdict_is("fiscalised"),
        "without paper",
    ),
    Row(FISCAL_DOUBT, DoubtResolved, PAID_UNFISCALISED, then.person_paid_no, when.paid_and_not, "paid, not lawful"),
    Row(FISCAL_DOUBT, DoubtResolved, REFUSED, then.person_fiscal_no, when.verdict_is(*when.NOT_LAWFUL), "it did not"),
    Row(FISCAL_DOUBT, DoubtResolved, ABANDONED, then.no_doubt_left, when.may_be_abandoned, "abandoned"),
    Row(PAID_UNFISCALISED, FiscalisationRetried, FISCALISING, then.retry, when.may_retry, "a new fiscal_doc_id"),
    Row(PAID_UNFISCALISED, DoubtResolved, REFUSED, then.refunded, when.verdict_is("refunded"), "money given back"),
    Row(PAID_UNFISCALISED, DoubtResolved, ABANDONED, then.no_doubt_left, when.verdict_is("abandoned"), "abandoned"),
    Row(STAMPED, OfflineDocumentDelivered, "=", then.delivered, note="its particulars are whole"),
    Row(PRINTING, ReceiptPrinted, PAPER_OUT, then.printed),
    Row(PRINTING, PrintRefused, PAPER_MISSING, then.not_printed, note="the sale stands, or SaleRefused"),
    Row(PRINTING, PrintOutdated, PRINTING, then.plan_again),
    Row(PRINTING, PrintDoubtful, PRINT_DOUBT, then.print_doubt),
    Row(PRINT_DOUBT, ReceiptPrinted, PAPER_OUT, then.printed),
    Row(PRINT_DOUBT, PrintDoubtful, PRINT_DOUBT, then.print_doubt),
    Row(PRINT_DOUBT, PrintFoundMissing, PRINTING, then.send_again, when.may_send_again, "send again"),
    Row(PRINT_DOUBT, PrintFoundMissing, PRINT_DOUBT, then.give_up, note="a person decides"),
    Row(PRINT_DOUBT, PrintUnresolved, PRINT_DOUBT, then.give_up, when.person_needed, "a person decides"),
    Row(PRINT_DOUBT, PrintUnresolved, PRINT_DOUBT, then.asked_in_vain, note="ask again"),
    Row(PRINT_DOUBT, ReceiptFiscalised, PAPER_OUT, then.paper_told, when.own_paper_is("yes"), "the fiscaliser printed"),
    Row(PRINT_DOUBT, ReceiptFiscalised, PAPER_MISSING, then.paper_told, when.own_paper_is("no"), "it did not"),
    Row(
        PRINT_DOUBT, ReceiptFiscalised, PRINT_DOUBT, then.paper_untold, when.own_paper_is("unknown"), "a person decides"
    ),
    Row(PRINT_DOUBT, FiscalisationDoubtful, PRINT_DOUBT, then.asked_in_vain, when.own_paper, "ask again"),
    Row(PRINT_DOUBT, DoubtResolved, PAPER_OUT, then.person_saw_paper, when.verdict_is("printed"), "paper seen"),
    Row(
        PRINT_DOUBT,
        DoubtResolved,
        PAPER_MISSING,
        then.person_saw_none,
        when.verdict_is("not_printed", "abandoned"),
        "no paper",
    ),
    Row(PAPER_MISSING, ReceiptPrinted, PAPER_OUT, then.printed),
    Row(PAPER_MISSING, ReceiptCopyPrinted, PAPER_OUT, then.copied),
    Row(PAPER_MISSING, DoubtResolved, PAPER_OUT, then.person_has_paper, when.paper_found, "it is on paper after all"),
    Row(PAPER_OUT, ReceiptCopyPrinted, PAPER_OUT, then.copied),
    Row(PRINT_DOUBT, ReceiptCopyPrinted, PRINT_DOUBT, then.copied),
    Row((PAPER_MISSING, REFUSED), SaleRefused, REFUSED, then.note_refusal, when.not_certain, "nothing happened"),
    Row((PAPER_MISSING, REFUSED), CashMoveRefused, REFUSED, then.note_refusal, when.not_certain, "nothing happened"),
    Row((PAPER_MISSING, REFUSED), SlipRefused, REFUSED, then.note_refusal, when.not_certain, "nothing happened"),
)

REJECTS: tuple[Reject, ...] = (
    Reject(tuple(s for s in STATES if s != NEW), REQUESTS, "exists", "This document was accepted before."),
    Reject(NEW, FISCAL_OUTCOMES, "not-begun", "Nothing was sent to the fiscaliser for this document yet."),
    Reject(NEW, PRINT_OUTCOMES, "not-begun", "Nothing was sent to the printer for this document yet."),
    Reject(NEW, (DoubtResolved,), "no-doubt", "Nothing about this document is in doubt."),
    Reject(NEW, (ReceiptCopyPrinted,), "not-begun", "There is no original of this document yet."),
    Reject(
        FISCAL_DOUBT,
        (FiscaliserUnreachable,),
        "in-doubt",
        "It was sent before: that nothing can be sent now says nothing of what became of it.",
    ),
    Reject(
        tuple(state for state in STATES if state not in STAMPED),
        (OfflineDocumentDelivered,),
        "not-stamped",
        "The till did not make this document lawful itself, so it has nothing of it to deliver.",
    ),
    Reject(FISCALISING, (FiscalisationUnknown,), "not-asked", "The fiscaliser was not asked about this document."),
    Reject(
        FISCAL,
        PRINT_OUTCOMES,
        "not-begun",
        "The document is not fiscalised yet, so nothing of it was printed.",
    ),
    Reject(FISCALISING, (DoubtResolved,), "no-doubt", "The fiscaliser is still at work: wait for its answer."),
    Reject(FISCAL, (ReceiptCopyPrinted,), "not-begun", "There is no original of this document yet."),
    Reject(
        (PRINTING, PRINT_DOUBT, PAID_UNFISCALISED, *DONE),
        FISCAL_OUTCOMES,
        "fiscal-known",
        "The fiscal side is settled already.",
    ),
    Reject(
        tuple(s for s in STATES if s != PAID_UNFISCALISED),
        (FiscalisationRetried,),
        "not-refused",
        "Only a paid document that the fiscaliser has refused is tried again.",
    ),
    Reject(
        PAID_UNFISCALISED,
        (FiscalisationRetried,),
        "refused-for-good",
        "The fiscaliser would refuse this document again: give the money back (resolve with refunded).",
    ),
    Reject(
        PAID_UNFISCALISED,
        (DoubtResolved,),
        "paid",
        "The money was taken and there is no lawful document: try it again, or give the money back (refunded).",
    ),
    Reject(
        FISCAL_DOUBT,
        (DoubtResolved,),
        "verdict",
        "The question is whether the fiscaliser made it: answer fiscalised, not_fiscalised, printed, or (not for a "
        "shift) abandoned.",
    ),
    Reject(
        PRINT_DOUBT,
        (DoubtResolved,),
        "verdict",
        "The question is whether it is on paper: answer printed or not_printed.",
    ),
    Reject(
        PRINTING,
        (PrintFoundMissing, PrintUnresolved),
        "not-asked",
        "The printer was not asked: it is printing.",
    ),
    Reject(
        PRINTING,
        (DoubtResolved,),
        "no-doubt",
        "The document is being printed: wait until the printer is done.",
    ),
    Reject(PRINTING, (ReceiptCopyPrinted,), "printing", "The original is still being printed."),
    Reject(PRINT_DOUBT, (PrintRefused, PrintOutdated), "in-doubt", "The job had begun: only the paper can tell."),
    Reject(
        PAPER_MISSING,
        (PrintRefused, PrintOutdated, PrintDoubtful, PrintFoundMissing, PrintUnresolved),
        "given-up",
        "The original was given up: print a copy.",
    ),
    Reject(
        (PAPER_OUT, REFUSED, HANDED_OVER, ABANDONED, FILED, PAID_UNFISCALISED),
        PRINT_OUTCOMES,
        "done",
        "Nothing of this document is to be printed.",
    ),
    Reject(DONE, (DoubtResolved,), "no-doubt", "Nothing about this document is in doubt."),
    Reject(
        (REFUSED, HANDED_OVER, ABANDONED, FILED, PAID_UNFISCALISED),
        (ReceiptCopyPrinted,),
        "no-original",
        "There is no original to copy here.",
    ),
    Reject(
        tuple(state for state in STATES if state not in (PAPER_MISSING, REFUSED)),
        REFUSALS,
        "not-refused",
        "Neither the printer nor the fiscaliser has refused this document.",
    ),
    Reject((PAPER_MISSING, REFUSED), REFUSALS, "certain", "The document is certain already."),
)

TABLE: Table[Document, Context] = Table("receipt", STATES, ROWS, REJECTS)
