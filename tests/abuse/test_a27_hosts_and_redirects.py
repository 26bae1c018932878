"""A27: what a request says about hosts decides nothing, and nobody is led off this site."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from moked.accounts.rules import Role
from moked.municipalities.models import Host
from moked.municipalities.queries import public_url
from tests.abuse.world import World, address, browser, make_world, secret
from tests.factories import PASSWORD, make_case, make_service, make_staff, make_town

pytestmark = pytest.mark.abuse("A27")

ROOT = Path(__file__).resolve().parents[2]
EVIL = "evil.example"
ELSEWHERE = [
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}/",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/\\/{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/\r/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"/\u2028/{EVIL}",
    f"/\x00/{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https://{EVIL}",
    f"HTTPS://{EVIL}",
    f"http://testserver@{EVIL}/",
    f"http://testserver.{EVIL}/",
    f"https://{EVIL}\\@testserver/",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    f"//{EVIL}%2f%2e%2e",
    f"/%09/{EVIL}\n",
    f".{EVIL}",
    f"@{EVIL}",
    f"%2F%2F{EVIL}",
    f"/%2F{EVIL}",
    f"/%5C{EVIL}",
]


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.fixture
def world(db) -> World:
    return make_world()


def leads_elsewhere(where: str) -> bool:
    """Tell whether a browser at our address would leave it, reading the address as browsers do (WHATWG)."""
    read = re.sub(r"[\t\n\r]", "", where.strip("".join(map(chr, range(0x21))))).replace("\\", "/")
    return bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", read)) or read.startswith("//")


def test_the_judge_of_addresses_sees_through_each_of_them() -> None:
    missed = {one for one in ELSEWHERE if not leads_elsewhere(one)}
    harmless = {f"/\u2028/{EVIL}", f"/\x00/{EVIL}", f".{EVIL}", f"@{EVIL}", f"/%09/{EVIL}\n"}
    assert missed == harmless | {f"%2F%2F{EVIL}", f"/%2F{EVIL}", f"/%5C{EVIL}"}
    assert not leads_elsewhere("/t/town/desk/?view=mine")


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["next in the address", "next in the form"])
def test_signing_in_leads_nowhere_else(field: str) -> None:
    town = make_town()
    agent = make_staff(town, Role.AGENT)
    path = address(town, "account_login")
    for turn, said in enumerate(ELSEWHERE):
        form = {"login": agent.email, "password": PASSWORD}
        query = {"next": said}
        options = {"REMOTE_ADDR": f"192.0.2.{turn}"}
        if field == "next in the form":
            response = Client().post(path, form | query, **options)
        else:
            response = Client().post(path, form, query_params=query, **options)
        assert response.status_code == 302, repr(said)
        assert not leads_elsewhere(response.headers["Location"]), repr(said)
        page = Client().get(path, query).content.decode()
        led = re.findall(r'(?:href|action)="([^"]*)"', page)
        assert [one for one in led if leads_elsewhere(one) and one != "tel:106"] == [], repr(said)


@pytest.mark.django_db
def test_signing_in_leads_to_where_one_was_going() -> None:
    town = make_town()
    agent = make_staff(town, Role.AGENT)
    wanted = address(town, "desk:new")
    asked = Client().get(wanted)
    response = Client().post(
        asked.headers["Location"], {"login": agent.email, "password": PASSWORD, "next": wanted}
    )
    assert response.headers["Location"] == wanted


@pytest.mark.django_db
def test_somebody_signed_in_already_is_led_nowhere_else(world: World) -> None:
    for said in ELSEWHERE:
        response = browser(world, "agent").get(address(world.town, "account_login"), {"next": said})
        assert not leads_elsewhere(response.headers.get("Location", "/")), repr(said)


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["ui:language", "account_logout", "account_change_password"])
def test_other_forms_lead_nowhere_else(route: str, world: World) -> None:
    for said in ELSEWHERE:
        form = {"next": said, "language": "he", "redirect_to": said, "url": said}
        response = Client().post(address(world.town, route), form, query_params={"next": said})
        where = response.headers["Location"]
        assert not leads_elsewhere(where), repr(said)


@pytest.mark.django_db
def test_choosing_a_language_leads_back_to_where_one_was(world: World) -> None:
    path = address(world.town, "portal:report")
    response = Client().post(address(world.town, "ui:language"), {"next": path, "language": "he"})
    assert response.headers["Location"] == path


@pytest.mark.django_db
def test_paths_that_begin_with_two_slashes_are_not_redirected_to_a_host(world: World) -> None:
    for path in (f"//{EVIL}/", f"//{EVIL}/desk/", f"/t/{world.town.slug}//{EVIL}/desk/", f"/\\{EVIL}/desk"):
        response = Client().get(path)
        assert not leads_elsewhere(response.headers.get("Location", "/")), path


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host",
    [
        EVIL,
        f"testserver.{EVIL}",
        f"{EVIL}:80",
        "testserver@evil",
        "",
        "127.0.0.1",
        "[::1]",
        "a" * 300,
        "x y",
        "évil",
    ],
)
def test_an_unknown_host_gets_a_friendly_400(host: str) -> None:
    make_town()
    response = Client().get("/", headers={"host": host})
    assert response.status_code == 400
    page = response.content.decode()
    assert "<h1" in page
    assert EVIL not in page and "Traceback" not in page and "ALLOWED_HOSTS" not in page


@pytest.mark.django_db
def test_a_forwarded_host_is_not_believed(world: World) -> None:
    headers = {
        "X-Forwarded-Host": EVIL,
        "X-Host": EVIL,
        "X-Forwarded-Server": EVIL,
        "Forwarded": f"host={EVIL}",
        "X-Original-URL": "/desk/",
        "X-Rewrite-URL": "/desk/",
        "X-Forwarded-Prefix": f"//{EVIL}",
        "X-Script-Name": f"//{EVIL}",
        "X-Forwarded-Proto": "https",
    }
    for route, params in (
        ("portal:start", {}),
        ("portal:done", {"secret": secret(world.sides["own"].open)}),
        ("account_login", {}),
        ("desk:queue", {}),
    ):
        plain = Client().get(address(world.town, route, **params))
        forged = Client().get(address(world.town, route, **params), headers=headers)
        assert forged.status_code == plain.status_code
        assert forged.headers.get("Location") == plain.headers.get("Location")
        assert EVIL not in forged.content.decode()


@pytest.mark.django_db
def test_links_in_mail_come_from_the_base_address_whatever_host_was_asked(sink, work, settings) -> None:
    """A host that is allowed, but not the one people should be sent to."""
    settings.ALLOWED_HOSTS = ["*"]
    town = make_town()
    agent = make_staff(town, Role.AGENT)
    form = {"matter": "Hole", "service": make_service(town).slug, "email": "ann@example.org", "step": "send"}
    headers = {"host": EVIL, "X-Forwarded-Host": EVIL}
    response = Client().post(address(town, "portal:report"), form, headers=headers)
    done = Client().get(response.headers["Location"], headers=headers)
    Client().post(address(town, "account_reset_password"), {"email": agent.email}, headers=headers)
    work()
    assert len(sink.messages) == 2
    for mail in sink.messages:
        for kind in ("plain", "html"):
            said = mail.get_body((kind,)).get_content()
            links = re.findall(r"https?://[^\s\"<>]+", said)
            assert links
            assert [
                link for link in links if not link.startswith(f"{settings.BASE_URL}/t/{town.slug}/")
            ] == []
            assert EVIL not in said
    assert f"{settings.BASE_URL}/t/{town.slug}/track/" in done.content.decode()
    assert EVIL not in done.content.decode()


@pytest.mark.django_db
def test_a_towns_own_host_is_in_its_mail_under_the_base_addresss_scheme(sink, work, settings) -> None:
    settings.BASE_URL = "https://moked.example:8443"
    town = make_town()
    Host.objects.create(municipality=town, host="town.example", is_canonical=True)
    make_case(town, email="ann@example.org")
    work()
    links = re.findall(r"https?://[^\s\"<>]+", sink.messages[0].get_body(("plain",)).get_content())
    pages = ("https://town.example:8443/track/", "https://town.example:8443/notices/")
    assert links and all(link.startswith(pages) for link in links)


@contextmanager
def served(**environment: str) -> Iterator[int]:
    """Run the real web server on the database of this test; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    parts = connection.settings_dict
    url = (
        f"sqlite:///{parts['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgresql://{parts['USER']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"
    )
    granian = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--blocking-threads",
        "16",
    ]
    process = subprocess.Popen(
        [*granian, "--workers", "1", "--no-ws", "--log-level", "warning", "tests.abuse.served:application"],
        cwd=ROOT,
        env={
            **os.environ,
            "MOKED_DATABASE_URL": url,
            "MOKED_ALLOWED_HOSTS": "localhost",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            **environment,
        },
    )
    try:
        for _ in range(100):
            if process.poll() is None and say(port, "GET /health HTTP/1.1\r\nHost: localhost"):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def say(port: int, words: str, body: str = "") -> tuple[int, str]:
    """Send a request word for word; return status and all the rest, or nothing when nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(f"{words}\r\nConnection: close\r\n\r\n{body}".encode())
            heard = b""
            while part := line.recv(65536):
                heard += part
    except OSError:
        return ()  # type: ignore[return-value]
    first, _, rest = heard.decode().partition("\r\n")
    return int(first.split()[1]), rest


@pytest.mark.django_db(transaction=True)
def test_the_real_server_is_led_astray_by_no_request_line() -> None:
    town = make_town()
    path = f"/t/{town.slug}{reverse('desk:queue')}"
    with served() as server:
        plain = say(server, f"GET {path} HTTP/1.1\r\nHost: localhost")
        assert plain[0] == 302
        for words in (
            f"GET http://{EVIL}{path} HTTP/1.1\r\nHost: localhost",
            f"GET http://localhost{path} HTTP/1.1\r\nHost: {EVIL}",
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nHost: {EVIL}",
            f"GET {path} HTTP/1.1\r\nHost: {EVIL}\r\nHost: localhost",
            f"GET {path} HTTP/1.1\r\nHost: {EVIL}",
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: {EVIL}",
            f"GET //{EVIL}{path} HTTP/1.1\r\nHost: localhost",
            f"GET {path} HTTP/1.0",
        ):
            heard = say(server, words)
            assert heard == () or heard[0] in {302, 400, 404}, words
            assert EVIL not in "".join(map(str, heard)).replace(f"next=//{EVIL}", ""), words
            for where in re.findall(r"(?im)^location: (.*)\r$", "".join(map(str, heard))):
                assert not leads_elsewhere(where), words


@pytest.mark.django_db(transaction=True)
def test_behind_a_proxy_that_ends_tls_forms_are_taken() -> None:
    """The browser speaks https to the base address, the proxy http to us: its forms are no forgeries."""
    town = make_town()
    path = address(town, "account_login")
    with served(MOKED_BASE_URL="https://localhost") as server:
        _, page = say(server, f"GET {path} HTTP/1.1\r\nHost: localhost")
        [cookie] = set(re.findall(r"(?im)^set-cookie:\s*(csrftoken=\w+).*; secure", page))
        assert re.search(r"(?im)^strict-transport-security:", page)
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
        body = f"csrfmiddlewaretoken={token}&login=nobody@staff.example&password=x"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: {len(body)}"
        head += "\r\nContent-Type: application/x-www-form-urlencoded\r\nOrigin: "
        assert say(server, head + "https://localhost", body)[0] == 200
        assert say(server, head + "https://evil.example", body)[0] == 403


@pytest.mark.django_db
def test_a_public_address_is_made_of_settings_and_rows_alone(settings) -> None:
    town = make_town()
    settings.BASE_URL = "https://moked.example"
    assert public_url(town, "portal:start") == f"https://moked.example/t/{town.slug}/"
