"""Who asks, for real: a proxy on this machine says for whom it asks, and nobody else is believed."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

__all__ = ["known"]

HERE = "127.0.0.1"  # who speaks through a socket of this machine
SCHEMES = ("http", "https")
PORT = re.compile(r":\d+$")


def known(scope: Scope) -> Scope:
    """The request with `client` and `scheme` as they are at the other end of a proxy on this machine.

    A proxy appends the address that it sees to `X-Forwarded-For`, so that of several the last one counts: what stands
    before it may have been sent by anybody. Where that is an address of this machine too, another proxy stood behind it.
    """
    peer = scope.get("client")
    host = address(peer[0]) if peer else ip_address(HERE)
    if host is None:
        return scope
    scheme = scope.get("scheme", "http")
    if host.is_loopback:
        host = origin(host, reversed(listed(scope, b"x-forwarded-for")))
        scheme = next((one for one in reversed(listed(scope, b"x-forwarded-proto")) if one in SCHEMES), scheme)
    return {**scope, "client": (str(host), peer[1] if peer else 0), "scheme": scheme}


def origin(host: IPv4Address | IPv6Address, hops: Iterable[str]) -> IPv4Address | IPv6Address:
    """The first address, from here on, that is not of this machine; what is no address ends the way."""
    for hop in hops:
        found = address(hop)
        if found is None:
            break
        host = found
        if not host.is_loopback:
            break
    return host


def listed(scope: Scope, header: bytes) -> list[str]:
    """What a header lists, each time that it stands there."""
    texts = (value.decode("latin-1") for name, value in scope["headers"] if name == header)
    return [one.strip() for text in texts for one in text.split(",")]


def address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without brackets and port; IPv4 is IPv4 also where a socket for both calls it IPv6."""
    host = PORT.sub("", text) if text.startswith("[") or text.count(":") == 1 else text
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
