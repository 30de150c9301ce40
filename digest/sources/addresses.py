"""Which network addresses are public. What the internet at large can't reach, a source may not make us reach.

The tables are those of the IANA special-purpose registries, written out, so that all versions of Python agree.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["is_public", "resolve"]

NOT_PUBLIC = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # behind a provider's NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and where clouds keep their secrets
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all others are loopback, local, multicast or reserved
NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "3fff::/20",  # documentation
        ),
    )
)
HOLDS_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))  # IPv4-mapped, NAT64


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address, as text, is one of the public internet. An IPv4 address within counts."""
    return _public(ip_address(address))


def _public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC)
    if any(address in network for network in HOLDS_IPV4):
        return _public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in GLOBAL_UNICAST and not any(address in network for network in NOT_PUBLIC_6)


def resolve(host: str) -> tuple[str, ...]:
    """All addresses of an ASCII host name, in the order of the system's preference; raises `OSError`.

    Numbers in every notation that the system knows (`2130706433`, `0x7f.1`) come out as the addresses that they are.
    """
    found = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))
