"""The values that pass between the stages, in the order in which a paper meets them.

    Fetched → Dump → Listing (ListedPaper, Reject) → Paper → Edition (Section, Item) → Document
                                                               └→ Delivery → Receipt

All are frozen and hold tuples, so that no stage can change what another one sees. Times are aware datetimes
in UTC; a `date` is a calendar day as it was printed. What a source did not print is None, never 0 or "".
"""

from __future__ import annotations

from digest.models.alerts import Alarm, Alert, Notice, Space
from digest.models.delivery import Audience, Delivery, Halt, Message, OutboxCounts, Receipt, Scope, State
from digest.models.dumps import (
    DateFrom,
    Dump,
    DumpReport,
    DumpVerdict,
    Fetched,
    Identifier,
    LineCounts,
    ListedPaper,
    Listing,
    Reject,
    Unchanged,
)
from digest.models.editions import DigestRules, Edition, Fragment, Item, Others, Section, Sequel, SequelKind, Tally
from digest.models.papers import Match, Paper, Resemblance, Sighting, Topic
from digest.models.publication import (
    Announced,
    Document,
    Headline,
    ListedDay,
    PaperRecord,
    Publication,
    Shelf,
    Site,
    TermCount,
    Volume,
)
from digest.models.runs import Heartbeat, LoggedRun, Look, RunReport, RunVerdict, SourceRecord
from digest.models.sources import NAMED_FILES, First, SourceHistory
from digest.models.subscriptions import VALID, Errand, Joining, Origin, Request, Standing, Subscription, Withdrawn

__all__ = [
    "NAMED_FILES",
    "VALID",
    "Alarm",
    "Alert",
    "Announced",
    "Audience",
    "DateFrom",
    "Delivery",
    "DigestRules",
    "Document",
    "Dump",
    "DumpReport",
    "DumpVerdict",
    "Edition",
    "Errand",
    "Fetched",
    "First",
    "Fragment",
    "Halt",
    "Headline",
    "Heartbeat",
    "Identifier",
    "Item",
    "Joining",
    "LineCounts",
    "ListedDay",
    "ListedPaper",
    "Listing",
    "LoggedRun",
    "Look",
    "Match",
    "Message",
    "Notice",
    "Origin",
    "Others",
    "OutboxCounts",
    "Paper",
    "PaperRecord",
    "Publication",
    "Receipt",
    "Reject",
    "Request",
    "Resemblance",
    "RunReport",
    "RunVerdict",
    "Scope",
    "Section",
    "Sequel",
    "SequelKind",
    "Shelf",
    "Sighting",
    "Site",
    "SourceHistory",
    "SourceRecord",
    "Space",
    "Standing",
    "State",
    "Subscription",
    "Tally",
    "TermCount",
    "Topic",
    "Unchanged",
    "Volume",
    "Withdrawn",
]
