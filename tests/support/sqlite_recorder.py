"""Sees every write and sync that SQLite makes, and builds the files a power cut would have left.

A virtual file system is put before SQLite's own, through ctypes: the file functions of each opened file are replaced
by ones that note the call and pass it on. It works on the very library that Python's sqlite3 uses, needs no root
and no compiler; where that library is linked in without its symbols, `available()` is False.

A crash image holds, file by file, everything up to the last sync before the cut; of what followed each write is
dropped, kept or torn at a sector, as the random source says: a disk promises no more. A deletion is sure once a file
made after it was synced, because SQLite syncs the directory with the first sync of a new file.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
OK = 0
IOERR_FSYNC = 1034
FULL = 13

_Open = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """sqlite3_vfs (sqlite.org, "OS Interface Object"); functions after xDelete are only carried over."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        ("xOpen", ctypes.c_void_p),
        ("xDelete", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 14),
    )


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("xClose", ctypes.c_void_p),
        ("xRead", ctypes.c_void_p),
        ("xWrite", ctypes.c_void_p),
        ("xTruncate", ctypes.c_void_p),
        ("xSync", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 13),
    )


@dataclass(frozen=True, slots=True)
class Op:
    """`kind`: write, truncate, sync, delete, or mark (the test's own, `value` is its)."""

    kind: str
    file: str = ""
    offset: int = 0
    data: bytes = b""
    value: Any = None


@dataclass(slots=True)
class Recorder:
    """What was seen, in order. `fault` is asked before each call for an SQLite error code (0 = go on)."""

    ops: list[Op] = field(default_factory=list)
    fault: Callable[[Op], int] = lambda op: OK

    def mark(self, value: object) -> None:
        self.ops.append(Op("mark", value=value))

    def count(self, kind: str, suffix: str) -> int:
        return sum(op.kind == kind and op.file.endswith(suffix) for op in self.ops)

    def seen(self, op: Op) -> int:
        code = self.fault(op)
        if code == OK:
            self.ops.append(op)
        return code


def _library() -> ctypes.CDLL | None:
    for name in (getattr(_sqlite3, "__file__", None), None):
        try:
            library = ctypes.CDLL(name)
            library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
            library.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
            library.sqlite3_vfs_register.argtypes = (ctypes.POINTER(_Vfs), ctypes.c_int)
            library.sqlite3_vfs_unregister.argtypes = (ctypes.POINTER(_Vfs),)
        except (OSError, AttributeError):
            continue
        else:
            return library
    return None


def available() -> bool:
    """Whether the SQLite of this Python lets itself be recorded."""
    library = _library()
    return library is not None and bool(library.sqlite3_vfs_find(None))


class _Shim:
    def __init__(self, real: Any, recorder: Recorder) -> None:
        self.recorder = recorder
        self.real = real
        self.paths: dict[int, str] = {}
        self.tables: dict[int, tuple[_Methods, Any]] = {}
        self.real_open = _Open(real.contents.xOpen)
        self.real_delete = _Delete(real.contents.xDelete)
        self.callbacks = (_Open(self.open), _Delete(self.delete))
        self.vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self.vfs), real, ctypes.sizeof(_Vfs))
        self.vfs.pNext = None
        self.vfs.zName = b"recorder"
        self.vfs.xOpen, self.vfs.xDelete = (ctypes.cast(it, ctypes.c_void_p) for it in self.callbacks)

    def delete(self, _vfs: int, name: bytes, sync_directory: int) -> int:
        code = self.recorder.seen(Op("delete", os.fsdecode(name)))
        return code or int(self.real_delete(ctypes.cast(self.real, ctypes.c_void_p), name, sync_directory))

    def open(self, _vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        # The name goes on as the very pointer that came: SQLite keeps it, and what stands behind its end.
        code: int = self.real_open(ctypes.cast(self.real, ctypes.c_void_p), name, file, flags, out)
        slot = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
        if code == OK and slot[0]:
            self.paths[file] = os.fsdecode(ctypes.string_at(name) if name else b"")
            slot[0] = ctypes.addressof(self.table(slot[0])[0])
        return code

    def table(self, original: int) -> tuple[_Methods, Any]:
        if original not in self.tables:
            methods = _Methods()
            ctypes.memmove(ctypes.byref(methods), original, ctypes.sizeof(_Methods))
            write, truncate, sync = _Write(methods.xWrite), _Truncate(methods.xTruncate), _Sync(methods.xSync)

            def on_write(file: int, data: int, size: int, offset: int) -> int:
                op = Op("write", self.paths[file], offset, ctypes.string_at(data, size))
                return self.recorder.seen(op) or write(file, data, size, offset)

            def on_truncate(file: int, size: int) -> int:
                return self.recorder.seen(Op("truncate", self.paths[file], size)) or truncate(file, size)

            def on_sync(file: int, flags: int) -> int:
                return self.recorder.seen(Op("sync", self.paths[file])) or sync(file, flags)

            kept = (_Write(on_write), _Truncate(on_truncate), _Sync(on_sync))
            methods.xWrite, methods.xTruncate, methods.xSync = (ctypes.cast(it, ctypes.c_void_p) for it in kept)
            self.tables[original] = (methods, kept)
        return self.tables[original]


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record every SQLite file opened inside; close them all before leaving."""
    library = _library()
    if library is None:
        raise RuntimeError("the SQLite of this Python cannot be recorded")
    recorder = Recorder()
    shim = _Shim(library.sqlite3_vfs_find(None), recorder)
    library.sqlite3_vfs_register(ctypes.byref(shim.vfs), 1)
    try:
        yield recorder
    finally:
        library.sqlite3_vfs_unregister(ctypes.byref(shim.vfs))
        library.sqlite3_vfs_register(shim.real, 1)


def crash_image(ops: list[Op], cut: int, directory: Path, chance: random.Random | None = None) -> None:
    """Write into `directory` what a cut before `ops[cut]` leaves; without `chance` nothing unsynced is kept."""
    files: dict[str, bytearray] = {}
    synced = {op.file: index for index, op in enumerate(ops[:cut]) if op.kind == "sync"}
    born: dict[str, int] = {}
    for index, op in enumerate(ops[:cut]):
        born.setdefault(op.file, index)
    for index, op in enumerate(ops[:cut]):
        sure = index <= synced.get(op.file, -1)
        if op.kind == "delete":
            sure = any(index < born[file] <= last for file, last in synced.items())
        fate = "kept" if sure else "dropped" if chance is None else chance.choice(("dropped", "kept", "torn"))
        if op.kind == "write" and fate != "dropped":
            data = op.data
            if fate == "torn" and chance is not None:
                data = data[: chance.randrange(0, len(data) + 1, SECTOR)]
            content = files.setdefault(op.file, bytearray())
            content.extend(bytes(max(0, op.offset + len(data) - len(content))))
            content[op.offset : op.offset + len(data)] = data
        elif op.kind == "truncate" and fate == "kept":
            del files.setdefault(op.file, bytearray())[op.offset :]
        elif op.kind == "delete" and fate == "kept":
            files.pop(op.file, None)
    for name, content in files.items():
        (directory / Path(name).name).write_bytes(content)
