"""Counting documents from paper alone."""

from __future__ import annotations

from drivers.printers.escpos.simulated.audit import PrintedDocument, audit
from drivers.printers.escpos.simulated.paper import Ending, Piece, PrintedLine
from drivers.printers.labels import labels


def piece(*lines: str, ending: Ending = "partial_cut") -> Piece:
    return Piece(tuple(PrintedLine(line) for line in lines), ending)


RECEIPT = ("   Sunflower Store", "Receipt 000412    2026-03-02 14:05", "Mug   41.00", "TOTAL EUR  41.00")
END = "#ab12                     END"


def test_one_complete_receipt_is_one_original() -> None:
    assert audit([piece(*RECEIPT, END)]) == [PrintedDocument("000412", "sale", ("ab12",), 1, 0, 0, 0)]


def test_the_same_receipt_twice_is_two_originals() -> None:
    (found,) = audit([piece(*RECEIPT, END), piece(*RECEIPT, "#zz99  END")])
    assert (found.originals, found.job_ids) == (2, ("ab12", "zz99"))


def test_copy_mark_makes_it_a_copy() -> None:
    (found,) = audit([piece(*RECEIPT[:2], "     COPY 1", *RECEIPT[2:], "     COPY 1", END)])
    assert (found.originals, found.copies) == (0, 1)


def test_paper_without_end_line_is_a_fragment() -> None:
    (found,) = audit([piece(*RECEIPT, ending="in_printer")])
    assert (found.originals, found.fragments) == (0, 1)


def test_void_line_voids_what_is_above_on_its_strip_only() -> None:
    pieces = [
        piece(*RECEIPT, END),
        piece(*RECEIPT[:3], "-" * 32, "  FRAGMENT ABOVE IS VOID"),
        piece(*RECEIPT, "#ab13  END"),
    ]
    (found,) = audit(pieces)
    assert (found.originals, found.void, found.fragments) == (2, 1, 0)


def test_void_line_and_new_document_on_one_strip() -> None:
    (found,) = audit([piece(*RECEIPT[:3], "FRAGMENT ABOVE IS VOID", *RECEIPT, END)])
    assert (found.originals, found.void) == (1, 1)


def test_fragment_and_whole_document_without_cut_between_are_told_apart() -> None:
    (found,) = audit([piece(*RECEIPT[:3], *RECEIPT, END)])
    assert (found.originals, found.fragments) == (1, 1)


def test_void_line_alone_is_no_document() -> None:
    assert audit([piece("-" * 32, "FRAGMENT ABOVE IS VOID")]) == []


def test_document_divided_by_the_end_of_the_roll_is_one_original() -> None:
    (found,) = audit([piece(*RECEIPT[:3], ending="roll_end"), piece(RECEIPT[3], END)])
    assert (found.originals, found.fragments) == (1, 0)


def test_document_divided_by_a_cut_is_not_one() -> None:
    first, rest = audit([piece(*RECEIPT[:3]), piece(RECEIPT[3], END)])
    assert (first.number, first.originals, first.fragments) == ("000412", 0, 1)
    assert (rest.number, rest.originals) == ("", 1)


def test_the_words_of_every_language_of_the_receipts_are_known() -> None:
    kinds = ("receipt_no", "return_no", "cash_in_no", "cash_out_no", "x_report_no", "shift_report_no")
    for language in ("en", "uk"):
        words = labels(language)
        for kind in kinds:
            heading = getattr(words, kind).format("000007")
            (found,) = audit([piece(f"{heading}    02.03.2026", "x", f"#ab12   {words.end}")])
            assert (found.number, found.originals) == ("000007", 1)
            (copied,) = audit([piece(heading, f"{words.copy} 2", f"#ab12   {words.end}")])
            assert (copied.originals, copied.copies) == (0, 1)
            (void,) = audit([piece(heading, "x", words.void)])
            assert (void.fragments, void.void) == (0, 1)
