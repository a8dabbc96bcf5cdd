"""The outermost bytes of a batch of a sale's records: mark, version, checksum, deflated or not.

    "FB" · version (1) · packing (0 plain, 1 zlib) · CRC-32 of the four bytes before and of what follows · content

The checksum finds accidents in what the hash chain does not cover (the context); the chain finds the rest.
"""

from __future__ import annotations

import struct
import zlib

import msgpack

from firmware_bridge.uplink.limits import MAX_CONTENT, MAX_ENVELOPE, MAX_ITEMS, WireError

VERSION = 1
PLAIN, ZLIB = 0, 1
MARK = b"FB"
LEVEL = 9
"""An envelope is about 20 kB: the strongest level costs a few milliseconds and is sent over a paid link."""

_FRONT = struct.Struct(">2sBB")
_SUM = struct.Struct(">I")
_START = _FRONT.size + _SUM.size


def seal(content: bytes) -> bytes:
    """Return the envelope of a content, deflated when that makes it shorter. Raises WireError when it is too long."""
    if len(content) > MAX_CONTENT:
        raise WireError(f"its content has {len(content)} bytes, more than {MAX_CONTENT}")
    packed = zlib.compress(content, LEVEL)
    packing, carried = (ZLIB, packed) if len(packed) < len(content) else (PLAIN, content)
    front = _FRONT.pack(MARK, VERSION, packing)
    return front + _SUM.pack(zlib.crc32(carried, zlib.crc32(front))) + carried


def unseal(envelope: object) -> bytes:
    """Return the content of an envelope. Raises WireError."""
    if type(envelope) is not bytes or not _START <= len(envelope) <= MAX_ENVELOPE:
        raise WireError(f"it is no bytes, or not {_START} to {MAX_ENVELOPE} of them")
    mark, version, packing = _FRONT.unpack_from(envelope)
    if mark != MARK:
        raise WireError("it does not begin as one")
    if version != VERSION:
        raise WireError(f"it is of version {version}, this release reads {VERSION}")
    carried = envelope[_START:]
    if _SUM.unpack_from(envelope, _FRONT.size)[0] != zlib.crc32(carried, zlib.crc32(envelope[: _FRONT.size])):
        raise WireError("its checksum does not fit: it was damaged on the way")
    if packing == PLAIN:
        return carried
    if packing != ZLIB:
        raise WireError(f"it is packed in way {packing}, this release knows {PLAIN} and {ZLIB}")
    return _inflated(carried)


def _inflated(carried: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(carried, MAX_CONTENT + 1)
    except zlib.error as error:
        raise WireError("it cannot be inflated") from error
    if len(content) > MAX_CONTENT:
        raise WireError(f"it inflates to more than {MAX_CONTENT} bytes")
    if not inflater.eof or inflater.unused_data:
        raise WireError("it ends too early or too late")
    return content


def unpack(content: bytes) -> list[object]:
    """Return the outermost array of a content: arrays and plain values, no maps and no extensions. Raises WireError."""
    try:
        found = msgpack.unpackb(
            content, raw=False, max_array_len=MAX_ITEMS, max_map_len=0, max_ext_len=0, strict_map_key=True
        )
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise WireError(f"its content is no msgpack ({type(error).__name__})") from error
    if type(found) is not list:
        raise WireError("its content is no array")
    return found
