"""Before a sale's way begins: the sockets on which the API listens, had or refused in one clear sentence."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from firmware_bridge.errors import UserError


def bind_tcp(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise UserError(
            f"api.listen: {host}:{port} cannot be had: {error.strerror or error}", "is another till running?"
        ) from error
    return sock


def bind_unix(path: Path) -> socket.socket:
    """Bind with mode 0660. A dead socket file is replaced, anything else at `path` is left alone."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        before = os.umask(0o117)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        sock.close()
        raise UserError(f"api.socket: {path} cannot be had: {error.strerror or error}") from error
    except UserError:
        sock.close()
        raise
    return sock


def _remove_stale(path: Path) -> None:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise UserError(f"api.socket: {path} is no socket and is left alone", "remove it or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise UserError(f"api.socket: somebody listens on {path} already", "is another till running?")
