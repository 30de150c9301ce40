"""Sentences of a clean text, and what they are good for: those that claim something, those that only lead elsewhere.

Pure functions of strings, for English; in another language a sentence is a sentence, and none is more than that.
"""

from __future__ import annotations

import re
from itertools import pairwise

__all__ = ["begin", "claims", "telling"]

# In 65 % of abstracts the first 280 characters are background; the sentence that says what is new opens like these.
_CLAIM = re.compile(
    r"\b(?:we|this (?:paper|work|article|study|report|survey|thesis)|in this (?:paper|work|article|study)|here,? we)\b"
    r"[^.;]{0,60}?\b(?:propos\w+|introduc\w+|present\w*|show\w*|describ\w+|develop\w*|stud(?:y|ies)|investigat\w+|demonstrat\w+"
    r"|find|prove\w*|report\w*|address\w*|release\w*|provid\w+|explor\w+|analy[sz]\w+|survey\w*|argue\w*|establish\w*)\b"
    r"|\bthis (?:paper|work|article|study|report|survey|thesis)\b",
    re.IGNORECASE,
)
_STOP = re.compile(r"(?<![.!?])[.!?]++[\"')\]”’]*+(?=\s)|[。！？]++[」』”’)]*+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|v\.s|etc|Fig|Figs|Eq|Eqs|Sec|Ref|Refs|No|Dr|Prof|Mr|Mrs|St|approx|resp|w\.r\.t|a\.k\.a"
    r"|Tab|Thm|Def|Prop|Ch|Vol|pp|al)|\b[A-Za-z])\.$",
    re.IGNORECASE,
)

_ADDRESS = re.compile(
    r"\[[^\][]{0,80}\]\([^()\s]*\)|(?:https?://|www\.)[^\s<>\"”)\]]*"
    r"|(?<![^\s(\[:|])[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}\.(?:com|org|io|net|ai|cn|dev|co|edu|app|in)/[^\s<>\"”)\]]*"
)
_EMOJI = (
    "[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]*"
)
_NOUNS = (
    "arxiv arxivlens benchmark blog checkpoint code codebase data dataset demo github homepage huggingface "
    "implementation leaderboard link material model page paper pdf preprint project repo repository resource site "
    "supplement toolkit tutorial video webpage website weight"
)
# Posts part their links by lines, which are gone: a link ends one where a capital follows, and emoji begin an item.
_AFTER_ADDRESS = re.compile(rf"[)\].,;|]*+(?=\s+(?:{_EMOJI}|[\"“‘'(\[]*[A-Z]|https?://))")
_BEFORE_ITEM = re.compile(rf"\s(?={_EMOJI}\s*[A-Z\[])")
_BEFORE_LABEL = re.compile(
    r"(?<=[.!?])\s(?=(?:[a-z][\w ]{1,30}:\s*)?https?://)"
    rf"|\s(?=(?i:{'|'.join(_NOUNS.split())})s?(?: (?i:page|link|repo))?\s?:\s*https?://)"
)
_FURTHER = (
    "1 2 3 0 2.0 apache breakdown detailed executive explained explainer face full hf hugging license mit official our "
    "practical applications summary the thread this of for and"
)
_LABELS = frozenset(f"{_NOUNS} {_FURTHER} codes supplementary".split())
_WORD = re.compile(r"[^\W_][\w.'’-]*(?<=\w)")
_STOPS = tuple('.!?…。！？)"”’」』')
_HEADING_WORDS = 3
_LONGEST_LABELS = 120  # letters of labels without a link, as in "Project Page | Paper | Code"
_LABEL_WORDS = 7  # as in "Code for reconstruction and compression:"
_AVAILABLE = re.compile(
    rf"^\W*+(?:[\w'’&-]++[,/ ]+){{0,30}}?\(?(?:{'|'.join(_NOUNS.split())})s?\b[^.!?]*?\b(?:is|are|be|been|can)\s+"
    r"(?:(?:\w+ly|now|also|all|both|be|made|being|open)[ -])*"
    r"(?:available|released|open-?sourced|accessible|found|accessed|hosted|at|on)\b",
    re.IGNORECASE,
)
_PLACES = ("github", "hugging", "project page", "project webpage", "website", "publicly", "here.")
_INVITES = re.compile(r"^\W*(?:please\s+)?(?:visit|see|check|find|feel free|try|read)\b", re.IGNORECASE)

_BACK = r"(?:this|these|that|those|such(?: an?)?|the above|the(?=\s(?:issue|problem|challenge|gap|limitation)s?\b))"
_FEW = r"(?:\s+(?!of\b|in\b|for\b|by\b|and\b)[\w-]+){0,3}"
_LEAD = re.compile(
    rf"(?:(?:in|with) this (?:\w+ )?(?:paper|work|study|article|report|survey|letter|thesis)"
    rf"|to (?!be\b)[a-z]+ {_BACK}{_FEW}|to(?:wards?)? this end"
    rf"|(?:motivated|inspired|driven|guided) by {_BACK}{_FEW}|(?:building|based) (?:up)?on {_BACK}{_FEW}"
    r"|(?:there|where)fore|thus|hence|however|moreover|furthermore|consequently|accordingly|additionally|besides|instead"
    r"|(?:more )?specifically|concretely|nevertheless|nonetheless|meanwhile|notably|finally|here|in (?:particular|response"
    r"|addition|contrast)|as a result|for this (?:purpose|reason))"
    r"(?:,\s*|\s+)",
    re.IGNORECASE,
)
_SURE = re.compile(r"(?:we|I|our|the|an?|this (?:paper|work|study|article|report|survey|thesis))\s", re.IGNORECASE)


def telling(text: str) -> tuple[str, ...]:
    """Its sentences but for those that only say where something is, and the headings before those."""
    every = _sentences(text)
    return tuple(one for one in every if not _leads_elsewhere(one) and not (len(every) > 1 and _is_heading(one)))


def claims(sentence: str) -> bool:
    """Whether it says what its paper does."""
    return _CLAIM.search(sentence) is not None


def begin(sentence: str) -> str:
    """A sentence as it opens a text: without “Therefore,” and “To address this,”, which only point back.

    That is cut only before a word that is certainly no name, and then this gets the capital.
    """
    at = 0
    while lead := _LEAD.match(sentence, at):
        at = lead.end()
    sure = at and _SURE.match(sentence, at)
    return sentence[at].upper() + sentence[at + 1 :] if sure else sentence


def _sentences(text: str) -> tuple[str, ...]:
    """The text, cut after each sentence: together they are the text again. A link ends one, and a list's emoji begins one.

    After an abbreviation or an initial, or before a small letter, a stop ends none.
    """
    cuts = {0, len(text)}
    for stop in _STOP.finditer(text):
        end = stop.end()
        if not text[end : end + 2].lstrip()[:1].islower() and not _ABBREVIATION.search(text, max(0, end - 12), end):
            cuts.add(end)
    if addresses := _addresses(text):
        after = (_AFTER_ADDRESS.match(text, address.end()) for address in addresses)
        cuts.update(found.end() for found in after if found)
        cuts.update(found.start() for found in _BEFORE_LABEL.finditer(text))
    if not text.isascii():
        cuts.update(found.start() for found in _BEFORE_ITEM.finditer(text))
    places = sorted(cuts)
    return tuple(text[begin:end] for begin, end in pairwise(places))


def _leads_elsewhere(sentence: str) -> bool:
    """Labels and links, “Code is available at …”, “See our website …”."""
    addresses = _addresses(sentence)
    if addresses and _INVITES.match(sentence):
        return True
    if addresses or len(sentence) <= _LONGEST_LABELS:
        words = _WORD.findall(_ADDRESS.sub(" ", sentence) if addresses else sentence)
        if all(word in _LABELS or word.removesuffix("s") in _LABELS for word in map(str.lower, words)):
            return True
        if addresses and len(words) <= _LABEL_WORDS and not _WORD.search(sentence, addresses[-1].end()):
            return True
    lowered = sentence.lower()
    placed = addresses or any(place in lowered for place in _PLACES)
    return bool(placed and _AVAILABLE.match(sentence))


def _addresses(text: str) -> list[re.Match[str]]:
    return list(_ADDRESS.finditer(text)) if "/" in text or "www." in text else []


def _is_heading(sentence: str) -> bool:
    """“Experiment results”, “TL;DR”, “Why it matters:”: few words and no stop, before a link or the items of a list."""
    text = sentence.strip()
    return text[0].isalnum() and not text.endswith(_STOPS) and len(_WORD.findall(text)) <= _HEADING_WORDS
