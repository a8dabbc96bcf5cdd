"""Before a sale's way begins: the parameters of Bitrix24's methods and what they answer, as values.

Source: the seed page of sale.cashbox.add, the vendor's documentation of sale.cashbox.*. Flags are "Y" and "N"; ids and
sorts come back as text in lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

HANDLER_ADD: Final = "sale.cashbox.handler.add"
HANDLER_UPDATE: Final = "sale.cashbox.handler.update"
HANDLER_LIST: Final = "sale.cashbox.handler.list"
HANDLER_DELETE: Final = "sale.cashbox.handler.delete"
CASHBOX_ADD: Final = "sale.cashbox.add"
CASHBOX_UPDATE: Final = "sale.cashbox.update"
CASHBOX_LIST: Final = "sale.cashbox.list"
CASHBOX_DELETE: Final = "sale.cashbox.delete"
CHECK_APPLY: Final = "sale.cashbox.check.apply"
BATCH: Final = "batch"
METHODS: Final = (
    *(HANDLER_ADD, HANDLER_UPDATE, HANDLER_LIST, HANDLER_DELETE),
    *(CASHBOX_ADD, CASHBOX_UPDATE, CASHBOX_LIST, CASHBOX_DELETE, CHECK_APPLY),
)

Json = dict[str, Any]


class Misread(ValueError):
    """An answer that is not what the method answers with."""


def flag(on: bool) -> str:
    """As Bitrix24 writes it."""
    return "Y" if on else "N"


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler as we want it. `config`: what may be set of each cash register, section -> LABEL and ITEMS."""

    code: str
    name: str
    print_url: str = field(repr=False)
    check_url: str = field(repr=False)
    sort: int = 100
    http_version: str = "1.0"
    supports_ffd105: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Json:
        return {
            "PRINT_URL": self.print_url,
            "CHECK_URL": self.check_url,
            "HTTP_VERSION": self.http_version,
            "CONFIG": dict(self.config),
        }

    def added(self) -> Json:
        """Parameters of handler.add. The flag stands where the documentation has it and where it is kept."""
        supports = flag(self.supports_ffd105)
        return {
            "CODE": self.code,
            "NAME": self.name,
            "SORT": self.sort,
            "SUPPORTS_FFD105": supports,
            "SETTINGS": {**self.settings, "SUPPORTS_FFD105": supports},
        }

    def updated(self, number: int) -> Json:
        """Parameters of handler.update."""
        settings = {**self.settings, "SUPPORTS_FFD105": flag(self.supports_ffd105)}
        return {"ID": number, "FIELDS": {"NAME": self.name, "SORT": self.sort, "SETTINGS": settings}}

    def differs(self, row: HandlerRow) -> tuple[str, ...]:
        """Which fields are other ones there."""
        found = [name for name, ours in (("NAME", self.name), ("SORT", self.sort)) if ours != row.value(name)]
        wanted = {**self.settings, "SUPPORTS_FFD105": flag(self.supports_ffd105)}
        found += [name for name, ours in wanted.items() if not _covers(row.settings.get(name), ours)]
        return tuple(found)


def _covers(theirs: Any, ours: Any) -> bool:
    """Is everything of ours there? The portal adds defaults of its own, and takes an empty object for a list."""
    if isinstance(ours, Mapping):
        if not ours:
            return theirs in (None, [], {})
        return isinstance(theirs, Mapping) and all(_covers(theirs.get(name), one) for name, one in ours.items())
    return str(theirs) == str(ours)


@dataclass(frozen=True, slots=True)
class HandlerRow:
    """A handler as the portal lists it."""

    id: int
    code: str
    name: str
    sort: int
    settings: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: Any) -> HandlerRow:
        """Raises Misread."""
        said = _row(row)
        settings = said.get("SETTINGS")
        return cls(
            _number(said, "ID"),
            str(said.get("CODE", "")),
            str(said.get("NAME", "")),
            _number(said, "SORT"),
            settings if isinstance(settings, dict) else {},
        )

    def value(self, name: str) -> object:
        return {"NAME": self.name, "SORT": self.sort}[name]


@dataclass(frozen=True, slots=True)
class Cashbox:
    """A cash register as we want it; every parameter of sale.cashbox.add."""

    name: str
    rest_code: str
    email: str
    ofd: str = ""
    ofd_settings: Mapping[str, Any] = field(default_factory=dict)
    number_kkm: str = ""
    active: bool = False
    sort: int = 100
    use_offline: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def added(self) -> Json:
        """Parameters of cashbox.add; what is empty is left out, as in the seed's samples."""
        said: Json = {"NAME": self.name, "REST_CODE": self.rest_code, "EMAIL": self.email}
        if self.number_kkm:
            said["NUMBER_KKM"] = self.number_kkm
        said |= {"ACTIVE": flag(self.active), "SORT": self.sort}
        if self.use_offline:
            said["USE_OFFLINE"] = "Y"
        if self.ofd:
            said["OFD"] = self.ofd
        if self.ofd_settings:
            said["OFD_SETTINGS"] = dict(self.ofd_settings)
        if self.settings:
            said["SETTINGS"] = dict(self.settings)
        return said

    def updated(self, number: int) -> Json:
        """Parameters of cashbox.update; which handler it has cannot be changed."""
        fields: Json = {
            "NAME": self.name,
            "EMAIL": self.email,
            "OFD": self.ofd,
            "NUMBER_KKM": self.number_kkm,
            "ACTIVE": flag(self.active),
            "SORT": self.sort,
            "USE_OFFLINE": flag(self.use_offline),
            "ENABLED": "Y",
        }
        if self.ofd_settings:
            fields["OFD_SETTINGS"] = dict(self.ofd_settings)
        if self.settings:
            fields["SETTINGS"] = dict(self.settings)
        return {"ID": number, "FIELDS": fields}

    def differs(self, row: CashboxRow) -> tuple[str, ...]:
        """Which of the fields that the portal lists are other ones there."""
        wanted = self.updated(row.id)["FIELDS"]
        return tuple(name for name, theirs in row.fields.items() if name in wanted and str(wanted[name]) != theirs)


#: What is asked of a list.
CASHBOX_SELECT: Final = (
    *("ID", "NAME", "OFD", "EMAIL", "NUMBER_KKM", "ACTIVE", "SORT", "USE_OFFLINE", "ENABLED"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CashboxRow:
    """A cash register as the portal lists it: neither its handler nor its settings are told. `fields`: texts."""

    id: int
    fields: Mapping[str, str]

    @classmethod
    def of(cls, row: Any) -> CashboxRow:
        """Raises Misread."""
        said = _row(row)
        texts = {name: str(said.get(name) or "") for name in CASHBOX_SELECT if name != "ID"}
        return cls(_number(said, "ID"), texts)


@dataclass(frozen=True, slots=True)
class Applied:
    """What check.apply tells of a document; all as text. `uuid`: ours."""

    uuid: str
    fields: Mapping[str, str]

    def parameters(self) -> Json:
        return {"UUID": self.uuid, **self.fields}


@dataclass(frozen=True, slots=True)
class Time:
    """What an answer tells of itself, as far as we use it. `operating`: seconds the method has run in ten minutes."""

    operating: float
    operating_reset_at: int

    @classmethod
    def of(cls, said: Any) -> Time | None:
        """None: it is not told (a portal of one's own tells no operating time)."""
        if not isinstance(said, dict):
            return None
        operating, reset = said.get("operating"), said.get("operating_reset_at")
        known = isinstance(operating, int | float) and isinstance(reset, int | float)
        return cls(float(operating), int(reset)) if known else None  # type: ignore[arg-type]  # both were looked at


def number_of(result: Any) -> int:
    """The id that an add answers with. Raises Misread."""
    return _number({"result": result}, "result")


def _row(row: Any) -> Json:
    if not isinstance(row, dict):
        raise Misread("a row of the list is no object")
    return {str(name).upper(): value for name, value in row.items()}


def _number(said: Mapping[str, Any], name: str) -> int:
    text = str(said.get(name, ""))
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Misread(f"{name} is no number")
    return int(text)
