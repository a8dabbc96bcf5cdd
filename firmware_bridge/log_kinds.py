"""Beside a sale's way: the kinds of things that the log tells, each with the MESSAGE_ID that it has for ever.

`journalctl MESSAGE_ID=…` finds all lines of a kind, whatever language or wording they have. Source: systemd,
systemd.journal-fields(7), sd_journal_print(3): a 128-bit id made once (`systemd-id128 new`), never used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Kind = Literal[
    "api-failed",
    "api-listens",
    "api-refused",
    "book-differs",
    "book-parked",
    "book-resumed",
    "book-waits",
    "cash-moved",
    "coil-stuck",
    "command",
    "device-advice",
    "device-back",
    "device-changed",
    "device-fault",
    "device-known",
    "device-lost",
    "doubt",
    "doubt-resolved",
    "drawer-failed",
    "drawer-forced",
    "drawer-left-open",
    "driver-error",
    "enrolled",
    "exchange-failed",
    "fiscal-slow",
    "fiscal-told",
    "fiscal-waits",
    "journal-failed",
    "journal-newer",
    "journal-opened",
    "link-down",
    "link-up",
    "mode-changed",
    "order-refused",
    "order-unknown",
    "order-waits",
    "paper-out",
    "printer-memory",
    "program-error",
    "recording-ended",
    "records-moved",
    "records-unread",
    "sale-completed",
    "sale-refused",
    "shift-by-clock",
    "shift-changed",
    "sign-in",
    "till-ended",
    "till-started",
    "vendor-told",
]

#: Drivers, which do not know this module, name a kind in `extra={"kind": …}`.
IDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "api-failed": "a9924d92f16e435880734c3ba2a19d0d",
        "api-listens": "31b73ef537ca4c9ba3130c26cd2ff99c",
        "api-refused": "21d469cb6cd649759a7ee882bc9a6172",
        "book-differs": "7c95c16c2c504395a02fde5c10e794e0",
        "book-parked": "7931a38eaf5a418badb742f18a8129e6",
        "book-resumed": "24cf6cb3cbd74980811aa24f4e356ef1",
        "book-waits": "6e9d367676a94a0fa3f551b98e92bd81",
        "cash-moved": "f91aae3cd8b04032b9048a4a04d54f43",
        "coil-stuck": "c77871d7a84b4fc591ccdf5875213025",
        "command": "f171e7e9b7ef4ca7a7c27ed43a7f751b",
        "device-advice": "e855be4ef3424bd184547bfd23c0c066",
        "device-back": "ce04e3286f644559b3de7d13c2f39d82",
        "device-changed": "0f0a9426da8c4476b8316e24bbff5799",
        "device-fault": "f3ca0db9babe48088dcacdf903cbebe8",
        "device-known": "a00b13239a7944c7a2773d8ba13eea8b",
        "device-lost": "06922372407e40d2aa2b0dd68947bb1f",
        "doubt": "37ed95ee947f4771a8db97b5fa8c3181",
        "doubt-resolved": "47308b04088140aba28fd719d7b2148a",
        "drawer-failed": "5fde92088b8a4cd5845081969acfbe5c",
        "drawer-forced": "11ae0b9fdc1b4b3f91aa025c7b77dbf3",
        "drawer-left-open": "1c90a93c8e914e21a6ecfc79bb860ba9",
        "driver-error": "fc9b0a673b4d4a928f72db5f308d9164",
        "enrolled": "cc217615c3b34afab3e50810496283ef",
        "exchange-failed": "619a9825f13448d79900765d85c47be2",
        "fiscal-slow": "90c5902b11334c44a498657c5228feed",
        "fiscal-told": "3cff8d27b99043f784baa3258ebc7499",
        "fiscal-waits": "7fdfa9b6458b49068bc7d9ee2c6f5949",
        "journal-failed": "cb8d459c35c54f14938fd97ed178a2aa",
        "journal-newer": "4baa3f59e2b540abb7c4db0505c7cd3b",
        "journal-opened": "06c3b1b65ebd42d2a5e92eb7da9818e4",
        "link-down": "25df30a237ed4d9d99f9f2e2ecf37ba1",
        "link-up": "62d0839e4cad448698f76b26ece59e45",
        "mode-changed": "e8bbca996f204b158d2aa8da6900606b",
        "order-refused": "28fd25ed2ce64e46a44c85360f9c907d",
        "order-unknown": "cb556338cec34fdd9fbd10d5ad882185",
        "order-waits": "e03e1c7c3d7d47c69fbec3fe2200a602",
        "paper-out": "26e63601a6604f69888ac0a97ae0ab18",
        "printer-memory": "821d1c2e37274169a30aaa01174a410e",
        "program-error": "b97e8207ebb2400b88cdd32600b48278",
        "recording-ended": "3f1f5479fd2a46edaf4ef348ad5095b1",
        "records-moved": "5c7f6c65be484a558c91be5fe2853a60",
        "records-unread": "51558104e7a74f1287dd5296cb447bd3",
        "sale-completed": "4250aa44cc7f480faecb4e6e7da3b9c7",
        "sale-refused": "e0d2fa61ed8b4a9c8a059c790bd61241",
        "shift-by-clock": "bc44cb7e21634e5d808059c334d1fd48",
        "shift-changed": "5fd3b5c045ef4f0c866dec8ca0c7953b",
        "sign-in": "2adf301b5bab4df5a7490e0a367b7e20",
        "till-ended": "65dd35710b44492f945eda3ae250dba3",
        "till-started": "e976bb615e944b32b7f1b5e698e2e80a",
        "vendor-told": "12e78cea68c84b2390849288e7613501",
    }
)
KINDS: Final = get_args(Kind)
_BY_NAME: Final[Mapping[str, str]] = MappingProxyType({str(kind): number for kind, number in IDS.items()})


def about(kind: Kind | None = None, /, **facts: object) -> dict[str, object]:
    """`extra` of a log line: its kind and its facts (keys of firmware_bridge.log_queue.FACTS)."""
    return facts if kind is None else {"kind": kind, **facts}


def id_of(kind: str) -> str:
    """The MESSAGE_ID of a kind; "" for a line of none."""
    return _BY_NAME.get(kind, "")
