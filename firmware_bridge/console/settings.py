"""Beside a till: [console] of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.words.table import Language

Charset = Literal["ascii", "utf8", "cp866", "cp1125", "cp1251"]
Path = Annotated[str, Meta(max_length=4096)]


class ConsoleConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[console] The technician's console.

    `client`: the entry of [[api.clients]] as which it looks when nobody is signed in, and as which it tells the till's
    journal what people did, with a token_file; "" = nothing is shown without a PIN. People sign in by the name of their
    own entry, here and at the status page, with a PIN that `console --pin NAME` sets.
    `language`, `charset`: of a terminal at its start. `idle_s`: seconds without a key until a person is signed out.
    `service`: the till's unit; `service_tool`: the program that starts, stops and asks it (systemctl); `log_tool`: the
    one that has its log (journalctl). `pins`: the file of all PINs; `log`: where acts wait for the till's journal; "" =
    beside it. `modem_lines`: a session on a serial line ends when DCD goes off. `keep_s`: seconds in which a change
    that may cut off whoever makes it has to be kept.
    """

    client: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{0,64}\Z", description="a client's name")] = ""
    language: Language = "en"
    charset: Charset = "ascii"
    idle_s: Annotated[int, Meta(ge=30, le=3600)] = 600
    service: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9@._-]{1,64}\Z", description="a unit's name")] = (
        "firmware-bridge.service"
    )
    service_tool: Path = "/usr/bin/systemctl"
    log_tool: Path = "/usr/bin/journalctl"
    modem_lines: bool = False
    keep_s: Annotated[int, Meta(ge=5, le=600)] = 60
    pins: Path = ""
    log: Path = ""
