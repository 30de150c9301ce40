"""What comes back to a newsletter, read: bytes of a mail in, one value out.

mime      the parts of a mail, within bounds
mbox      the single mails of a file
report    reports by machines for machines: on delivery, on complaints
prose     failures told in words, where the shape leaves no doubt
status    hard or soft: the table and its sources
tokens    which of our mails it was
wishes    people who want to leave, and answers of those who are away

Nothing here decides anything. A mail can be forged or misread, and a reader must not lose a digest for it: whoever acts
on what is read verifies its token first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.bounces.mbox import mails_in
from digest.bounces.mime import read
from digest.bounces.prose import from_machine, told_in
from digest.bounces.report import complaint_in, delivery_in
from digest.bounces.wishes import answered_by_machine, wish_in
from digest.models.returns import Unknown

if TYPE_CHECKING:
    from digest.bounces.mime import Part
    from digest.models.returns import Returned

__all__ = ["mails_in", "read_return"]


def read_return(mail: bytes) -> Returned:
    """What one mail says, whatever its bytes: it never raises, and takes time and memory in proportion to its size.

    A `Bounce`, `Unsubscribe` or `Complaint` without a verified token must not change anything, and what has one changes
    the subscription of that token alone, whoever else the mail names. Of a mail beyond 1 MiB the first 256 KiB are
    read. Reports and answers that somebody forwards are that somebody's mail, not the machine's.
    """
    read_mail = read(mail)
    machine = from_machine(read_mail)
    if machine or read_mail.kind == "multipart/report":
        found = delivery_in(read_mail) or complaint_in(read_mail)
        if found:
            return found
    return _from_system(read_mail) if machine else _from_somebody(read_mail)


def _from_system(mail: Part) -> Returned:
    """A mail system never wants to leave: an `unsubscribe` in its subject is that of a mail that came back."""
    return told_in(mail) or answered_by_machine(mail) or Unknown("a mail system's mail of no known shape")


def _from_somebody(mail: Part) -> Returned:
    return answered_by_machine(mail) or wish_in(mail) or Unknown("neither a report nor the wish to unsubscribe")
