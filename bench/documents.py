"""Documents: HTML and feeds against f-strings, feeds against feedgen, a message against `EmailMessage`."""

from __future__ import annotations

import importlib
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from bench import by_hand
from bench.editions import CREATED, SITE, edition, publication
from bench.figures import Figure, at_least, at_most, time_text
from bench.measure import Job, Prepare, compare, prepared
from digest.models import Delivery
from digest.render import mail
from digest.render.feeds import feeds
from digest.render.feeds.entries import entries, terms_of
from digest.render.mail.head import TOKEN_PLACE
from digest.render.pages import standalone
from digest.render.templates import SEPARATOR, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.sizes import Sizes
    from digest.models import Edition
    from digest.render.feeds.entries import Entry
    from digest.render.mail import MailBody

__all__ = ["composing", "rendering", "syndicating"]

RECIPIENTS = 20
SENDER = replace(SITE, owner="owner@example.org", sender="digest@example.org")


def rendering(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    """One edition: its mail with both parts, sealed and composed, and its page; each against f-strings of the same."""
    one, templates = edition(sizes.mail), Templates()
    jobs = {
        "mail, HTML and text": (
            _mailing(one, templates),
            lambda: (by_hand.edition_html(one), by_hand.edition_text(one)),
        ),
        "page, abstracts and all,": (lambda: standalone(one, SITE, templates), lambda: by_hand.edition_page(one)),
    }
    for kind, (ours, theirs) in jobs.items():
        pair = compare(prepared(ours), prepared(theirs), sizes.rounds)
        detail = f"{time_text(pair.ours)}; f-strings {time_text(pair.theirs)}"
        yield Figure("HTML", f"{kind} of {sizes.mail:,} papers", pair.ratio, at_most(3), detail=detail)


def _mailing(one: Edition, templates: Templates) -> Job:
    return lambda: mail.compose(one, mail.seal(one, SITE, templates), SITE, templates=templates)


def syndicating(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    """The items of a feed, written from entries whose words are ready, since feedgen prepares none; then all of it."""
    some, templates = publication(sizes.feed), Templates()
    terms = terms_of(shelf.topic for shelf in some.shelves)
    found = entries(some.recent, SITE, terms=terms, templates=templates)
    ours = prepared(lambda: templates.render("feeds/rss-items.xml.j2", entries=found, separator=SEPARATOR))
    pair = compare(ours, prepared(lambda: by_hand.rss(SITE.title, found)), sizes.rounds)
    detail = f"{time_text(pair.ours)}; f-strings {time_text(pair.theirs)}"
    yield Figure("feeds", f"RSS of {sizes.feed:,} ready entries, against f-strings", pair.ratio, detail=detail)
    yield _against_feedgen(ours, found, sizes)
    whole = compare(prepared(lambda: list(feeds(some, templates))), ours, sizes.rounds).ours
    yield Figure("feeds", f"all feeds of {sizes.feed:,} papers, words and all", whole * 1000, unit="ms")


def _against_feedgen(ours: Prepare, found: Sequence[Entry], sizes: Sizes) -> Figure:
    what, goal = f"RSS of {sizes.feed:,} ready entries, against feedgen", at_least(5)
    try:
        generator = importlib.import_module("feedgen.feed").FeedGenerator
    except ImportError:
        return Figure("feeds", what, None, goal, detail="feedgen is not installed")
    pair = compare(ours, prepared(lambda: _feedgen(generator, found)), sizes.rounds)
    return Figure(
        "feeds", what, 1 / pair.ratio, goal, detail=f"{time_text(pair.ours)}; feedgen {time_text(pair.theirs)}"
    )


def _feedgen(generator: Any, found: Sequence[Entry]) -> bytes:  # noqa: ANN401 - a package without types
    made = generator()
    made.load_extension("dc")
    made.title(SITE.title)
    made.link(href="https://papers.example.org/")
    made.description(SITE.title)
    for entry in found:
        _feedgen_entry(made.add_entry(order="append"), entry)
    text: bytes = made.rss_str()
    return text


def _feedgen_entry(made: Any, entry: Entry) -> None:  # noqa: ANN401 - as above
    made.guid(entry.uid)
    made.title(entry.title)
    made.link(href=entry.link)
    made.published(entry.published)
    made.dc.dc_creator(list(entry.authors))
    made.category([{"term": term.name} for term in entry.topics])
    made.description(entry.summary)
    made.content(entry.content, type="CDATA")


def composing(sizes: Sizes, _folder: Path) -> Iterator[Figure]:
    """The bytes of one mail for each of many recipients, from a body that is composed once."""
    one, templates = edition(sizes.mail), Templates()
    site = replace(SENDER, web=True, joins=True)  # with a page of each reader's own: as many links as a mail may have
    body = mail.compose(one, mail.seal(one, site, templates), site, templates=templates)
    to = [_delivery(number) for number in range(RECIPIENTS)]
    pair = compare(
        prepared(lambda: [mail.message(body, delivery, site, CREATED) for delivery in to]),
        prepared(lambda: [_email_message(body, delivery) for delivery in to]),
        sizes.rounds,
    )
    detail = f"{time_text(pair.ours / RECIPIENTS)} a recipient; EmailMessage {time_text(pair.theirs / RECIPIENTS)}"
    what = f"message of {sizes.mail:,} papers for a recipient, against EmailMessage"
    yield Figure("mail", what, 1 / pair.ratio, at_least(20), detail=detail)


def _delivery(number: int) -> Delivery:
    name = f"{number:020}"
    return Delivery(
        number, "daily", 1, f"reader{number}@example.org", "queued", message_id=f"<{name}@example.org>", token=name
    )


def _email_message(body: MailBody, delivery: Delivery) -> bytes:
    """The same headers, and the same parts with the same link of one's own."""
    leave = f"{SENDER.base_url}/s/{delivery.token}/unsubscribe"
    by_mail = f"mailto:{SENDER.owner}?subject=unsubscribe%20daily%20{delivery.token}"
    message = EmailMessage(SMTP)
    message["From"], message["To"] = f"{SENDER.title} <{SENDER.sender}>", delivery.to
    message["Subject"], message["Date"] = body.subject, CREATED
    message["Message-ID"], message["List-Id"] = delivery.message_id, f"{SENDER.title} <daily.example.org>"
    message["List-Unsubscribe"], message["List-Owner"] = f"<{leave}>, <{by_mail}>", f"<mailto:{SENDER.owner}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["List-Post"], message["List-Archive"] = "NO", f"<{SENDER.base_url}/archive.html>"
    message["Auto-Submitted"], message["Precedence"] = "auto-generated", "list"
    message["Feedback-ID"] = "1:daily:digest:paperround"
    message.set_content(body.text.replace(TOKEN_PLACE, delivery.token), cte="quoted-printable")
    message.add_alternative(body.html.replace(TOKEN_PLACE, delivery.token), subtype="html", cte="quoted-printable")
    return message.as_bytes()
