"""Beside a sale's way: what the status bits of a fiscal printer mean to a person, and what is to be done about some.

Source: the manuals' sections on status bytes, as named in status.py.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

#: Name of a bit that is as it should be, or only tells something -> what it says.
MEANINGS: Final = MappingProxyType(
    {
        "fiscalised": "it is fiscalised",
        "formatted": "its fiscal memory is formatted",
        "numbers_set": "its numbers are set",
        "serial_set": "its serial number is set",
        "tax_number_set": "its tax number is set",
        "rates_set": "its tax rates are set",
        "fiscal_memory_has_room": "its fiscal memory has room for 50 Z reports and more",
        "no_display": "it has no customer display",
        "fiscal_open": "a fiscal receipt is open",
        "return_open": "a return is open",
        "return_mark": "the open receipt is a return",
        "nonfiscal_open": "a non-fiscal receipt is open",
        "service_open": "a service receipt is open",
        "rotated_open": "a rotated receipt is open",
        "invalid_command": "the last command was not known to it",
        "syntax": "the last command was not understood by it",
        "overflow": "the last command led to a sum that is too large",
        "not_allowed": "the last command was not permitted then",
    }
)
#: Name of a bit that is a trouble -> what it says, and what to do.
TROUBLES: Final = MappingProxyType(
    {
        "general_error": ("it reports an error", "see the other lines; without one switch it off and on"),
        "cover_open": ("its cover is open", "close it"),
        "mechanism": ("its printing mechanism or cutter is stuck", "take out jammed paper, switch it off and on"),
        "overheated": ("its print head is too hot", "wait until it has cooled down"),
        "no_paper": ("it has no paper", "put in a new roll"),
        "low_paper": ("its paper is nearly at its end", "have a new roll ready"),
        "journal_roll_low": ("its journal roll is nearly at its end", "have a new one ready"),
        "journal_roll_end": ("its journal roll is at its end", "put in a new one"),
        "journal_near_end": ("its electronic journal is nearly full", "call the service"),
        "journal_very_near_end": ("its electronic journal takes only a few receipts more", "call the service now"),
        "journal_end": ("its electronic journal is full", "call the service"),
        "clock_unset": ("its clock is not set", "set it; the till does so when a shift is opened"),
        "low_battery": ("the battery of its memory is low", "call the service"),
        "ram_reset": ("it lost its working memory", "set the clock, and compare the day's sums with the till's"),
        "ram_destroyed": ("it lost its working memory", "set the clock, and compare the day's sums with the till's"),
        "tax_terminal_silent": ("its tax terminal does not answer", "call the service before the law stops it"),
        "fiscal_memory_missing": ("its fiscal memory is missing or damaged", "call the service"),
        "fiscal_memory_full": ("its fiscal memory is full", "call the service"),
        "fiscal_memory_low": ("its fiscal memory takes less than 60 Z reports more", "plan its exchange"),
        "fiscal_memory_error": ("its fiscal memory reports an error", "call the service"),
        "fiscal_memory_store_error": ("writing to its fiscal memory failed", "call the service"),
        "fiscal_memory_read_error": ("its fiscal memory cannot be read", "call the service"),
        "fiscal_memory_read_only": ("its fiscal memory may not be written", "call the service"),
        "last_closure_failed": ("its last Z report was not written", "call the service"),
    }
)
