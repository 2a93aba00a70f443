"""HTTPS with certificates of its own making."""

from __future__ import annotations

import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from simulator.graph_api import AccountConfig, EmulatorConfig, EmulatorError, run_in_thread
from simulator.graph_api.tls import certificates

SMALL = (AccountConfig("small", 1),)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("certificates")
    with run_in_thread(EmulatorConfig(SMALL, tls=True, certificates=folder)) as running:
        yield running


def test_the_sdk_calls_over_https_when_it_trusts_the_authority(secure) -> None:
    facts = secure.facts
    session = FacebookSession(facts["app_id"], facts["app_secret"], facts["access_token"], timeout=20)
    session.GRAPH, session.requests.trust_env, session.requests.verify = facts["url"], False, facts["ca_file"]

    assert facts["url"].startswith("https://127.0.0.1:")
    assert [row["id"] for row in User("me", api=FacebookAdsApi(session)).get_ad_accounts()] == facts["ad_account_ids"]


def test_a_client_that_does_not_trust_it_is_not_served(secure) -> None:
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{secure.url}/v26.0/me", timeout=20)


@pytest.mark.parametrize("name", ["graph.facebook.com", "graph-video.facebook.com", "localhost", "127.0.0.1", "::1"])
def test_it_is_who_a_client_thinks_it_is(secure, name: str) -> None:
    trusted = ssl.create_default_context(cafile=secure.facts["ca_file"])
    trusted.verify_flags |= ssl.VERIFY_X509_STRICT
    address = ("127.0.0.1", int(secure.url.rpartition(":")[2]))
    with socket.create_connection(address, 20) as plain, trusted.wrap_socket(plain, server_hostname=name) as connection:
        connection.sendall(b"GET /v26.0/me HTTP/1.1\r\nHost: graph.facebook.com\r\nConnection: close\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_the_authority_may_not_vouch_for_others(secure) -> None:
    trusted = ssl.create_default_context(cafile=secure.facts["ca_file"])
    address = ("127.0.0.1", int(secure.url.rpartition(":")[2]))
    with socket.create_connection(address, 20) as plain, pytest.raises(ssl.SSLCertVerificationError):
        trusted.wrap_socket(plain, server_hostname="example.org")


def test_a_folder_keeps_its_authority_and_keys_are_private(tmp_path: Path) -> None:
    first = certificates(tmp_path / "made", NOW)
    before = first.authority.read_bytes(), first.leaf.read_bytes()
    again = certificates(tmp_path / "made", NOW + timedelta(days=300))

    assert again.authority.read_bytes() == before[0]
    assert again.leaf.read_bytes() != before[1]
    for name in ("server-key.pem", "ca-key.pem"):
        assert stat.S_IMODE((tmp_path / "made" / name).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    certificates(tmp_path, NOW)
    with pytest.raises(EmulatorError, match="about to expire; remove that folder"):
        certificates(tmp_path, NOW + timedelta(days=3640))
    (tmp_path / "ca-key.pem").write_text("nonsense")
    with pytest.raises(EmulatorError, match=f"certificates in {tmp_path} cannot be used"):
        certificates(tmp_path, NOW)
    with pytest.raises(EmulatorError, match="cannot be used"):
        run_in_thread(EmulatorConfig(SMALL, tls=True, certificates=tmp_path / "ca.pem"))


def test_certificates_of_a_process_go_with_it() -> None:
    with run_in_thread(EmulatorConfig(SMALL, tls=True)) as running:
        made = Path(running.facts["ca_file"])
        assert made.exists()
    assert not made.parent.exists()
