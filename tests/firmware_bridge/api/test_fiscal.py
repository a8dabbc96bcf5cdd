"""A person's way out of a jammed register, over HTTP: who may take it, and what is asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from firmware_bridge.api.backend import Answer
from statemachines.vocabulary.commands import Command, Refusal, ResolveJam
from tests.firmware_bridge.api.wire import Reply, call, running
from tests.support.memory_backend import MemoryBackend

PATH = "/v1/fiscal/resolve"
BODY: dict[str, Any] = {"id": "j-1", "document": "s-7", "verdict": "give_up", "evidence": "support ticket 4711"}


def posted(body: dict[str, Any], role: str = "manager", answer: Answer | None = None) -> tuple[Reply, list[Command]]:
    backend = MemoryBackend()
    backend.next_answer = answer

    async def main() -> Reply:
        async with running(backend) as api:
            return await call(api.port, path=PATH, body=body, role=role)

    reply = asyncio.run(main())
    return reply, [command for command, _, _ in backend.commands]


def test_a_managers_decision_reaches_the_till_with_who_and_why() -> None:
    reply, (command,) = posted(BODY)
    assert reply.status == 201
    assert isinstance(command, ResolveJam)
    assert (command.document_id, command.verdict, command.evidence) == ("s-7", "give_up", "support ticket 4711")
    assert (command.command_id, command.actor.role) == ("j-1", "manager")


def test_a_jam_about_no_document_names_none() -> None:
    _, (command,) = posted({"id": "j-1", "verdict": "deliver_again", "evidence": "put right there"})
    assert isinstance(command, ResolveJam)
    assert command.document_id == ""


@pytest.mark.parametrize("role", ["cashier", "technician", "observer"])
def test_nobody_else_decides(role: str) -> None:
    reply, commands = posted(BODY, role)
    assert (reply.status, commands) == (403, [])


@pytest.mark.parametrize(
    ("field", "value"), [("verdict", "forget"), ("evidence", ""), ("document", "x" * 129), ("code", "TEST-1")]
)
def test_what_cannot_be_meant_is_named(field: str, value: str) -> None:
    reply, commands = posted({**BODY, field: value})
    assert (reply.status, commands) == (422, [])
    assert field in reply.json["detail"]


def test_a_register_that_is_not_jammed_is_a_conflict_and_nothing_happened() -> None:
    no = Answer("none", "", Refusal("not-jammed", "The register is not jammed: nothing is to be decided."))
    reply, _ = posted(BODY, answer=no)
    assert (reply.status, reply.json["outcome"]) == (409, "none")
    assert reply.json["type"].endswith(":not-jammed")
