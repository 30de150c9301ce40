"""What people send, and the machines that answer for them: the wish to leave, and replies of those who are away."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from digest.bounces.mime import text_of, walk, words_of
from digest.bounces.tokens import TOKEN, address_in
from digest.models.returns import AutoReply, Unsubscribe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.bounces.mime import Part

__all__ = ["answered_by_machine", "wish_in"]

LINES, LINE, SUBJECT = 12, 300, 1000
DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})

_PREFIX = re.compile(
    r"\A(?:\s{0,9}(?:re|aw|antw|sv|vs|odp|fwd?|wg|tr|rv|enc|i|r)\s{0,3}(?:\[\d{1,3}\])?:)+\s*", re.IGNORECASE
)
_LEAVE = re.compile(r"(?<![^\W_])unsubscribe(?![^\W_])", re.IGNORECASE)
_TOKEN = re.compile(rf"{TOKEN}(?<!\.)")
# A token is random: it has a digit, a dot within, or capitals among small letters; a word of a sentence has none.
_RANDOM = re.compile(r"\d|\w\.\w|[a-z][A-Z]|[A-Z]{2}[a-z]")
_QUOTED_SUBJECT = re.compile(
    r"[>|*_\s]{0,20}(?:subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|aihe|тема|件名|主题)"
    r"[*_]{0,2}\s{0,3}[:：][*_]{0,2}(.*)",
    re.IGNORECASE,
)
_ONLY_THAT = re.compile(r"(?:please[, ]{1,3})?unsubscribe(?: me)?(?: \S{1,80}){0,2}[.!]{0,3}", re.IGNORECASE)
# How programs begin the subject of an answer for somebody who is away.
_AWAY = re.compile(
    r"(?:out of (?:the )?office|automatic reply|auto(?:matic)?[ -]?(?:reply|response|responder)|auto:|autoreply|vacation"
    r"|away from|i am away|on leave|abwesen|automatische antwort|nicht im (?:büro|haus)|ich bin im urlaub"
    r"|r[ée]ponse automatique|absen(?:ce|t)|message d['’]absence|fuera de (?:la )?oficina|respuesta autom|ausen(?:te|cia)"
    r"|resposta autom|fora do escrit|risposta automatica|fuori (?:sede|ufficio)|assenza|afwezig|automatisch antwoord"
    r"|autosvar|automatiskt? svar|frånvaro|fravær|automaattinen vastaus|poissa|odpowied[zź] automatyczna"
    r"|automatyczna odpowied[zź]|nieobecno|automatick[áa] odpov|mimo kancel|otomatik yan[ıi]t|автоответ"
    r"|автоматический ответ|автоматична відповідь|отпуск|自動応答|自動返信|不在|自动回复|自動回覆|자동 회신|부재중)",
    re.IGNORECASE,
)
_BULK = frozenset({"bulk", "junk", "list"})


def answered_by_machine(mail: Part) -> AutoReply | None:
    """An answer that nobody wrote (RFC 3834), or word that a mail was read (RFC 8098); else None.

    `auto-generated` alone is none: a mail program that unsubscribes somebody may say it of its mail.
    """
    reply = AutoReply(address_in(mail.first("from")))
    return reply if _says_so(mail) or any(part.kind in DISPOSITION for part in walk(mail)) else None


def _says_so(mail: Part) -> bool:
    subject = _subject(mail)
    automatic = mail.first("auto-submitted").partition(";")[0].strip().lower()
    precedence = {mail.first(name).lower() for name in ("precedence", "x-precedence", "preference")}
    if automatic.startswith(("auto-replied", "auto-notified")) or "auto_reply" in precedence:
        return True
    if any(mail.first(name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from")):
        return True
    if automatic == "auto-generated":
        return not _LEAVE.match(subject)
    return bool(_AWAY.match(_PREFIX.sub("", subject)) or (precedence & _BULK and _AWAY.search(subject)))


def wish_in(mail: Part) -> Unsubscribe | None:
    """Somebody's wish to leave: in the subject, in a subject quoted in the first lines, or as the whole first line.

    The quoted mail below an answer holds our own link to unsubscribe, and is no wish.
    """
    said = next((words for words in (_subject(mail), *_first_lines(mail)) if _LEAVE.search(words)), None)
    return None if said is None else Unsubscribe(_token(said), address_in(words_of(mail.first("from"))))


def _subject(mail: Part) -> str:
    return words_of(mail.first("subject")[:SUBJECT]).strip()


def _first_lines(mail: Part) -> Iterator[str]:
    text = next((text_of(part) for part in walk(mail) if part.kind == "text/plain"), "")
    lines = [line[:LINE].strip() for line in text.split("\n", LINES * 4)[:-1] or [text] if line.strip()]
    if lines and _ONLY_THAT.fullmatch(lines[0]):
        yield lines[0]
    yield from (found[1] for found in map(_QUOTED_SUBJECT.fullmatch, islice(lines, LINES)) if found)


def _token(said: str) -> str | None:
    """The first word that looks like a token behind the word and the digest's name."""
    found = _LEAVE.search(said)
    words = said[found.end() :].split()[1:] if found else []
    tokens = (at[0] for at in map(_TOKEN.fullmatch, (word.strip("\"'<>()[],;:!?.") for word in words)) if at)
    return next((token for token in tokens if _RANDOM.search(token)), None)
