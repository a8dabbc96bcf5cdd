"""On the way back from a fiscal printer: what a refusal means and whose business it is.

The X family puts an error code into the first field of its answer, often under status bytes that look healthy; the
code decides, never the bytes. Names are the vendor's (manual v2.11, appendix of error codes).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

#: What has to happen before the order can succeed: the same again after a moment (retry), a hand at the device
#: (operator), other settings (configuration), another state of the device, to be asked for first (state), a service
#: engineer (service), another sale (business), or finding out what the card terminal did (card: never charge again).
Action = Literal["retry", "operator", "configuration", "state", "service", "business", "card"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """The device understood an order and did not carry it out. `code`: an X error code, or 0.

    `name`: the vendor's, or the status bit's (status.py). `text`: half a sentence for a person.
    """

    action: Action
    name: str
    text: str
    code: int = 0

    def __str__(self) -> str:
        return f"{self.text} ({self.code} {self.name})" if self.code else self.text


_R: Final = "ERR_R_"
#: Code -> name, action, half a sentence.
_CODES: Final[MappingProxyType[int, tuple[str, Action, str]]] = MappingProxyType(
    {
        -100001: ("ERR_IO", "retry", "it could not read or write inside"),
        -100002: ("ERR_CHECKSUM", "retry", "a check sum inside it was wrong"),
        -100003: ("ERR_END_OF_DATA", "state", "it has no more data"),
        -100004: ("ERR_NOTFOUND", "state", "it did not find the element"),
        -100005: ("ERR_NO_RECORDS", "state", "it has no such records"),
        -100006: ("ERR_ABORTED", "retry", "it aborted the operation"),
        -100007: ("ERR_WRONG_MODE", "operator", "it is in another mode: select the sales mode"),
        -100008: ("ERR_NOT_READY", "retry", "it is not ready"),
        -100009: ("ERR_NOTHING_TO_PRINT", "state", "there is nothing to print"),
        -100100: ("ERR_FM_BUSY", "retry", "its fiscal memory is busy"),
        -100101: ("ERR_FM_FAILURE", "service", "its fiscal memory failed"),
        -100102: ("ERR_FM_WRITE_PROTECTED", "service", "its fiscal memory may not be written"),
        -100105: ("ERR_FM_NOT_CONNECTED", "service", "its fiscal memory is not connected"),
        -100114: ("ERR_FM_FULL", "service", "its fiscal memory is full"),
        -100116: ("ERR_FM_BLOCKED", "service", "its fiscal memory is blocked"),
        -100400: ("ERR_LTP_VCCERR", "operator", "its 3.3 V supply is out of bounds"),
        -100401: ("ERR_LTP_SVPERR", "operator", "its print head's supply is out of bounds: check the power adapter"),
        -100402: ("ERR_LTP_STHERR", "retry", "its print head is too hot and cools down"),
        -100403: ("ERR_LTP_PESENS", "operator", "the paper is at its end: put in a new roll"),
        -100404: ("ERR_LTP_HDSENS", "operator", "the cover is open: close it"),
        -100405: ("ERR_LTP_NESENS", "operator", "the paper is nearly at its end"),
        -100407: ("ERR_LTP_CUTERR", "operator", "the cutter is stuck: take out the jammed paper"),
        -100500: ("ERR_PROGRAM_SELF_CHECK_ERROR", "service", "its program is damaged"),
        -100501: ("ERR_SRAM_ERROR", "service", "its working memory is damaged"),
        -100502: ("ERR_FLASH_ERROR", "service", "its flash memory is damaged"),
        -100503: ("ERR_SDCARD_ERROR", "service", "its memory card is damaged"),
        -100505: ("ERR_FM_ERROR", "service", "its fiscal memory could not be read or written"),
        -100506: ("ERR_NO_RAM_BATTERY", "service", "the battery of its working memory is missing"),
        -100508: ("ERR_RTC_ERROR", "service", "its clock is damaged"),
        -101003: ("ERR_REJECTED", "state", "it rejected the operation"),
        -101006: ("ERR_NOT_POSSIBLE", "state", "it cannot do that now"),
        -101007: ("ERR_TIMEOUT", "retry", "something inside it took too long"),
        -101009: ("ERR_CANCELLED", "operator", "the operation was cancelled at the device"),
        -102000: ("ERR_LOW_BATTERY", "operator", "its battery is low: charge it"),
        -102002: ("ERR_OPER_WRONG_PASSWORD", "configuration", "it does not accept the operator's password"),
        -102003: ("ERR_IDNUMBER_IS_EMPTY", "service", "it has no serial number yet"),
        -102009: ("ERR_VAT_RATES_ARE_EMPTY", "configuration", "its tax rates are not set"),
        -102010: ("ERR_HEADER_IS_EMPTY", "configuration", "the header of its receipts is not set"),
        -102012: ("ERR_FMNUMBER_IS_EMPTY", "service", "its fiscal memory has no number yet"),
        -102019: ("ERR_DATETIME_EARLIER_THAN_PREV_Z", "configuration", "its clock is behind its last Z report: set it"),
        -103004: ("ERR_P_HAVE_TURNOVER", "state", "the programmed item was sold already since the last Z report"),
        -104000: ("ERR_NEED_Z_REPORT", "state", "a Z report is needed first"),
        -105000: ("ERR_EJ_NO_RECORDS", "state", "its electronic journal has no such document"),
        -105001: ("ERR_CANNOT_ADD_TO_EJ", "service", "its electronic journal cannot be written"),
        -105009: ("ERR_EJ_NEAR_FULL", "service", "its electronic journal is nearly full"),
        -105010: ("ERR_EJ_FULL", "service", "its electronic journal is full"),
        -105012: ("ERR_EJ_NOT_READY", "retry", "its electronic journal is not ready"),
        -110104: ("ERR_DEVICE_NOT_FISCALIZED", "service", "it is not fiscalised"),
        -110108: ("ERR_DEVICE_DAY_IS_OPEN", "state", "its day is open: a Z report is needed first"),
        -110109: ("ERR_DEVICE_DAY_IS_CLOSED", "state", "its day is closed"),
        -110110: ("ERR_DEVICE_WRONG_NUMBERS", "service", "the numbers of its Z reports and shifts differ"),
        -110210: ("ERR_NAP_BLOCKED_72H", "service", "the tax office's server has blocked it"),
        -110226: ("ERR_NAP_BLOCKED_24H", "service", "it has not reached the tax office's server for 24 hours"),
        -111000: (f"{_R}CLEAR", "state", "the registration failed"),
        -111001: (f"{_R}NOCLEAR", "state", "the registration failed in part"),
        -111002: (f"{_R}SYNTAX", "configuration", "it does not understand the fields of the order"),
        -111003: (f"{_R}NPOSSIBLE", "state", "it cannot do that now"),
        -111004: (f"{_R}PLU_NOTEXIST", "state", "it knows no such programmed item"),
        -111005: (
            f"{_R}PLU_VAT_DISABLE",
            "configuration",
            "the tax group is forbidden, or it sells programmed items only",
        ),
        -111006: (f"{_R}PLU_QTY_PRC", "business", "price times quantity is too large"),
        -111013: (f"{_R}ECR_OVR", "state", "its daily totals are too large: a Z report is needed first"),
        -111014: (f"{_R}BILL_TL_OVR", "business", "the receipt's total is too large"),
        -111015: (f"{_R}OPEN_BON", "state", "a receipt is open"),
        -111016: (f"{_R}CLOSED_BON", "state", "no receipt is open"),
        -111017: (f"{_R}PAY_NOCASH", "business", "there is not so much cash in the register"),
        -111018: (f"{_R}PAY_STARTED", "state", "the payment has begun"),
        -111019: (f"{_R}OVF_TRZ_BUFF", "business", "the receipt has too many lines: split it"),
        -111021: (f"{_R}NEGATIVE_SUMVAT", "business", "a tax group would become negative"),
        -111022: (f"{_R}PYFOREIGN_HAVERESTO", "business", "a payment in foreign currency may have no change"),
        -111023: (f"{_R}TRZ_NOT_EXIST", "business", "what is to be voided was not sold"),
        -111024: (
            f"{_R}END_OF_24_HOUR_PERIOD",
            "state",
            "its shift is older than 24 hours: a Z report is needed first",
        ),
        -111026: (f"{_R}POS_TERM_CANCELED", "card", "the card payment was cancelled at the terminal"),
        -111027: (f"{_R}POS_TERM_APPROVED", "card", "the card terminal approved, the register did not finish"),
        -111028: (f"{_R}POS_TERM_NOT_APPROVED", "card", "the card was declined"),
        -111029: (f"{_R}POS_TERM_CONN_ERR", "card", "the card terminal did not answer"),
        -111030: (f"{_R}PLU_QTY_PRC_TOO_LOW", "business", "price times quantity is nothing"),
        -111036: (f"{_R}ONLY_ALL_VOID_IS_POSSIBLE", "state", "the receipt can only be voided as a whole"),
        -111046: (f"{_R}OPEN_NONFISCALBON", "state", "a non-fiscal receipt is open"),
        -111047: (f"{_R}OPEN_FISCALBON", "state", "a fiscal receipt is open"),
        -111050: (f"{_R}PAY_NOT_STARTED", "state", "the payment has not begun, or is not complete"),
        -111051: (f"{_R}BON_TYPE_MISMATCH", "state", "the open receipt is of another kind"),
        -111054: (f"{_R}PAY_BIG_AMOUNT", "business", "this means of payment may not pay more than is due"),
        -111061: (f"{_R}PAY_FORBIDDEN", "configuration", "the means of payment is forbidden"),
        -111065: (f"{_R}ZERO_BILLAMOUNT", "state", "the receipt's sum is 0: it has to be voided"),
        -111066: (f"{_R}ALL_VOID_EXECUTED", "state", "the receipt is voided: it has to be closed"),
        -111067: (f"{_R}OPEN_STORNOBON", "state", "a storno receipt is open"),
        -111068: (f"{_R}PAY_ZERO_AMOUNT", "business", "the payment has no amount"),
        -111073: (f"{_R}PINPAD", "card", "the card terminal reports an error"),
        -111077: (f"{_R}WRONG_DATE_FM", "configuration", "its clock is behind its fiscal memory: set it"),
        -111086: (f"{_R}BANK_TERM_NOT_CONFIGURED", "configuration", "no card terminal is configured in it"),
        -111094: (f"{_R}PAY_STORNO_RESTO", "business", "a storno may have no change"),
        -111509: ("ERR_PINPAD_TIMEOUT", "card", "the card terminal took too long"),
        -111518: ("ERR_PINPAD_CANCEL", "card", "the card payment was cancelled at the terminal"),
        -111550: ("ERR_PINPAD_NOT_CONNECTED", "card", "the card terminal is not connected"),
        -111555: ("ERR_PINPAD_NO_CONN", "card", "the card terminal does not answer"),
        -111556: ("ERR_PINPAD_ECR", "card", "the card terminal took the money, the register did not finish"),
        -111557: ("ERR_PINPAD_NOT_CONF", "configuration", "no card terminal is configured in it"),
        -111558: ("ERR_PINPAD_SAME_TRANS", "card", "the card terminal reports the same transaction twice"),
        -111559: ("ERR_PINPAD_RECEIPT", "business", "a receipt may have one payment through the card terminal"),
        -111560: ("ERR_PINPAD_FP_TRANS", "card", "nobody knows what became of the card payment"),
        -112000: ("ERR_FP_INVALID_COMMAND", "configuration", "it knows no such command"),
        -112001: ("ERR_FP_INVALID_SYNTAX", "configuration", "it does not understand the order"),
        -112002: ("ERR_FP_COMMAND_NOT_PERMITTED", "state", "it does not permit that now"),
        -112003: ("ERR_FP_OVERFLOW", "business", "a sum is too large"),
        -112004: ("ERR_FP_WRONG_DATE_TIME", "configuration", "the date or time is wrong"),
        -112006: ("ERR_FP_NO_PAPER", "operator", "the paper is at its end: put in a new roll"),
        -112007: ("ERR_FP_COVER_IS_OPEN", "operator", "the cover is open: close it"),
        -112008: ("ERR_FP_PRINTER_FAILURE", "operator", "its printing mechanism is stuck"),
    }
)
#: Codes that have no row above: from (towards zero) to, what to call them, whose business they are.
_RANGES: Final[tuple[tuple[int, int, Action, str], ...]] = (
    (-100001, -100099, "retry", "a general error"),
    (-100100, -100199, "service", "an error of the fiscal memory"),
    (-100400, -100499, "operator", "an error of the printing mechanism"),
    (-100500, -100999, "service", "a system error"),
    (-101000, -101999, "state", "a logical error"),
    (-102000, -103999, "configuration", "an error of its settings"),
    (-104000, -104999, "state", "an operation that has to come first"),
    (-105000, -105999, "service", "an error of the electronic journal"),
    (-109981, -110999, "service", "an error of the device or of the tax office's server"),
    (-111000, -111499, "state", "an error in the registration"),
    (-111500, -111799, "card", "an error of the card terminal"),
    (-112100, -112299, "configuration", "a field of the order that it does not accept"),
)


def explain(code: int) -> Rejection:
    """An X error code in words. An unknown one is the device's state: ask it before anything is repeated."""
    row = _CODES.get(code)
    if row is not None:
        return Rejection(row[1], row[0], row[2], code)
    for nearest, farthest, action, text in _RANGES:
        if farthest <= code <= nearest:
            return Rejection(action, "unnamed", f"it reports {text}", code)
    return Rejection("state", "unknown", "it reports an error that no manual names", code)


#: Status bits that answer for the command itself, then those that keep a printing command from being carried out.
OF_COMMAND: Final[tuple[tuple[str, Action, str], ...]] = (
    ("invalid_command", "configuration", "it knows no such command"),
    ("syntax", "configuration", "it does not understand the fields of the order"),
    ("overflow", "business", "a sum is too large"),
)
OF_DEVICE: Final[tuple[tuple[str, Action, str], ...]] = (
    ("no_paper", "operator", "the paper is at its end: put in a new roll"),
    ("cover_open", "operator", "the cover is open: close it"),
    ("mechanism", "operator", "its printing mechanism or cutter is stuck"),
    ("overheated", "retry", "its print head is too hot and cools down"),
    ("journal_roll_end", "operator", "the journal roll is at its end: put in a new one"),
    ("journal_end", "service", "its electronic journal is full"),
    ("fiscal_memory_full", "service", "its fiscal memory is full"),
    ("fiscal_memory_missing", "service", "its fiscal memory is missing or damaged"),
    ("fiscal_memory_error", "service", "its fiscal memory reports an error"),
    ("clock_unset", "configuration", "its clock is not set"),
)
NOT_ALLOWED: Final = Rejection("state", "not_allowed", "it does not permit that in its present state")
UNTOLD: Final = Rejection("state", "general_error", "it reports an error and does not say which")
