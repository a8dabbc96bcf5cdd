"""What a TCP port has beyond every port: a silent printer, one without paper and one without power are three things."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from drivers.ports.base import PortLost
from drivers.ports.tcp import TcpPort
from drivers.ports.tcp_state import TcpState, tcp_state
from tests.drivers.ports.benches import TcpBench
from tests.drivers.ports.conformance import SOON, SystemClock


@pytest.fixture
def bench() -> Iterator[TcpBench]:
    made = TcpBench()
    yield made
    made.port.close()
    made.close()


def fill(port: TcpPort) -> int:
    data = bytes(100_000)
    sent = 0
    while taken := port.write(data, 0.05):
        sent += taken
    return sent


def test_job_before_a_close_arrives_whole(bench: TcpBench) -> None:
    port = TcpPort("127.0.0.1", bench.number, SystemClock(), linger=SOON)
    bench.port = port
    port.open()
    bench.says(b"\x16" * 3000)
    job = bytes(range(256)) * 20
    sent = port.write(job, 1.0)
    got = bytearray()

    def printer() -> None:
        client = bench.client
        assert client is not None
        while data := client.recv(100):
            got.extend(data)
            client.send(b"\x14\x00\x00\x0f")
        client.close()

    thread = threading.Thread(target=printer)
    thread.start()
    port.close()
    thread.join(SOON)
    assert bytes(got) == job[:sent]


def read_to_the_end(printer: socket.socket) -> None:
    while printer.recv(100):
        pass


def test_close_on_unread_input_would_have_reset_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        printer, _ = listener.accept()
        printer.sendall(b"\x16")
        assert select.select([client], [], [], SOON)[0]
        client.sendall(b"tail")
        client.close()
        with printer, pytest.raises(ConnectionResetError):
            read_to_the_end(printer)


def test_printer_that_never_closes_does_not_hold_the_till_up(bench: TcpBench) -> None:
    bench.port.open()
    bench.says(b"")
    before = time.monotonic()
    bench.port.close()
    assert time.monotonic() - before < 0.5


def test_idle_connection_that_the_printer_closed_is_lost_before_a_byte_is_sent(bench: TcpBench) -> None:
    bench.port.open()
    bench.says(b"last words")
    assert bench.client is not None
    bench.client.close()
    bench.client = None
    with pytest.raises(PortLost, match="other end has closed"):
        bench.port.write(b"receipt", 1.0)
    bench.port.open()
    assert bench.port.write(b"receipt", 1.0) == 7
    assert bench.takes(7) == b"receipt"


def test_last_words_before_a_close_are_read(bench: TcpBench) -> None:
    bench.port.open()
    bench.says(b"\x37\x22ab12\x00")
    assert bench.client is not None
    bench.client.close()
    bench.client = None
    assert bench.port.read(1.0) == b"\x37\x22ab12\x00"
    with pytest.raises(PortLost, match="other end has closed"):
        bench.port.read(1.0)


def test_printer_that_takes_nothing_is_kept_however_long(bench: TcpBench) -> None:
    port = TcpPort("127.0.0.1", bench.number, SystemClock(), dead_after=0.4, linger=0.0)
    bench.port = port
    port.open()
    sent = fill(port)
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        assert port.read(0.25) == b""
    reader = threading.Thread(target=bench.takes, args=(sent,))
    reader.start()
    assert port.write(b"the rest", SOON) > 0
    reader.join(SOON)


def test_plain_user_timeout_would_have_ended_that_connection(bench: TcpBench) -> None:
    with socket.create_connection(("127.0.0.1", bench.number)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 400)
        client.settimeout(0.0)
        bench.says(b"")
        until = time.monotonic() + 4.0
        ended = 0
        while time.monotonic() < until and not ended:
            try:
                client.send(bytes(1000))
            except BlockingIOError:
                time.sleep(0.02)
            except OSError as error:
                ended = error.errno or 0
        assert ended == errno.ETIMEDOUT


def test_closed_window_is_seen_as_such(bench: TcpBench) -> None:
    with socket.create_connection(("127.0.0.1", bench.number)) as client:
        client.settimeout(0.0)
        bench.says(b"")
        assert not tcp_state(client).window_closed
        until = time.monotonic() + 1.0
        while time.monotonic() < until and not tcp_state(client).window_closed:
            with contextlib.suppress(BlockingIOError):
                client.send(bytes(10_000))
        assert tcp_state(client).window_closed
        assert not tcp_state(client).gone(0.0)


def silence(waiting: int, unacked: int, unanswered: int, quiet_s: float) -> TcpState:
    return TcpState(parted=False, waiting=waiting, unacked=unacked, unanswered=unanswered, quiet_s=quiet_s)


@pytest.mark.parametrize(
    ("state", "gone"),
    [
        (silence(4000, 0, 3, 20.0), True),
        (silence(4000, 0, 2, 20.0), False),  # a probe or two may be lost on the way
        (silence(4000, 0, 5, 3.0), False),  # it was heard of not long ago
        (silence(4000, 2, 5, 20.0), False),  # under way: the kernel's own limit counts
        (silence(0, 0, 0, 3600.0), False),  # nobody has anything to say
    ],
)
def test_end_that_closed_its_window_is_gone_when_it_stops_answering_for_it(state: TcpState, gone: bool) -> None:
    assert state.gone(15.0) is gone


def test_connection_is_probed_and_sends_small_pieces_at_once(bench: TcpBench, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []
    plain = socket.socket

    class Watched(plain):  # type: ignore[valid-type,misc]  # whatever socket.socket is
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(socket, "socket", Watched)
    bench.port.open()
    (connection,) = made
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    options = [
        socket.TCP_NODELAY,
        socket.TCP_KEEPIDLE,
        socket.TCP_KEEPINTVL,
        socket.TCP_KEEPCNT,
        socket.TCP_USER_TIMEOUT,
    ]
    assert [connection.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [1, 10, 3, 3, 15_000]


def test_nobody_there_is_told_with_what_to_check() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    port = TcpPort("127.0.0.1", number, SystemClock(), role="receipt printer")
    with pytest.raises(PortLost, match=r"refused\); nothing was sent; check that the printer is switched on") as lost:
        port.open()
    assert str(lost.value).startswith(f"receipt printer at tcp:127.0.0.1:{number}: ")


def test_printer_that_does_not_answer_costs_the_time_out_and_no_more() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0.0)
            each.connect_ex(listener.getsockname())
        port = TcpPort("127.0.0.1", listener.getsockname()[1], SystemClock(), connect_timeout=0.3)
        before = time.monotonic()
        with pytest.raises(PortLost, match="timed out"):
            port.open()
        assert 0.29 < time.monotonic() - before < SOON
        for each in waiting:
            each.close()


def test_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(PortLost, match=r"the name printer\.lan is not known.*or write the printer's address"):
        TcpPort("printer.lan", 9100, SystemClock()).open()


def test_second_address_of_a_name_is_tried(bench: TcpBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(*_: object, **__: object) -> list[tuple[object, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.2", 1)), (*kind, ("127.0.0.1", bench.number))]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    port = TcpPort("printer.lan", bench.number, SystemClock(), linger=0.0)
    port.open()
    assert port.write(b"x", 1.0) == 1
    port.close()


def test_ipv6_address_is_shown_in_brackets() -> None:
    assert TcpPort("fe80::1", 9100, SystemClock()).name == "tcp:[fe80::1]:9100"
