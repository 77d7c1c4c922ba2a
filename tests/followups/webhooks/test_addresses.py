"""Where we post: only to what anybody on the internet could reach, looked at each time, at the moment of connecting."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings
from urllib3.connection import HTTPConnection

from followups.checks import webhooks_stay_outside
from followups.webhooks import addresses, posting
from followups.webhooks.addresses import is_public
from followups.webhooks.posting import NoAnswer, post
from tests.followups.webhooks.receiver import Receiver, Says, Silent


@pytest.mark.parametrize(
    "place",
    [
        *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"),
        *("0.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "198.18.0.1", "168.63.129.16"),
        *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1", "100::1", "4000::1"),
    ],
)
def test_places_that_are_not_open_to_all(place: str) -> None:
    assert not is_public(ip_address(place))


@pytest.mark.parametrize(
    "place", ["93.184.215.14", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_places_that_are(place: str) -> None:
    assert is_public(ip_address(place))


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody connects")

    monkeypatch.setattr(posting, "_line", refuse)


def says(monkeypatch: pytest.MonkeyPatch, *places: str) -> None:
    """What the name servers answer; numbers need none."""
    look_up = socket.getaddrinfo
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443)) for place in places]

    def answer(host: str, *rest: Any, **more: Any) -> list[Any]:
        return look_up(host, *rest, **more) if host.replace(".", "").isdecimal() else rows

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    "places", [["10.0.0.7"], ["93.184.215.14", "10.0.0.7"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"]]
)
def test_a_name_that_leads_into_a_network_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, no_connection: None, places: list[str]
) -> None:
    says(monkeypatch, *places)
    with pytest.raises(NoAnswer, match="not open to all") as refused:
        post("https://rebind.example/", b"{}", {})
    assert not refused.value.was_begun


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch, no_connection: None) -> None:
    says(monkeypatch)
    with pytest.raises(NoAnswer, match="No server is known"):
        post("https://nowhere.example/", b"{}", {})


def test_a_name_server_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, no_connection: None
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [] * answers.wait(10))
    monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 0.05)
    with pytest.raises(NoAnswer, match="No server is known"):
        post("https://slow.example/", b"{}", {})
    answers.set()


def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once; a second answer would have led elsewhere."""
    asked: list[str] = []

    def answer(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        place = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443))]

    lines: list[tuple[str, str]] = []

    def line(place: object, target: addresses.Target, **_: float) -> Any:
        lines.append((str(place), target.host))
        raise AssertionError("far enough")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(posting, "_line", line)
    with pytest.raises(AssertionError, match="far enough"):
        post("https://rebind.example/", b"{}", {})
    assert (asked, lines) == (["rebind.example"], [("93.184.215.14", "rebind.example")])


def test_plain_http_goes_to_this_machine_alone(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "93.184.215.14")
    with pytest.raises(NoAnswer, match="Only https"):
        post("http://example.com:8080/", b"{}", {})


def test_this_machine_is_closed_without_the_setting(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = False
    for address in (receiver.url, receiver.url.replace("http:", "https:")):
        with pytest.raises(NoAnswer):
            post(address, b"{}", {})
    assert receiver.got == []


@pytest.mark.parametrize(("production", "is_on", "found"), [(True, True, 1), (False, True, 0), (True, False, 0)])
def test_production_refuses_to_post_to_itself(production: bool, is_on: bool, found: int, settings: Settings) -> None:
    settings.PRODUCTION, settings.WEBHOOK_ALLOW_LOOPBACK = production, is_on
    assert [error.id for error in webhooks_stay_outside()] == ["followups.E005"] * found


# --- Encrypted


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hook.test, which is its own authority; with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hook.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hook.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


@pytest.fixture
def encrypted(authority: Path, loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    says(monkeypatch, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    names: list[str] = []
    context.sni_callback = lambda _socket, name, _context: names.append(str(name))
    receiver = Receiver(context)
    receiver.names = names  # type: ignore[attr-defined]
    yield receiver
    receiver.close()


def test_an_encrypted_post_names_whom_it_is_for(encrypted: Receiver, authority: Path, settings: Settings) -> None:
    settings.WEBHOOK_CA_FILE = str(authority)
    answer = post(encrypted.at("hook.test"), b"{}", {})
    assert (answer.status, answer.body) == (200, "ok")
    assert encrypted.names == ["hook.test"]  # type: ignore[attr-defined]
    assert encrypted.got[0].headers["Host"] == f"hook.test:{encrypted.port}"


def test_a_certificate_of_somebody_else(encrypted: Receiver, authority: Path, settings: Settings) -> None:
    settings.WEBHOOK_CA_FILE = str(authority)
    with pytest.raises(NoAnswer, match=r"certificate is not valid: .*other\.test"):
        post(encrypted.at("other.test"), b"{}", {})


def test_a_certificate_that_nobody_vouches_for(encrypted: Receiver) -> None:
    with pytest.raises(NoAnswer, match="certificate is not valid"):
        post(encrypted.at("hook.test"), b"{}", {})
    assert encrypted.got == []


def test_who_speaks_no_tls(receiver: Receiver) -> None:
    with pytest.raises(NoAnswer, match="No encrypted connection"):
        post(receiver.url.replace("http:", "https:"), b"{}", {})


# --- Slow, dead and lying


def test_what_it_says_is_read_to_a_limit_and_made_harmless(receiver: Receiver) -> None:
    receiver.says = [Says(body=b"\x1b[31m\x00" + b"x" * 100_000 + b"\xff")]
    answer = post(receiver.url, b"{}", {})
    assert answer.body == "[31m" + "x" * (posting.MOST_READ - 6)


def test_who_promises_more_than_comes_has_answered_all_the_same(receiver: Receiver) -> None:
    receiver.says = [Says(body=b"short", headers={"Content-Length": "9999", "Connection": "close"})]
    answer = post(receiver.url, b"{}", {})
    assert (answer.status, answer.body) == (200, "short")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.4)  # time to connect on a machine that is busy


@pytest.mark.parametrize("pieces", [[], [b"HTTP/1.1 100 Continue\r\n\r\n"], [b"HTTP/1.1 200 OK\r\nX: y"]])
def test_who_never_comes_to_an_end_is_cut_off(loopback: None, short: None, pieces: list[bytes]) -> None:
    silent = Silent(*pieces)
    with pytest.raises(NoAnswer, match="did not answer within 0 seconds") as cut:
        post(silent.url, b"{}", {})
    assert cut.value.was_begun
    silent.close()


def test_who_never_shakes_hands_is_cut_off(loopback: None, short: None) -> None:
    silent = Silent()
    with pytest.raises(NoAnswer, match="did not answer within"):
        post(silent.url.replace("http:", "https:"), b"{}", {})
    silent.close()


def test_a_line_that_comes_about_too_late_is_not_used(
    receiver: Receiver, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = HTTPConnection.connect

    def slowly(line: HTTPConnection) -> None:
        time.sleep(posting.TOTAL_SECONDS + 0.05)
        connect(line)

    monkeypatch.setattr(HTTPConnection, "connect", slowly)
    with pytest.raises(NoAnswer, match="did not answer within") as late:
        post(receiver.url, b"{}", {})
    assert not late.value.was_begun
    assert receiver.got == []


def test_no_place_is_tried_when_the_time_is_up(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0)
    with pytest.raises(NoAnswer, match="did not answer within"):
        post(receiver.url, b"{}", {})
    assert receiver.got == []


@pytest.mark.parametrize("said", [b"220 mail ready\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"\0\0\0\0\r\n\r\n"])
def test_what_is_no_web_server(loopback: None, said: bytes) -> None:
    silent = Silent(said)
    with pytest.raises(NoAnswer):
        post(silent.url, b"{}", {})
    silent.close()


def test_nobody_listens(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match="The connection broke: Connection refused") as refused:
        post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert not refused.value.was_begun


def test_no_proxy_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert post(receiver.url, b"{}", {}).status == 200
