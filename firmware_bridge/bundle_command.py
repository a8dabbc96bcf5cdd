"""Beside a till: `firmware-bridge bundle`, for who has a shell on the machine and no console at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware_bridge import bundle, bundle_making, doctor, doctor_network
from firmware_bridge.bundle_arguments import Wish
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config, load
from firmware_bridge.console.client import Api
from firmware_bridge.console.machine import sentence
from firmware_bridge.console.service import Service
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.logs import Redactor
from firmware_bridge.progress import Progress

_LOOKERS = ("observer", "technician", "manager")


def run(wish: Wish, say: Callable[[str], None], version: str, progress: Progress) -> int:
    """Make it and say where it is; returns 0. Raises ConfigError, UserError when it cannot be written."""
    config = load(wish.config)
    redactor, clock, service = Redactor(), SystemClock(), Service(config.console)
    bundle.register(config, redactor)
    ask = _asker(config)
    progress.begin("looking at the machine and the network")
    patient = doctor.Patient(
        config,
        _or_none(ask),
        clock.utc_ms(),
        service.state(),
        lambda: doctor_network.sign_in(config, version),
    )
    findings = [sentence(Words("en"), finding) for finding in doctor.examine(patient)]
    made_of = bundle_making.sources(
        config, ask, findings, service=service, redactor=redactor, version=version, utc_ms=clock.utc_ms()
    )
    progress.begin("making the bundle", unit="parts")
    folder = wish.into or bundle_making.folder_of(config)
    try:
        path = bundle.write(folder, made_of, lambda done, _all: progress.at(done))
    except OSError as error:
        raise UserError(f"The bundle cannot be written into {folder}: {error.strerror or error}") from error
    say(f"{path}: {path.stat().st_size // 1024 + 1} KiB, without secrets; it is sent nowhere")
    return 0


def _asker(config: Config) -> Callable[[str], Any]:
    """Asks the till as one of its clients that may look and whose token lies in a file."""
    clients = [one for one in config.api.clients if one.token_file and one.role in _LOOKERS]
    if not clients:

        def nobody(_: str) -> Any:
            raise UserError("there is no client with a token_file that may look")

        return nobody
    return Api(config.api.address, clients[0].token_file).get


def _or_none(ask: Callable[[str], Any]) -> Any:
    try:
        return ask("/v1/status")
    except UserError:
        return None
