"""Whether a failure is the address's own and for good (hard), or may pass, or is ours (soft).

Hard suspends a reader at once, so that a code is hard only where its definition says that the address is the reason.
Definitions: RFC 3463 §3, and IANA's registry of enhanced status codes (RFC 5248) for what came later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

__all__ = ["Verdict", "judged"]

# Subject and detail of a code of class 5: hard, soft, or None where words must say it. "X.*" is the rest of a subject.
HARD: dict[str, bool | None] = {
    "1.1": True,  # no such mailbox; "only useful for permanent failures" (RFC 3463 §3.2)
    "1.2": True,  # no such domain, or one that can't take mail (§3.2)
    "1.3": True,  # the address is no address (§3.2)
    "1.4": True,  # the address fits several mailboxes (§3.2): it will tomorrow
    "1.6": True,  # the mailbox has moved, and nobody says where to (§3.2)
    "1.10": True,  # the domain takes no mail: null MX (RFC 7505); Exchange's "recipient not found"
    "1.0": None,  # something about an address, maybe the sender's (§3.2)
    "1.5": False,  # "valid": a success (§3.2)
    "1.7": False,  # our own address is no address (§3.2)
    "1.8": False,  # our own domain (§3.2)
    "1.9": False,  # the next server lacks what the mail asks for (RFC 3886)
    "1.*": None,  # not in the registry; Exchange has numbers of its own
    "2.1": True,  # the mailbox takes no mail; class 5 says that it never will again (§3.3)
    "2.0": None,  # something about a mailbox (§3.3)
    "2.*": False,  # 2.2 full, 2.3 the mail is too long, 2.4 a list's members (§3.3)
    "0.0": None,  # only the class is known (§3.1)
    "5.0": None,  # something about the protocol (§3.6); old Exchange says it of unknown mailboxes
    "3.*": False,  # the receiving system: full, down, mail too big, set up wrongly (§3.4)
    "4.*": False,  # network and routing: no answer, DNS, loops, expired (§3.5)
    "5.*": False,  # the protocol between two servers (§3.6)
    "6.*": False,  # content and its conversion (§3.7)
    "7.*": False,  # policy, spam, authentication, our reputation (§3.8; RFC 7372 and others in the registry)
}

_CODE = re.compile(r"(?<![\w.-])([245])\.(\d{1,3})\.(\d{1,3})(?![\w.]*\d)")
_REPLY = re.compile(r"(?<![\w.-])([45])\d\d(?![\w.])")
_ADDRESS = re.compile(r"(?<![^\s<>])[^\s<>@]{0,300}@[^\s<>]{1,300}")
_LONGEST = 1000
# Words that make any code soft: it was not about the mailbox, whatever its number says.
_OURS = re.compile(
    r"spam|sender|mail from|after end of data|\bfrom:|access denied|\bat a rate\b|\bblock(?:ed|list|ing)?\b|black ?list|\b(?:dns|r|s)bls?\b|spamhaus|reputation|\bpolicy\b|polic(?:y|ies)\b"
    r"|\b(?:dmarc|dkim|spf)\b|unauthenticated|rate.?limit|too many|try (?:again|later)|temporar|grey ?list|deferred"
    r"|quota|(?:mail ?box|inbox|storage) (?:is |was )?(?:full|exceeded)|too (?:large|big|long)|exceed|content|virus",
    re.IGNORECASE,
)
# Words that say of an undefined code that there is no such mailbox.
_NO_MAILBOX = re.compile(
    r"(?:unknown|invalid|bad|no such|non-?existent|unrouteable|undeliverable|inactive|disabled)"
    r" (?:local )?(?:user|mail ?box|recipient|address|account|domain)"
    r"|(?:user|mail ?box|recipient|address|account|domain)(?: name)? (?:is |was |has been )?"
    r"(?:unknown|invalid|disabled|inactive|deactivated|not found|not known|closed|terminated)"
    r"|(?:does not|doesn['’]t|did not) exist|no (?:such )?(?:mail ?box|user|recipient|account)\b|nullmx",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report says of one recipient's failure."""

    hard: bool
    status: str | None


def judged(status: str, diagnostic: str) -> Verdict:
    """From a report's `Status` and the words of the server, either of them "" where there is none.

    A code in the words counts where the status is undefined or absent (Exim reports 5.0.0 for all, and the server's
    5.1.1 in its words); where several are defined, all must be hard. Words about spam, policy, size or space make any
    code soft, and an undefined one is hard only where words say that there is no such mailbox.
    """
    words = _ADDRESS.sub(" ", diagnostic[:_LONGEST])
    codes = [*islice(_CODE.finditer(status[:_LONGEST]), 1), *_CODE.finditer(words)]
    opinions = [_hard(code) for code in codes] or [None if _for_good(words) else False]
    hard = False not in opinions and (True in opinions or bool(_NO_MAILBOX.search(words)))
    best = next((code for code, opinion in zip(codes, opinions, strict=False) if opinion is not None), None)
    printed = best or next(iter(codes), None)
    return Verdict(hard and not _OURS.search(words), printed[0] if printed else None)


def _hard(code: re.Match[str]) -> bool | None:
    """None where the code leaves open why; a code of class 4 or 2 is never hard."""
    if code[1] != "5":
        return False
    subject, detail = int(code[2]), int(code[3])
    return HARD.get(f"{subject}.{detail}", HARD.get(f"{subject}.*", False))


def _for_good(words: str) -> bool:
    """Whether the first reply code is of class 5, or there is none."""
    reply = _REPLY.search(words)
    return reply is None or reply[1] == "5"
