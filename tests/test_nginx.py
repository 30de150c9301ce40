"""The site behind a real nginx, as docs/web.md sets it up: under a path and without, by port and by socket, over TLS."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import ssl
from contextlib import closing
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.responses import JSONResponse

from digest.web.guard import HEADERS, Guard
from digest.web.serving import Place, serving
from tests.asgi import site_of
from tests.certificates import certificate_for
from tests.fakes import Place as Folder
from tests.fakes import card, page
from tests.nginx import Nginx, nginx_here, snippet
from tests.postfix import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE = 30.0
ALONE, BELOW, FILES = "nginx, for a host of its own", "nginx, below a path", "nginx, without our server"
PORT, SOCKET, PUBLIC = "http://127.0.0.1:8080", "unix:/var/lib/paperround/web.sock", "/var/lib/paperround/public/"


@pytest.fixture(scope="module", autouse=True)
def needed() -> None:
    nginx_here()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("localhost", tmp_path_factory.mktemp("tls"))


class Came(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Front(NamedTuple):
    """A way to the site, as a reader has it: an nginx, the path below which the site stands, and whether by TLS."""

    nginx: Nginx
    prefix: str

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Came:
        """Below the prefix, from another address of this machine than the proxy has."""
        place = ("127.0.0.1", self.nginx.port)
        one: http.client.HTTPConnection
        if self.nginx.certificate:
            trust = ssl.create_default_context(cafile=str(self.nginx.certificate))
            one = http.client.HTTPSConnection("localhost", place[1], timeout=PATIENCE, context=trust)
        else:
            one = http.client.HTTPConnection(*place, timeout=PATIENCE, source_address=("127.0.0.2", 0))
        with closing(one):
            spelled = {name.replace("_", "-"): value for name, value in headers.items()}
            one.request(method, self.prefix + path, body, spelled)
            answer = one.getresponse()
            return Came(answer.status, answer.headers, answer.read())


WAYS = {
    "a host of its own": (ALONE, "", "port"),
    "a path that stays, by a socket": (BELOW, "/papers", "socket"),
    "a path that is taken off, by a port": (BELOW, "/papers", "stripped"),
    "a host of its own, by TLS": (ALONE, "", "tls"),
}


@pytest.fixture(scope="module", params=WAYS)
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificate: Path
) -> Iterator[Front]:
    """Our server with a site of two hundred papers, and nginx before it."""
    heading, prefix, way = WAYS[request.param]
    folder = tmp_path_factory.mktemp("site")
    place = Folder(folder, f'base_url = "https://example.org{prefix}"\n')
    place.day(page(*(card(f"Name {number}") for number in range(200))))
    here = Place(socket=folder / "web.sock") if way == "socket" else Place(port=free_port())
    changes = {
        "port": {PORT: f"http://127.0.0.1:{here.port}"},
        "tls": {PORT: f"http://127.0.0.1:{here.port}"},
        "socket": {SOCKET: f"unix:{here.socket}"},
        "stripped": {f"http://{SOCKET}": f"http://127.0.0.1:{here.port}/"},
    }[way]
    with (
        serving(site_of(place), here),
        Nginx(snippet(heading, changes), certificate if way == "tls" else None) as nginx,
    ):
        yield Front(nginx, prefix)


def test_every_link_of_the_site_leads_to_something(front: Front) -> None:
    seen, to_do = set[str](), ["/"]
    while to_do:
        path = to_do.pop()
        if path in seen or len(seen) > 60:
            continue
        seen.add(path)
        came = front.ask(path)
        assert came.status == 200, path
        if came.headers.get_content_type() == "text/html":
            found = (unescape(one) for one in re.findall(r'(?:href|src|action)="([^"#]*)', came.body.decode()))
            links = (urljoin(front.prefix + path, one) for one in found if not urlsplit(one).scheme)
            to_do += [link.removeprefix(front.prefix) for link in links if link.startswith(f"{front.prefix}/")]
    assert len(seen) > 20


def test_site_without_its_slash_leads_to_it_with_one(front: Front) -> None:
    if front.prefix:
        came = front.ask("")
        assert came.status in {301, 308}
        assert urlsplit(came.headers["location"]).path == f"{front.prefix}/"


def test_what_has_not_changed_is_not_sent_again(front: Front) -> None:
    for path, coding in (("/feeds/all.atom", "gzip"), ("/feeds/all.atom", "identity"), ("/", "gzip")):
        first = front.ask(path, accept_encoding=coding)
        again = front.ask(path, accept_encoding=coding, if_none_match=first.headers["etag"])
        assert (first.status, again.status, again.body) == (200, 304, b"")
        assert front.ask(path, if_modified_since=first.headers["last-modified"]).status == 304


def test_feed_comes_packed_as_it_lies_there(front: Front) -> None:
    plain, packed = front.ask("/feeds/all.atom"), front.ask("/feeds/all.atom", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 5
    assert packed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    some = front.ask("/feeds/all.atom", range="bytes=10-19")
    assert (some.status, some.body) == (206, plain.body[10:20])


@pytest.mark.parametrize("path", ["/nothing", "/feeds/all.atom.gz", "/a%2Fb", "/%ff"])
def test_what_is_not_there_is_said_by_us_and_with_the_headers(path: str, front: Front) -> None:
    came = front.ask(path)
    assert came.status == 404
    assert came.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_form_that_is_too_large_is_refused_by_us(front: Front) -> None:
    came = front.ask("/search", "POST", b"x" * 500_000)
    assert came.status == 413
    assert b"That is too much" in came.body
    assert front.ask("/search", "POST", b"q=x").status == 405


# --- who asks -------------------------------------------------------------------------------------------------------


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse([scope["client"][0], scope["scheme"], scope["path"]])(scope, receive, send)


@pytest.mark.parametrize("way", ["port", "socket"])
def test_reader_is_known_through_nginx_and_can_be_nobody_else(way: str, tmp_path: Path) -> None:
    app: ASGIApp = Guard(who, lambda: "/papers")
    here = Place(socket=tmp_path / "web.sock") if way == "socket" else Place(port=free_port())
    target = f"unix:{here.socket}" if here.socket else f"127.0.0.1:{here.port}"
    with serving(app, here), Nginx(snippet(BELOW, {SOCKET: target})) as nginx:
        came = Front(nginx, "/papers").ask("/a", x_forwarded_for="6.6.6.6", x_forwarded_proto="https")
        assert json.loads(came.body) == ["127.0.0.2", "http", "/a"]


def test_who_comes_directly_from_elsewhere_is_who_it_is() -> None:
    """From an address of this machine that is not loopback's, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))  # sends nothing: it only asks which address would be ours
        except OSError:
            pytest.skip("this machine has no address but loopback's")
        own = one.getsockname()[0]
    place = Place("0.0.0.0", free_port())  # noqa: S104 - for as long as this test asks
    with serving(Guard(who, lambda: ""), place), closing(http.client.HTTPConnection(own, place.port, timeout=9)) as one:
        one.request("GET", "/", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"})
        assert json.loads(one.getresponse().read()) == [own, "http", "/"]


# --- without our server ---------------------------------------------------------------------------------------------


def test_nginx_alone_serves_the_files_and_their_packed_ones(tmp_path: Path) -> None:
    place = Folder(tmp_path, 'base_url = "https://example.org/papers"\n')
    place.day(page(*(card(f"Name {number}") for number in range(210))))
    tmp_path.chmod(0o755)
    with Nginx(snippet(FILES, {PUBLIC: f"{tmp_path}/public/"})) as nginx:
        front = Front(nginx, "/papers")
        assert front.ask("/").headers["content-type"] == "text/html; charset=utf-8"
        packed = front.ask("/feeds/all.atom", accept_encoding="gzip")
        assert packed.body == (tmp_path / "public/feeds/all.atom.gz").read_bytes()
        assert packed.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert packed.headers["vary"] == "Accept-Encoding"
        (name,) = ("/feeds/" + path.name for path in (tmp_path / "public/feeds").glob("all-*.rss"))
        archive = front.ask(name, accept_encoding="gzip")
        assert archive.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert archive.headers["content-encoding"] == "gzip"
        assert "cache-control" not in packed.headers
        assert front.ask("/feeds/all.json").headers["content-type"] == "application/feed+json"
