"""Subscribing: a form, a mail with a link, a page with a button. Who asks learns nothing about the address.

The answer is the same whether it is known or not, deleted, or asked about too often; a mail says the rest to whoever reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from digest.config.rules import address as bare_address
from digest.models import Joining
from digest.render import paths
from digest.render.links import Link
from digest.render.words import in_full
from digest.web.limits import network_of
from digest.web.offers import choices, name_of, rhythm_of, wanted
from digest.web.pages import Leaf, Words, below, page, question

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request as Asked
    from starlette.responses import Response

    from digest.models import DigestRules, Request
    from digest.web.forms import Form
    from digest.web.reception import Reception

__all__ = ["confirm", "confirm_page", "subscribe", "subscribe_page"]

TO_ONE, FROM_ONE, FROM_NOBODY = (
    3,
    30,
    300,
)  # requests in an hour: about one address, from one network, and from an unknown one
LONGEST = 254  # RFC 5321 §4.5.3.1.3


def subscribe_page(request: Asked, here: Reception) -> Response:
    """The form. `digest` in the address chooses one of several."""
    return form_page(here, asked_digest(here, request.query_params.get("digest", "")))


def subscribe(request: Asked, here: Reception, form: Form) -> Response:
    """Owe a mail to whom the form names, and say that one may be on its way; or what is wrong with the form itself."""
    rules = asked_digest(here, form.one("digest"))
    email, ticked = form.one("email"), form.all("topic")
    topics = wanted(here, rules, ticked)
    if wrong := wrong_with(email) or ("" if topics is not None else f"{rules.title} has none of these topics."):
        return form_page(here, rules, email[:LONGEST], ticked, wrong=wrong)
    if not form.one("website") and allowed(request, here, email):  # programs that fill in each field fill in that one
        here.stores().requests.ask(Joining(rules.name, email, topics=topics or ()), here.clock())
        here.owed()
    return on_its_way(here, rules, email)


def asked_digest(here: Reception, name: str) -> DigestRules:
    """The digest of that name, the first one where none is named; nobody subscribes where that is not offered."""
    if not here.site.joins:
        raise HTTPException(404)
    rules = here.rules(name) if name else here.digests[0]
    if rules is None:
        raise HTTPException(404)
    return rules


def allowed(request: Asked, here: Reception, email: str) -> bool:
    """Whether one more mail may be asked for."""
    network = network_of(request)
    often = here.limits.allows(network or "nobody", FROM_ONE if network else FROM_NOBODY)
    return often and here.limits.allows(email.lower(), TO_ONE)


def wrong_with(email: str) -> str:
    """What keeps this from being an address that mail reaches; "" if nothing does."""
    try:
        local = bare_address(email).endswith("@localhost")
    except ValueError as fault:
        return f"The address {fault}." if email else "Please say to which address."
    return "The address is of this machine alone." if local else ""


def form_page(
    here: Reception, rules: DigestRules, email: str = "", ticked: Collection[str] = (), *, wrong: str = ""
) -> Response:
    others = [(name_of(here, one), one.name, one is rules) for one in here.digests]
    values = {
        "name": rules.name,
        "digest": name_of(here, rules),
        "rhythm": rhythm_of(here, rules),
        "digests": others if len(others) > 1 else [],
        "email": email,
        "topics": choices(here, rules, ticked),
        "open": bool(ticked),
        "wrong": wrong,
    }
    return page(
        here, Leaf("subscribe.html.j2", paths.SUBSCRIBE, "Subscribe", values, 400 if wrong else 200, known=not wrong)
    )


ASIDE = (
    "This page says the same about every address, so that nobody learns who reads. No mail? Look among your junk mail, and "
    "whether the address is right. Who asks several times gets no further mail for a while, and an address that was deleted "
    "at its reader's wish gets none ever again."
)
GOOD = "The link is good for three days. Until you press that button you get nothing else."


def on_its_way(here: Reception, rules: DigestRules, email: str) -> Response:
    there = f"Open the link in it and press the button there: then you get {name_of(here, rules)}."
    says = (f"If mail may be sent to {email}, one is on its way. {there}", GOOD)
    leaf = Leaf("", paths.SUBSCRIBE, "Look into your mailbox")
    return question(here, leaf, Words(says, aside=ASIDE))


# --- the link in the mail -----------------------------------------------------------------------------------------


def confirm_page(request: Asked, here: Reception) -> Response:
    """What was asked for, and a button: programs that look into mails open links, and subscribe nobody by it."""
    token = request.path_params["token"]
    found = here.stores().requests.find(token)
    if found is None:
        return no_such_link(request, here)
    if not found.address or found.until <= here.clock():
        return too_late(request, here)
    rules = here.rules(found.digest)
    if rules is None:
        return gone(request, here)
    if found.used:
        return confirmed(request, here, found, before=True)
    names = [topic.name for topic in here.shown(rules) if topic.id in found.topics]
    topics = f"Of its topics you chose {in_full(names)}." if names else "With all its topics."
    says = (
        f"You get {name_of(here, rules)} at {found.address} when you press this button.",
        f"{rhythm_of(here, rules)} {topics}",
    )
    leaf = Leaf("", below(request), "Confirm your subscription")
    aside = (
        "Was it not you who asked? Then close this page: you get no mail, and your address is forgotten in three days."
    )
    return question(here, leaf, Words(says, action=paths.confirm_page(token), button="Yes, send it to me", aside=aside))


def confirm(request: Asked, here: Reception, form: Form) -> Response:
    """Subscribe whoever asked for it. A second press changes nothing."""
    del form
    token, now, store = request.path_params["token"], here.clock(), here.stores()
    found = store.requests.find(token)
    if found and (rules := here.rules(found.digest)) is None and found.address:
        return gone(request, here)
    done = store.requests.confirm(token, now, f"web form, {now:%Y-%m-%d %H:%M} UTC")
    if done.how == "unknown" or found is None:
        return no_such_link(request, here)
    if done.how == "too late" or rules is None:
        return too_late(request, here)
    return confirmed(request, here, found, before=done.how == "before")


def confirmed(request: Asked, here: Reception, found: Request, *, before: bool) -> Response:
    """That it is done, now or by a press before; and the page where it can be changed."""
    own = next(iter(here.stores().subscriptions.find(found.address, found.digest)), None)
    rules, title = here.rules(found.digest), "That was confirmed before" if before else "You are subscribed"
    if own is None or rules is None:
        return no_such_link(request, here)
    nothing = "Nothing was changed now. On your own page you see how it stands."
    says = (
        nothing
        if before
        else f"{name_of(here, rules)} comes to {own.address}. {rhythm_of(here, rules)} Its next edition is your first."
    )
    link = Link("Your own page: topics, pause, unsubscribe", paths.manage_page(own.token))
    aside = "Each mail has a link to that page. Whoever has the link can change what you get: keep it to yourself."
    return question(here, Leaf("", below(request), title), Words((says,), links=(link,), aside=aside))


def no_such_link(request: Asked, here: Reception) -> Response:
    says = "This link was cut off, perhaps by a mail program, or it is very old. Please open the one in the mail once more."
    return question(here, Leaf("", below(request), "No such link", status=404), Words((says,), links=anew(here)))


def too_late(request: Asked, here: Reception) -> Response:
    says = "A link to confirm is good for three days, and these are over. Nothing was changed. You may ask once more."
    return question(
        here, Leaf("", below(request), "This link is too old", status=410), Words((says,), links=anew(here))
    )


def gone(request: Asked, here: Reception) -> Response:
    says = "What you asked for does not appear any more. Nothing was changed."
    return question(
        here, Leaf("", below(request), "That does not appear any more", status=410), Words((says,), links=anew(here))
    )


def anew(here: Reception) -> tuple[Link, ...]:
    return (Link("Subscribe", paths.SUBSCRIBE),) if here.site.joins else ()
