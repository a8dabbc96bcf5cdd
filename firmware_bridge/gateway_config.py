"""Before a gateway begins: its TOML file becomes checked, immutable values, and so do those of the tills it keeps.

    [gateway]
    folder = "/var/lib/firmware-bridge-gateway"
    listen = "127.0.0.1:8400"

    [tills.UA-17]
    config = "UA-17.toml"

[bitrix24.<name>] stands for a portal that orders receipts (vendors/bitrix24/config.py).

A till's file is a till's configuration like any other, with the sections of its books and their secrets; the file on
the till itself has [uplink] in their place. A till that is enrolled and not named here is kept without books.
"""

from __future__ import annotations

import ipaddress
import tomllib
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Annotated

from msgspec import Meta, field

from firmware_bridge import config as till_config
from firmware_bridge import config_check
from firmware_bridge.config import Config, ConfigError, Id, Section
from firmware_bridge.validation import InvalidError, convert
from firmware_bridge.vendors.bitrix24.config import PortalConfig, portal_faults

_Path = Annotated[str, Meta(max_length=4096)]


class Gateway(Section, frozen=True, kw_only=True):
    """[gateway] `folder`: where everything is kept. `listen`: address:port.

    `certificate`, `key`: PEM files, for https; both left out = http, on this machine's own address alone (a web server
    before it does TLS). `plain`: http on another address all the same, where a network of its own protects it.
    """

    folder: Annotated[str, Meta(min_length=1, max_length=4096)]
    listen: Annotated[
        str,
        Meta(
            pattern=r"\A(\[[0-9a-f:]+\]|[0-9a-z.-]+):\d{1,5}\Z",
            description='"address:port", for example "127.0.0.1:8400"',
        ),
    ] = "127.0.0.1:8400"
    certificate: _Path = ""
    key: _Path = ""
    plain: bool = False

    @property
    def address(self) -> tuple[str, int]:
        """Return (host, port) of `listen`, without the brackets of an IPv6 address."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class Kept(Section, frozen=True, kw_only=True):
    """[tills.<id>] `config`: the file with the till's books; beside this one unless it begins with "/"."""

    config: Annotated[str, Meta(min_length=1, max_length=4096)]


class GatewayFile(Section, frozen=True, kw_only=True):
    """The whole file."""

    gateway: Gateway
    tills: Annotated[dict[Id, Kept], Meta(max_length=100_000)] = field(default_factory=dict)
    bitrix24: Annotated[dict[Id, PortalConfig], Meta(max_length=1000)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """What was read: the gateway's own, the tills' configurations and the portals that order, by their names."""

    gateway: Gateway
    tills: dict[str, Config]
    portals: dict[str, PortalConfig] = dataclass_field(default_factory=dict)


def load(path: Path) -> GatewayConfig:
    """Read and check the file and those it names. Raises ConfigError with every sentence."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    try:
        found = convert(table, GatewayFile)
    except InvalidError as error:
        raise ConfigError(*(f"{path}: {fault.sentence()}" for fault in error.faults)) from error
    faults = [f"{path}: {fault}" for fault in _faults(found.gateway)]
    faults += [f"{path}: bitrix24.{fault}" for fault in portal_faults(found.bitrix24)]
    tills = {}
    for till, kept in found.tills.items():
        try:
            tills[till] = _till(path.parent / kept.config, till)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)
    return GatewayConfig(found.gateway, tills, found.bitrix24)


def _faults(gateway: Gateway) -> list[str]:
    host, port = gateway.address
    found = []
    if not 0 <= port <= 65535:
        found.append(f"gateway.listen: port {port} is not possible; allowed are 1 to 65535")
    if bool(gateway.certificate) != bool(gateway.key):
        found.append("gateway.certificate: needs gateway.key, and the reverse")
    if not gateway.certificate and not gateway.plain and not _is_loopback(host):
        found.append(
            f"gateway.listen: {host} is reachable from the network and http protects no token there: give certificate "
            f"and key, or listen on 127.0.0.1 behind a web server that does TLS (plain = true if nobody else is there)"
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _till(path: Path, till: str) -> Config:
    found = till_config.load(path)
    if found.till.id != till:
        raise ConfigError(f"{path}: till.id: is {found.till.id}, and the gateway's file calls it {till}")
    if found.uplink is not None:
        raise ConfigError(f"{path}: uplink: is for the till itself; here stand its books")
    config_check.check(found, path)
    return found
