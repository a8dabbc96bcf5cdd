"""Hostile JSON and hostile text: refused in one sentence, shown harmlessly, the till untouched."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.firmware_bridge.api.wire import SALE, call, running
from tests.support.memory_backend import MemoryBackend

HOSTILE_JSON: dict[str, bytes] = {
    "depth 100,000": b"[" * 60000,
    "depth 33": b'{"context":' + b"[" * 32 + b"]" * 32 + b"}",
    "nan": b'{"id": NaN}',
    "infinity": b'{"id": -Infinity}',
    "1e400": b'{"id":"x","amount":1e400,"type":"cash_pull"}',
    "2^63": b'{"id":"x","amount":9223372036854775808,"type":"cash_pull"}',
    "5,000 digits": b'{"amount":' + b"9" * 5000 + b"}",
    "duplicate names": b'{"id":"x","id":"y","amount":1,"type":"cash_pull"}',
    "invalid utf-8": b'{"id":"\xff"}',
    "utf-16": '{"id":"x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"id":"x","amount":1,"type":"cash_pull"}',
    "nul": b'{"id":"x","amount":1,"type":"cash_pull","reason":"\\u0000"}',
    "raw nul": b'{"id":"x\x00"}',
    "half a surrogate pair": b'{"id":"x","amount":1,"type":"cash_pull","reason":"\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udc00":1}',
    "truncated": b'{"id":"x"',
    "a number": b"1",
    "a list": b"[]",
    "null": b"null",
    "nothing": b"",
    "two values": b"{}{}",
}


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_is_refused_in_one_sentence(name: str) -> None:
    async def main() -> None:
        backend = MemoryBackend()
        async with running(backend) as api:
            reply = await call(api.port, path="/v1/cash", body=HOSTILE_JSON[name])
        assert reply.status in (400, 422), reply
        assert reply.json["detail"]
        assert "\n" not in reply.json["detail"]
        assert backend.commands == []

    asyncio.run(main())


def test_broken_json_names_line_and_column() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            reply = await call(api.port, body=b'{\n  "id": x\n}')
        assert "line 2, column 9" in reply.json["detail"]

    asyncio.run(main())


def test_text_from_outside_is_made_harmless_in_problems() -> None:
    async def main() -> None:
        async with running(MemoryBackend()) as api:
            hostile = "\x1b[2J\u202e4111111111111111%s{}\r\n"
            reply = await call(api.port, body={**SALE, hostile: 1})
        text = json.dumps(reply.json, ensure_ascii=False)
        assert reply.status == 422
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "<1B>[2J<202E>************1111%s{}<0D><0A>" in text

    asyncio.run(main())
