"""The mail of an edition: pieces rendered once, when it is sealed, and joined into a body that is not too heavy.

    seal(edition, site, templates)               → fragments, stored with the edition
    compose(edition, fragments, site, templates) → MailBody, the same for all who get it
    message(body, delivery, site, sent_at)       → bytes for one of them
    notice(notice, delivery, site, sent_at)      → bytes of a mail to the owner
    answer(body, delivery, site, sent_at)        → bytes of a mail to a reader who asked on the web, with the body of `answer_body`

fragments  the pieces: a heading for each section, two forms of each paper
paper      what is said of one paper
body       the joined pieces, subject and preheader
head       what is said before and after the papers
weight     which form each paper takes, so that it stays light
columns    plain text set in columns
asked      what is said to a reader who asked on the web
mime       headers and bytes
"""

from __future__ import annotations

from digest.render.mail.asked import Asked, answer_body
from digest.render.mail.body import MailBody, compose
from digest.render.mail.fragments import seal
from digest.render.mail.mime import answer, message, notice

__all__ = ["Asked", "MailBody", "answer", "answer_body", "compose", "message", "notice", "seal"]
