"""A reader's own page, by the token of its link: looked at by GET, which changes nothing, and changed by the buttons on it.

Each button is a POST to a path below the page's own, and is answered with the page as it stands then: no redirect, no cookie.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse

from digest.render import paths
from digest.render.links import Link
from digest.store.readers import GETS
from digest.web.offers import choices, name_of, rhythm_of, wanted
from digest.web.pages import UNLISTED, Leaf, Words, below, page, question
from digest.web.standing import Offer, standing
from digest.web.stored import stored

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from digest.models import DigestRules, Standing, Subscription
    from digest.web.forms import Form
    from digest.web.reception import Reception

__all__ = [
    "again",
    "delete",
    "delete_page",
    "leave",
    "leave_page",
    "manage_page",
    "pause",
    "resume",
    "stored_json",
    "stored_page",
    "take",
    "topics",
]

LONGEST_PAUSE = timedelta(days=366)
LEAVES: frozenset[Standing] = GETS | frozenset(("pending", "bounced", "removed"))


# --- looking ------------------------------------------------------------------------------------------------------


def manage_page(request: Request, here: Reception) -> Response:
    """How the subscription stands, and all that may be done about it."""
    own = here.stores().readers.find(request.path_params["token"])
    return shown(request, here, own) if own else no_such_link(request, here)


def leave_page(request: Request, here: Reception) -> Response:
    """A page with a button: what opens links, be it a program, unsubscribes nobody by it."""
    own = here.stores().readers.find(request.path_params["token"])
    if own is None:
        return no_such_link(request, here)
    if own.state == "unsubscribed":
        return left(request, here, own)
    action = paths.leave_page(own.token)
    says = (f"{title_of(here, own)} is not sent to {own.address} any more when you press this button.",)
    links = (Link("Rather pause it, or choose fewer topics", paths.manage_page(own.token)),)
    words = Words(says, action=action, button="Unsubscribe", links=links)
    return question(here, Leaf("", below(request), "Unsubscribe?"), words)


def delete_page(request: Request, here: Reception) -> Response:
    """Asks once more: this is for ever."""
    store = here.stores()
    own = store.readers.find(request.path_params["token"])
    if own is None:
        return no_such_link(request, here)
    names = ", ".join(sorted({title_of(here, one) for one in store.readers.all(own.token)}))
    says = (
        f"With this button {own.address} is deleted, and all that is stored about it ({names}). It is never written to again.",
        STAYS,
    )
    action, back = f"{paths.manage_page(own.token)}/delete", Link("Back to your page", paths.manage_page(own.token))
    leaf = Leaf("", below(request), "Delete your address?")
    return question(here, leaf, Words(says, action=action, button="Delete it for ever", links=(back,)))


STAYS = (
    "What stays is a keyed hash, from which nobody can read the address: it keeps the address away whoever enters it here, "
    "you too. This can't be undone. If you only want no more mails, unsubscribe: that can be."
)


def stored_page(request: Request, here: Reception) -> Response:
    """All that is stored about the address."""
    store = here.stores()
    own = store.readers.find(request.path_params["token"])
    if own is None:
        return no_such_link(request, here)
    values = {
        "own": own,
        "found": stored(store, own),
        "digests": {one.name: name_of(here, one) for one in here.digests},
    }
    return page(here, Leaf("stored.html.j2", below(request), "What is stored about you", values))


def stored_json(request: Request, here: Reception) -> Response:
    """The same for programs."""
    store = here.stores()
    own = store.readers.find(request.path_params["token"])
    return JSONResponse(stored(store, own), headers=UNLISTED) if own else no_such_link(request, here)


# --- changing -----------------------------------------------------------------------------------------------------


def topics(request: Request, here: Reception, form: Form) -> Response:
    """Another choice of topics."""
    own = here.stores().readers.find(request.path_params["token"])
    rules = here.rules(own.digest) if own else None
    if own is None or rules is None:
        return shown(request, here, own) if own else no_such_link(request, here)
    chosen = wanted(here, rules, form.all("topic"))
    if chosen is None:
        return shown(request, here, own, wrong=f"{rules.title} has none of these topics.")
    return told(
        request,
        here,
        here.stores().readers.choose(own.token, chosen),
        "Your topics are changed, from the next edition on.",
    )


def pause(request: Request, here: Reception, form: Form) -> Response:
    """Nothing until a day; and then, if it is wished, one mail about what was missed."""
    store, token = here.stores(), request.path_params["token"]
    own = store.readers.find(token)
    if own is None:
        return no_such_link(request, here)
    until = day_to_come(form.one("until"), today(here))
    if until is None:
        return shown(request, here, own, wrong="Please give a day to come, within a year, such as 2026-12-24.")
    catch_up = bool(form.one("catch_up"))
    now = store.readers.move(token, "paused", GETS, here.clock(), until=until.isoformat(), catch_up=catch_up)
    return told(request, here, now, "It is paused." if now and now.state == "paused" else "")


def resume(request: Request, here: Reception, form: Form) -> Response:
    """The end of a pause before its day."""
    del form
    now = here.stores().readers.move(request.path_params["token"], "active", {"paused"}, here.clock())
    return told(request, here, now, "It goes on." if now and now.state == "active" else "")


def again(request: Request, here: Reception, form: Form) -> Response:
    """Get again what was left, or what could not be delivered: the way back after unsubscribing."""
    del form
    store, token, now = here.stores(), request.path_params["token"], here.clock()
    own = store.readers.find(token)
    if own and here.rules(own.digest):
        own = store.readers.take(token, own.digest, now, f"own page, {now:%Y-%m-%d %H:%M} UTC")
    return told(request, here, own, "You get it again." if own and own.state in GETS else "")


def take(request: Request, here: Reception, form: Form) -> Response:
    """Another digest, for the same address."""
    store, token, now = here.stores(), request.path_params["token"], here.clock()
    rules, own = here.rules(form.one("digest")), store.readers.find(token)
    if own is None or rules is None:
        return (
            shown(request, here, own, wrong="That digest does not appear here.") if own else no_such_link(request, here)
        )
    store.readers.take(token, rules.name, now, f"own page, {now:%Y-%m-%d %H:%M} UTC")
    return told(request, here, store.readers.find(token), f"You get {name_of(here, rules)} too.")


def leave(request: Request, here: Reception, form: Form) -> Response:
    """Unsubscribe at once: what a mail program's own button asks for, and the one on our page (RFC 8058 §3.1, §3.2).

    Such a program sends no cookie and follows no redirect; what else it sends with its POST does not matter.
    """
    del form
    token = request.path_params["token"]
    own = here.stores().readers.move(token, "unsubscribed", LEAVES, here.clock(), reason="by the link of a mail")
    return left(request, here, own) if own else no_such_link(request, here)


def delete(request: Request, here: Reception, form: Form) -> Response:
    """Forget the address for ever."""
    del form
    own = here.stores().readers.delete(request.path_params["token"], here.clock())
    if own is None:
        return no_such_link(request, here)
    says = (
        "Your address is deleted, and never written to again. A mail that is under way at this moment may still come."
    )
    return question(here, Leaf("", below(request), "It is deleted"), Words((says,)))


# --- answers ------------------------------------------------------------------------------------------------------


def told(request: Request, here: Reception, own: Subscription | None, said: str) -> Response:
    """The page as it stands now, with what was done."""
    return shown(request, here, own, said=said) if own else no_such_link(request, here)


def shown(request: Request, here: Reception, own: Subscription, *, said: str = "", wrong: str = "") -> Response:
    """The reader's page, as an answer to whatever was asked: it may stand one step below its own address."""
    rules, now = here.rules(own.digest), today(here)
    values = {
        "own": own,
        "digest": title_of(here, own),
        "rhythm": rhythm_of(here, rules) if rules else "",
        "standing": standing(own, rules, ZoneInfo(here.site.time_zone)),
        "topics": choices(here, rules, own.topics) if rules else (),
        "offers": offers(here, own),
        "first": now + timedelta(days=1),
        "last": now + LONGEST_PAUSE,
        "said": said,
        "wrong": wrong,
    }
    return page(here, Leaf("manage.html.j2", below(request), "Your subscription", values, 400 if wrong else 200))


def offers(here: Reception, own: Subscription) -> tuple[Offer, ...]:
    """The other digests: those that the same address gets, with the link to their page, and those that it may get."""
    links = {one.digest: one for one in here.stores().readers.all(own.token)}
    return tuple(
        Offer(one.name, name_of(here, one), rhythm_of(here, one), page_of(links.get(one.name)))
        for one in here.digests
        if one.name != own.digest
    )


def page_of(other: Subscription | None) -> str:
    """Where another subscription of the same address is changed; "" where there is none that gets something."""
    return paths.manage_page(other.token) if other and other.state in GETS else ""


def left(request: Request, here: Reception, own: Subscription) -> Response:
    says = (f"{title_of(here, own)} is not sent to {own.address} any more.",)
    action = f"{paths.manage_page(own.token)}/again" if here.rules(own.digest) else ""
    links = (Link("See what is stored about you, or delete it", f"{paths.manage_page(own.token)}/stored"),)
    leaf = Leaf("", below(request), "You are unsubscribed")
    return question(here, leaf, Words(says, action=action, button="Undo" if action else "", links=links))


def no_such_link(request: Request, here: Reception) -> Response:
    says = (
        "This link leads to nobody: it was cut off, perhaps by a mail program, or the address was deleted.",
        "Nothing was changed. Please open the link of one of your mails once more.",
    )
    return question(here, Leaf("", below(request), "No such link", status=404), Words(says))


def title_of(here: Reception, own: Subscription) -> str:
    rules: DigestRules | None = here.rules(own.digest)
    return name_of(here, rules) if rules else own.digest


def today(here: Reception) -> date:
    """Which day it is for the site."""
    return here.clock().astimezone(ZoneInfo(here.site.time_zone)).date()


def day_to_come(word: str, today: date) -> date | None:
    """A day after today, at most a year from it; None: it is none."""
    try:
        found = date.fromisoformat(word)
    except ValueError:
        return None
    return found if today < found <= today + LONGEST_PAUSE else None
