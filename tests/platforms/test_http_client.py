"""Proxies and certificates are the environment's affair; passwords in ~/.netrc are none of ours."""

from __future__ import annotations

import shutil
import socket
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from bot.platforms.http_client import Adapter, configure_session
from bot.platforms.web.certificates import shared_ssl_context
from tests.harness.one_certificate import one_certificate
from tests.harness.relay import CERTIFICATE, Impostor

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def settled(url: str) -> requests.Session:
    session = requests.Session()
    configure_session(session, url)
    return session


def test_a_proxy_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert settled("https://mastodon.example").proxies["https"] == PROXY


def test_a_host_that_is_exempt_from_it_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "mastodon.example")
    assert settled("https://mastodon.example").proxies == {}


def test_certificates_of_ones_own_are_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ours.pem"))
    assert settled("https://mastodon.example").verify == str(tmp_path / "ours.pem")


class Trusted(Impostor):
    """Speaks TLS, and answers one request of each connection."""

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as safe:
            safe.recv(65536)
            safe.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def test_certificates_are_read_once_for_all_connections(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def answered(url: str) -> int:
        session = settled(url)
        session.mount("https://", Adapter())
        return session.get(url).status_code

    ours = tmp_path / "ours.pem"
    shutil.copy(CERTIFICATE, ours)
    monkeypatch.setenv("SSL_CERT_FILE", str(ours))
    shared_ssl_context.cache_clear()
    try:
        with Trusted() as server:
            assert answered(server.url) == 204
            ours.unlink()
            assert answered(server.url) == 204
            shared_ssl_context.cache_clear()
            monkeypatch.setenv("SSL_CERT_FILE", one_certificate())
            with pytest.raises(requests.exceptions.SSLError):
                answered(server.url)
    finally:
        shared_ssl_context.cache_clear()


def test_a_password_in_netrc_does_not_take_the_place_of_our_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine mastodon.example login us password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    request = requests.Request("GET", "https://mastodon.example/", headers={"Authorization": "Bearer token"})
    assert settled("https://mastodon.example").prepare_request(request).headers["Authorization"] == "Bearer token"
