"""The mail server that takes our mails, as it is configured."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal

from digest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Mechanism", "Relay", "Security"]

Security = Literal["tls", "starttls", "none"]
Mechanism = Literal["password", "xoauth2"]
HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")  # a name or an address; a name beyond ASCII as A-labels
NAME = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[A-Za-z0-9.:]+\]|")  # domain or address literal (RFC 5321 §4.1.2)
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails are handed over, and how. Raises `ConfigError` with every fault of it at once.

    security  "tls": TLS from the start, as on port 465; "starttls": required, as on 587 (RFC 8314 §3);
              "none": a server on this machine, and no login
    secret    asked at each login, for the password or, with "xoauth2", a fresh access token; never kept or shown
    timeout   seconds for connecting, for each answer, and for each piece of a message (RFC 5321 §4.5.3.2)
    timeout_after_dot  seconds for the last answer; a short one makes doubles (RFC 5321 §4.5.3.2.6)
    name      how we greet; empty: the address literal of our end of the connection (RFC 5321 §4.1.3)
    trust     makes the TLS context of each connection; it decides whom we trust
    """

    host: str
    port: int = 465
    security: Security = "tls"
    user: str = ""
    secret: Callable[[], str] | None = field(default=None, repr=False)
    mechanism: Mechanism = "password"
    timeout: float = 300.0
    timeout_after_dot: float = 600.0
    name: str = ""
    trust: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context, repr=False)

    def __post_init__(self) -> None:
        if faults := tuple(self._faults()):
            raise ConfigError(str(self), faults)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def _faults(self) -> Iterator[str]:
        if not HOST.fullmatch(self.host):
            yield "host must be a name such as smtp.example.org, or an address"
        if not 0 < self.port <= HIGHEST_PORT:
            yield f"port must be between 1 and {HIGHEST_PORT}"
        if self.security == "none" and not is_loopback(self.host):
            yield 'security "none" is for a server on this machine alone: take "tls" (465) or "starttls" (587)'
        if self.security == "none" and self.user:
            yield 'a login is never sent without TLS: take "tls" or "starttls", or leave user out'
        if bool(self.user) != (self.secret is not None):
            yield "user and secret come together or not at all"
        if self.mechanism == "xoauth2" and not self.user:
            yield 'mechanism "xoauth2" needs a user'
        if not self.user.isprintable():
            yield "user holds what can't be in a name"
        if not (self.timeout > 0 and self.timeout_after_dot > 0):
            yield "timeouts must be more than 0 seconds"
        if not NAME.fullmatch(self.name):
            yield "name must be a host's name such as papers.example.org, or left out"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name (RFC 6761 §6.3) or address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
