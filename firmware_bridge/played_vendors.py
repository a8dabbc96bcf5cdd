"""In the vendors' places on a sale's way: a config whose register and store are sandboxes in processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from firmware_bridge.config import Config
from firmware_bridge.credentials import Secret
from firmware_bridge.rehearsal import Checkbox, NewStore
from firmware_bridge.rehearsal_lan import Ikassa, SmartOne
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from firmware_bridge.vendors.ikassa.config import IkassaConfig
from firmware_bridge.vendors.smartone.config import SmartOneConfig


@contextmanager
def played(loaded: Config, folder: Path) -> Iterator[Config]:
    """Play the vendors of this config in processes of their own; gives the config that leads to them.

    Whatever register and store the config means are out of reach then: addresses and credentials are those of the
    sandboxes, whose keys stand in files in `folder`. Raises UserError when one does not start.
    """
    with _registers(loaded, folder) as registered, _stores(registered, folder) as kept:
        yield kept


@contextmanager
def _stores(loaded: Config, folder: Path) -> Iterator[Config]:
    real = loaded.book.newstore if loaded.book is not None else None
    if loaded.book is None or real is None:
        yield loaded
        return
    theirs = [real.drawers.get(name, name) for name in real.drawers or loaded.drawers]
    drawers = [word for name in theirs for word in ("--drawer", name)]
    with SandboxProcess("newstore", "--currency", loaded.till.currency, *drawers) as sandbox:
        store = NewStore.of(sandbox.ready, folder)
        kept = msgspec.structs.replace(
            real,
            base_url=store.base_url,
            token_url=store.token_url,
            client_id=store.client_id,
            client_secret=Secret(file=str(store.client_secret)),
            store_id=store.store_id,
            urls={},
        )
        yield msgspec.structs.replace(loaded, book=msgspec.structs.replace(loaded.book, newstore=kept))


@contextmanager
def _registers(loaded: Config, folder: Path) -> Iterator[Config]:
    real = loaded.fiscaliser
    if real is None or real.datecs is not None:
        yield loaded
        return
    with ExitStack() as stack:
        fiscaliser = real
        if real.checkbox is not None:
            fiscaliser = msgspec.structs.replace(real, checkbox=_checkbox(stack, real.checkbox, folder))
        if real.ikassa is not None:
            fiscaliser = msgspec.structs.replace(real, ikassa=_ikassa(stack, real.ikassa, folder))
        if real.smartone is not None:
            fiscaliser = msgspec.structs.replace(real, smartone=_smartone(stack, real.smartone, folder))
        yield msgspec.structs.replace(loaded, fiscaliser=fiscaliser)


def _checkbox(stack: ExitStack, real: CheckboxConfig, folder: Path) -> CheckboxConfig:
    sandbox = Checkbox.of(
        stack.enter_context(SandboxProcess("checkbox", "--profile", real.api)).ready, real.api, folder
    )
    return msgspec.structs.replace(
        real,
        base_url=sandbox.base_url,
        login=sandbox.login,
        password=Secret(file=str(sandbox.password)),
        pin=None,
        license_key=Secret(file=str(sandbox.license_key)),
        access_key=Secret(file=str(sandbox.access_key)),
        live=False,
    )


def _ikassa(stack: ExitStack, real: IkassaConfig, folder: Path) -> IkassaConfig:
    """A till that wants a PIN where the real one does. Names and codes are those that are documented or assumed."""
    token = () if real.pin is None else ("--token",)
    sandbox = Ikassa.of(stack.enter_context(SandboxProcess("ikassa", *token)).ready, folder)
    pin = None if real.pin is None else Secret(file=str(sandbox.pin))
    usual = IkassaConfig(url=sandbox.url)
    return msgspec.structs.replace(
        real, url=sandbox.url, pin=pin, register="", operations={}, declined=usual.declined, unknown=usual.unknown
    )


def _smartone(stack: ExitStack, real: SmartOneConfig, folder: Path) -> SmartOneConfig:
    """Over HTTP or on a serial line, as the real one. Its paths are those that are documented or assumed."""
    line = ("--serial",) if real.port else ()
    ready = stack.enter_context(SandboxProcess("smartone", "--profile", real.profile, *line)).ready
    sandbox = SmartOne.of(ready, folder, serial=bool(real.port))
    merchant_id = Secret(file=str(sandbox.merchant_id))
    return msgspec.structs.replace(real, url=sandbox.url, port=sandbox.port, merchant_id=merchant_id, paths={})


def places(config: Config) -> dict[str, str]:
    """Vendor -> where it is, of all that this config names."""
    found: dict[str, str] = {}
    if (register := config.fiscaliser) is not None:
        found["checkbox"] = "" if register.checkbox is None else register.checkbox.base_url
        found["ikassa"] = "" if register.ikassa is None else register.ikassa.url
        found["smartone"] = "" if register.smartone is None else register.smartone.url or register.smartone.port
    if config.book is not None and config.book.newstore is not None:
        found["newstore"] = config.book.newstore.base_url
    return {name: where for name, where in found.items() if where}
