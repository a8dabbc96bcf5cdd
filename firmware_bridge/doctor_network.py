"""Beside a till: what it needs of the network: the vendors' servers, a way to them, and whether they know this till.

Source: /proc/net/route (proc(5)), IPv4.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from firmware_bridge import books, fiscalisers
from firmware_bridge.config import Config
from firmware_bridge.doctor_machine import text_of
from firmware_bridge.errors import UserError

_CONNECT_S: Final = 3.0
_URLS: Final = ("base_url", "token_url", "url")


def vendors(config: Config) -> dict[str, tuple[str, int]]:
    """Whose servers the till needs: place in the configuration -> host and port."""
    found = {}
    for area in ("fiscaliser", "book"):
        sections = getattr(config, area)
        for vendor in () if sections is None else sections.__struct_fields__:
            section = getattr(sections, vendor)
            for name in _URLS:
                if section is not None and isinstance(url := getattr(section, name, None), str) and url:
                    found[f"{area}.{vendor}.{name}"] = _host(url)
    if config.uplink is not None:
        found["uplink.url"] = _host(config.uplink.url)
    return found


def _host(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def default_route(root: Path = Path("/")) -> bool:
    """Does this machine know a way out (IPv4)?"""
    rows = [line.split() for line in text_of(root / "proc/net/route").splitlines()[1:]]
    return any(len(row) > 7 and row[1] == "00000000" and row[7] == "00000000" for row in rows)


def unreachable(host: str, port: int) -> str:
    """The key of why nobody is there; "" = somebody is."""
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except socket.gaierror:
        return "doctor.no_name"
    except OSError:
        return "doctor.no_answer"
    return ""


def sign_in(config: Config, version: str) -> Iterator[tuple[str, str]]:
    """Sign in at each vendor that has a network address; what it answers is looked at, nothing is changed there."""
    from firmware_bridge import book_command, fiscal_command  # noqa: PLC0415 - vendors' clients are not small
    from firmware_bridge.book_arguments import Wish as BookWish  # noqa: PLC0415 - as above
    from firmware_bridge.fiscal_arguments import Wish as FiscalWish  # noqa: PLC0415 - as above

    if config.fiscaliser is not None and fiscalisers.hardware(config) is None:
        vendor = next(name for name in config.fiscaliser.__struct_fields__ if getattr(config.fiscaliser, name))
        look = FiscalWish("check", live=True)
        yield vendor, _wrong(lambda: fiscal_command.run(config, look, _nobody, version))
    for name in books.names(config):
        yield name, _wrong(lambda: book_command.run(config, BookWish("check"), _nobody, version))


def _nobody(_: str) -> None:
    pass


def _wrong(look: Callable[[], int]) -> str:
    try:
        look()
    except UserError as error:
        return error.text
    except OSError as error:
        return error.strerror or str(error)
    return ""
