"""Beside a till: who is asked for what goes into the support bundle: the till, its unit, the kernel's log, the network.

Whoever does not answer is left out; a till that is dead has a bundle too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from firmware_bridge import bundle, bundle_log, bundle_machine
from firmware_bridge.config import Config
from firmware_bridge.console.service import Service
from firmware_bridge.errors import UserError
from firmware_bridge.logs import Redactor

#: Of the unit: how it fares and why it ended; never its environment, its command line or its credentials.
UNIT: Final = (
    "Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "NRestarts", "ExecMainCode",
    "ExecMainStatus", "ExecMainStartTimestamp", "ExecMainExitTimestamp", "ActiveEnterTimestamp", "StatusText",
    "WatchdogUSec", "MemoryCurrent", "MemoryPeak", "CPUUsageNSec", "TasksCurrent", "FragmentPath", "DropInPaths",
)  # fmt: skip
_KERNEL_LINES: Final = 5000


def sources(
    config: Config,
    ask: Callable[[str], Any],
    findings: Sequence[str],
    *,
    service: Service,
    redactor: Redactor,
    version: str,
    utc_ms: int,
) -> bundle.Sources:
    """Everything that it is made of. `ask(path)`: the till's answer, raises UserError where there is none.

    Takes up to 3 s for each server that does not answer. `redactor` hears every secret of this till.
    """
    bundle.register(config, redactor)
    return bundle.Sources(
        config=config,
        status=_or_none(ask, "/v1/status"),
        devices=_or_none(ask, "/v1/devices"),
        outbox=_or_none(ask, "/v1/outbox"),
        findings=findings,
        log=service.log(bundle_log.READ),
        version=version,
        utc_ms=utc_ms,
        clean=redactor.mask,
        kernel=service.kernel_log(_KERNEL_LINES),
        unit={name: value for name, value in service.properties(UNIT).items() if name in UNIT},
        reach=dict(bundle_machine.reached(config)),
    )


def _or_none(ask: Callable[[str], Any], path: str) -> Any:
    try:
        return ask(path)
    except UserError:
        return None


def folder_of(config: Config) -> Path:
    """Where it is written unless somebody says otherwise: on the partition of the journal, which outlives a restart."""
    return Path(config.journal.path).parent
