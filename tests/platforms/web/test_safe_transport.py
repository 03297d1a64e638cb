"""Nothing from outside can make us ask this machine, its network, or anything that is no web server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from bot.platforms.web.safe_transport import WRITTEN, NotPublic, SafeTransport, is_public
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of

DRIP = 0.02


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(answer("hello"), answer("hello again")) as server:
        yield server


def port_of(server: ScriptedServer) -> str:
    return server.url.rpartition(":")[2]


def asked(address: str, *written: str, follow: bool = False, longest: float = 5.0) -> httpx.Response:
    with httpx.Client(transport=SafeTransport(written, longest=longest), max_redirects=5) as client:
        return client.get(address, follow_redirects=follow)


@each_of(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3"),
        *("224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
        *("::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1", "fe80::1%eth0"),
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@each_of("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_an_address_that_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@each_of(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "localhost", "localhost."),
        *("0.0.0.0", "0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "a.localhost"),
    ],
)
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    with pytest.raises((NotPublic, httpx.ConnectError)):  # some systems know no such name
        asked(f"http://{host}/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_this_machine_is_only_asked_where_a_person_wrote_it_plainly(server: ScriptedServer, host: str) -> None:
    address = f"http://{host}:{port_of(server)}/"
    with pytest.raises(NotPublic, match="leads to a private address"):
        asked(address, address)
    assert server.connections == 0


def test_what_a_person_wrote_is_asked_with_its_port(server: ScriptedServer) -> None:
    assert asked(f"{server.url}/page", server.url).text == "hello"
    with httpx.Client(transport=SafeTransport()) as client:
        assert client.get(server.url, extensions={WRITTEN: server.url}).text == "hello again"


def test_another_port_that_nobody_wrote_is_not_asked(server: ScriptedServer) -> None:
    with pytest.raises(NotPublic, match="leads to port"):
        asked(server.url)
    assert server.connections == 0


@each_of("target", ["http://127.0.0.1/", "http://127.1/", "http://10.0.0.1/", "http://[::1]/latest"])
def test_a_redirect_to_a_private_address_is_not_followed(target: str) -> None:
    with ScriptedServer(answer("", "302 Found", Location=target)) as first, pytest.raises(NotPublic):
        asked(first.url, first.url, follow=True)


def test_a_redirect_to_another_port_of_this_machine_is_not_followed(server: ScriptedServer) -> None:
    with ScriptedServer(answer("", "302 Found", Location=server.url)) as first, pytest.raises(NotPublic):
        asked(first.url, first.url, follow=True)
    assert server.connections == 0


@each_of("target", ["ftp://union.example/", "file:///etc/passwd", "gopher://union.example:70/"])
def test_only_the_web_is_asked(target: str) -> None:
    script = answer("", "302 Found", Location=target)
    with (
        ScriptedServer(script) as first,
        pytest.raises((NotPublic, httpx.UnsupportedProtocol, httpx.LocalProtocolError)),
    ):
        asked(first.url, first.url, follow=True)


class Names:
    """Answers for names, one after the other, in the place of a name server; numbers are looked up as ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: list[list[str]]) -> None:
        self._answers = answers
        self._real = socket.getaddrinfo
        self.asked: list[str] = []
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        if host not in self._answers:
            return self._real(host, port, *rest, **more)
        self.asked.append(host)
        found = self._answers[host].pop(0)
        return [entry for address in found for entry in self._real(address, port, type=socket.SOCK_STREAM)]


@pytest.mark.parametrize("found", [["127.0.0.1"], ["10.0.0.1"], ["9.9.9.9", "192.168.0.1"], ["fe80::1"]])
def test_a_name_that_leads_to_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    Names(monkeypatch, inner=[found])
    with pytest.raises(NotPublic, match="inner leads to a private address"):
        asked("http://inner/", "http://inner/")


def test_a_name_is_looked_up_once_so_that_no_second_answer_counts(
    monkeypatch: pytest.MonkeyPatch, server: ScriptedServer
) -> None:
    names = Names(monkeypatch, localhost=[["127.0.0.1"], ["10.0.0.1"]])
    address = f"http://localhost:{port_of(server)}"
    assert asked(address, address).text == "hello"
    assert names.asked == ["localhost"]
    assert f"host: localhost:{port_of(server)}" in server.requests[0].lower()


def test_the_certificate_is_that_of_the_name(server: ScriptedServer) -> None:
    """The name goes out in the greeting of TLS, which the certificate must then answer."""
    address = f"https://localhost:{port_of(server)}"
    with pytest.raises(httpx.ConnectError):
        asked(address, address)
    assert "localhost" in server.requests[0]


def test_an_answer_that_drips_is_over_after_a_while() -> None:
    head = [b"HTTP/1.1 200 OK\r\n", *[b"x"] * 200]
    body = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 200]
    with ScriptedServer(head, body, pause=DRIP) as server:
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                asked(server.url, server.url, longest=0.2)


def test_a_name_that_no_name_can_be_is_an_error_like_any_other() -> None:
    with pytest.raises(httpx.ConnectError):
        asked(f"http://{'a' * 70}.example/")
