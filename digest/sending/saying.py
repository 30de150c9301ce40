"""What records say of mails: each at debug, since there may be a hundred thousand; what is lost or doubtful, and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.logs import DEBUG, INFO, hears, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.deliver.outcome import Outcome

__all__ = ["say_outcome", "say_sums", "word_for"]

WORDS = {"sent": "sent", "dead": "dead", "refused": "dead", "later": "postponed", "unknown": "doubtful"}
SUMS = ("sent", "dead", "postponed", "doubtful", "held")
LOUD = {"dead", "doubtful", "held"}


def word_for(one: Outcome, *, hold: bool) -> str | None:
    """What becomes of the delivery, as `store.outbox` settles it; None: it was not tried, and the halt of all is told.

    A postponed one that has waited too long is dead: that is for the outbox to say.
    """
    return "held" if one.kind == "unknown" and (hold or one.delivery.doubts) else WORDS.get(one.kind)


def say_outcome(one: Outcome, word: str) -> None:
    """What came of one attempt, by the delivery's number."""
    level = INFO if word in LOUD else DEBUG
    if not hears(level):
        return
    delivery = one.delivery
    about = f"{delivery.digest}/{delivery.edition}"
    told = f"delivery {delivery.id} of {about}: {word}: {one.reply}"
    say(f"delivery.{word}", told, level=level, edition=about, delivery=delivery.id)


def say_sums(words: Mapping[str, int], due: int) -> None:
    """What came of all that was due."""
    sums = {word: words.get(word, 0) for word in SUMS}
    told = ", ".join(f"{n:,} {word}" for word, n in sums.items() if n) or "none was tried"
    say("mail.sums", f"mail: {due:,} due: {told}", due=due, **sums)
