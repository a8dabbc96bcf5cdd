"""In the vendors' places on a sale's way: a config whose register and store are sandboxes in processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from firmware_bridge.config import Config
from firmware_bridge.credentials import Secret
from firmware_bridge.rehearsal import Checkbox, NewStore
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.vendors.checkbox.config import CheckboxConfig


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
    real = loaded.fiscaliser.checkbox if loaded.fiscaliser is not None else None
    if loaded.fiscaliser is None or real is None:
        yield loaded
        return
    with SandboxProcess("checkbox", "--profile", real.api) as sandbox:
        played = _register(real, Checkbox.of(sandbox.ready, real.api, folder))
        fiscaliser = msgspec.structs.replace(loaded.fiscaliser, checkbox=played)
        yield msgspec.structs.replace(loaded, fiscaliser=fiscaliser)


def _register(real: CheckboxConfig, sandbox: Checkbox) -> CheckboxConfig:
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


def places(config: Config) -> dict[str, str]:
    """Vendor -> where it is, of all that this config names."""
    checkbox = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    newstore = config.book.newstore if config.book is not None else None
    return {
        name: vendor.base_url for name, vendor in (("checkbox", checkbox), ("newstore", newstore)) if vendor is not None
    }
