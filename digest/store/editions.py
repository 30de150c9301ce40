"""Editions: what a digest has considered, and the sealed numbers that came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from digest.models import Edition, Fragment, Item, Section, Tally
from digest.models.delivery import APPROVAL
from digest.store.database import instant, stamp
from digest.store.owing import owe
from digest.store.papers import TEXT, paper_of
from digest.store.sequels import ADD_SEQUEL, followed, sealed_sequels, sequel_rows
from digest.store.slots import NOTE_SLOT, slot_row
from digest.store.tallies import LISTS, NEWS, SUMS, tally_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from digest.schedule import Slot
    from digest.sequels import Followed
    from digest.store.database import Database

__all__ = ["Editions", "Since"]


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since a digest's last edition: the number of the next one, the counts, and the quiet days."""

    number: int
    tally: Tally
    quiet: tuple[date, ...]


class Editions:
    """Sealed editions; nothing here is ever changed after its transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, digest: str, *, backfill: bool = False) -> None:
        """Set a digest's start mark, once: what stands before it is not news for this digest.

        0 in an empty database, else where the digest stands that is farthest, so that what none of them has considered
        yet is news for this one too: it may be a renamed one. `backfill` asks for everything that was ever announced.
        Called before any ingest of the run in which the digest first appears.
        """
        if not self._database.value("SELECT 1 FROM digest WHERE name = :digest", {"digest": digest}):
            with self._database.transaction():
                self._database.write(REGISTER, {"digest": digest, "backfill": int(backfill)})

    def last(self) -> int:
        """The number of the latest edition of all digests, in the order of sealing; 0: there is none."""
        return int(self._database.value("SELECT coalesce(max(id), 0) FROM edition"))

    def next_number(self, digest: str) -> int:
        """What this digest's next edition will be called."""
        return int(self._database.value(NEXT_NUMBER, {"digest": digest}))

    def waits(self, digest: str) -> bool:
        """Whether something new is known that no edition of it has considered."""
        return bool(self._database.value(WAITS, {"digest": digest}))

    def since(self, digest: str) -> Since:
        """The number of this digest's next edition, and what happened since the one before."""
        number = self.next_number(digest)
        row = self._database.row(TALLY, {"digest": digest})
        quiet = self._database.rows(QUIET_DAYS, {"digest": digest})
        tally = tally_of(row) if row else Tally()
        return Since(number, tally, tuple(date.fromisoformat(day["listed_on"]) for day in quiet))

    def followed(self, digest: str) -> tuple[Followed, ...]:
        """The papers that this digest showed, and that were listed again since its last edition."""
        return followed(self._database, digest)

    def seal(
        self, edition: Edition, fragments: Sequence[Fragment], *, approve: bool = False, slot: Slot | None = None
    ) -> bool:
        """Store an edition with all that it owes; with `approve` its mails wait for the owner's word.

        False where its slot has an edition already: then nothing is stored.

        Holds together: the edition, its items and sequels with their pinned revisions, how far it considered and at which
        `slot`, its fragments, and one delivery with its Message-ID per active subscription that chose a topic of it, or none.
        """
        with self._database.transaction():
            added = self._database.write(ADD_EDITION, edition_row(edition))
            if not added:
                return False
            key = {"digest": edition.digest, "number": edition.number}
            edition_id = int(self._database.value(EDITION_ID, key))
            self._database.write_many(ADD_SECTION, section_rows(edition, edition_id))
            self._database.write_many(ADD_ITEM, item_rows(edition, edition_id))
            self._database.write_many(ADD_SEQUEL, sequel_rows(edition.sequels, edition_id))
            self._database.write_many(ADD_FRAGMENT, fragment_rows(fragments, edition_id))
            self._database.write(CONSIDER, {"digest": edition.digest, "considered": edition.considered})
            self._database.write(TOLD, {"digest": edition.digest})
            if slot:
                self._database.write(NOTE_SLOT, slot_row(edition.digest, slot, edition_id))
            owe(self._database, edition, edition_id)
            if approve:
                scope = f"{edition.digest}/{edition.number}"
                self._database.write(WAIT, {"scope": scope, "why": APPROVAL, "now": stamp(edition.created)})
        return True

    def consider(self, digest: str, considered: int, slot: Slot | None = None) -> None:
        """Note how far a digest looked, and at which slot, when nothing of it made an edition.

        What happened since its last one is still to be told by the next: the counts, the quiet days, and the sequels.
        """
        with self._database.transaction():
            self._database.write(CONSIDER, {"digest": digest, "considered": considered})
            if slot:
                self._database.write(NOTE_SLOT, slot_row(digest, slot, None))

    def load(self, digest: str, number: int) -> Edition | None:
        """One sealed edition, with the text that it was sealed with."""
        row = self._database.row(EDITION, {"digest": digest, "number": number})
        return None if row is None else self._edition(row)

    def fragments(self, digest: str, number: int) -> tuple[Fragment, ...]:
        """The sealed mail text of one edition, in its order."""
        rows = self._database.rows(FRAGMENTS, {"digest": digest, "number": number})
        return tuple(Fragment(r["section"], r["number"], rich=r["rich"], line=r["line"], text=r["text"]) for r in rows)

    def _edition(self, row: sqlite3.Row) -> Edition:
        items: dict[int, list[Item]] = {}
        for item in self._database.rows(ITEMS, {"edition": row["id"]}):
            items.setdefault(item["place"], []).append(item_of(item))
        sections = self._database.rows(SECTIONS, {"edition": row["id"]})
        return Edition(
            row["digest"],
            row["title"],
            number=row["number"],
            day=date.fromisoformat(row["day"]),
            created=instant(row["created"]),
            considered=row["considered"],
            sections=tuple(Section(s["key"], s["name"], tuple(items.get(s["place"], ()))) for s in sections),
            tally=Tally(row["listed"], row["new"], row["known"], row["repeated"]),
            quiet=tuple(date.fromisoformat(day) for day in json.loads(row["quiet"])),
            slot=datetime.fromisoformat(row["slot"]) if row["slot"] else None,
            others=row["others"],
            topic_names=tuple(json.loads(row["topic_names"]).items()),
            sequels=sealed_sequels(self._database, row["id"]),
        )


def edition_row(edition: Edition) -> dict[str, Any]:
    tally = edition.tally
    return {
        "digest": edition.digest,
        "number": edition.number,
        "title": edition.title,
        "day": edition.day.isoformat(),
        "slot": edition.slot.isoformat() if edition.slot else None,
        "created": stamp(edition.created),
        "considered": edition.considered,
        "others": edition.others,
        "listed": tally.listed,
        "new": tally.new,
        "known": tally.known,
        "repeated": tally.repeated,
        "quiet": json.dumps([day.isoformat() for day in edition.quiet]),
        "topic_names": json.dumps(dict(edition.topic_names), ensure_ascii=False),
    }


def section_rows(edition: Edition, edition_id: int) -> Iterator[dict[str, Any]]:
    for place, section in enumerate(edition.sections):
        yield {"edition": edition_id, "place": place, "key": section.key, "name": section.name}


def item_rows(edition: Edition, edition_id: int) -> Iterator[dict[str, Any]]:
    for place, section in enumerate(edition.sections):
        for item in section.items:
            yield {"edition": edition_id, "place": place, "digest": edition.digest, **item_row(item)}


def item_row(item: Item) -> dict[str, Any]:
    paper = item.paper
    return {
        "number": item.number,
        "paper": paper.id,
        "revision": paper.revision,
        "topic": item.topic,
        "terms": json.dumps(item.terms, ensure_ascii=False),
        "also": json.dumps(item.also),
        "score": item.score,
        "fallback": int(item.fallback),
        "position": paper.position,
        "comments": paper.comments,
        "upvotes": paper.upvotes,
        "sightings": paper.sightings,
    }


def fragment_rows(fragments: Sequence[Fragment], edition_id: int) -> Iterator[dict[str, Any]]:
    for place, f in enumerate(fragments):
        texts = {"rich": f.rich, "line": f.line, "text": f.text}
        yield {"edition": edition_id, "place": place, "section": f.section, "number": f.number, **texts}


def item_of(row: sqlite3.Row) -> Item:
    return Item(
        row["number"],
        paper_of(row),
        topic=row["topic"],
        terms=tuple(json.loads(row["terms"])),
        also=tuple(json.loads(row["also"])),
        score=row["score"],
        fallback=bool(row["fallback"]),
    )


# --- SQL --------------------------------------------------------------------------------------------------------

# Counted from the dump that brought the last paper which was considered; there need not have been an edition of it.
REGISTER = """
INSERT INTO digest (name, considered, last_dump)
SELECT :digest,
       CASE WHEN :backfill THEN 0 ELSE (SELECT coalesce(max(considered), 0) FROM digest) END,
       CASE WHEN :backfill THEN 0 ELSE max(
           (SELECT coalesce(max(last_dump), 0) FROM digest),
           (SELECT coalesce(min(dump_id), 0) FROM sighting WHERE paper_id = (
               SELECT id FROM paper WHERE news_no <= (SELECT max(considered) FROM digest) ORDER BY news_no DESC LIMIT 1))
       ) END
WHERE true ON CONFLICT DO NOTHING
"""
NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM edition WHERE digest = :digest"
TALLY = f"""
WITH listing AS (
    SELECT id, source, name, listed_on, listed, {NEWS} AS new, repeated FROM dump
    WHERE id > (SELECT last_dump FROM digest WHERE name = :digest) AND verdict IS NOT NULL
), {LISTS}
SELECT {SUMS} FROM lists
"""
QUIET_DAYS = """
SELECT listed_on FROM dump
WHERE id > (SELECT last_dump FROM digest WHERE name = :digest) AND listed_on IS NOT NULL
    AND listed_on NOT IN (SELECT listed_on FROM dump WHERE new + announced > withheld AND listed_on IS NOT NULL)
GROUP BY listed_on ORDER BY listed_on
"""
ADD_EDITION = """
INSERT INTO edition (digest, number, title, day, slot, created, considered, others, listed, new, known, repeated,
                     quiet, topic_names)
VALUES (:digest, :number, :title, :day, :slot, :created, :considered, :others, :listed, :new, :known, :repeated,
        :quiet, :topic_names)
ON CONFLICT (digest, slot) DO NOTHING
"""
EDITION_ID = "SELECT id FROM edition WHERE digest = :digest AND number = :number"
ADD_SECTION = "INSERT INTO edition_section (edition_id, place, key, name) VALUES (:edition, :place, :key, :name)"
ADD_ITEM = """
INSERT INTO edition_item (edition_id, number, digest, paper_id, revision_id, place, topic, terms, also, score,
                          fallback, position, comments, upvotes, sightings)
VALUES (:edition, :number, :digest, :paper, :revision, :place, :topic, :terms, :also, :score,
        :fallback, :position, :comments, :upvotes, :sightings)
"""
ADD_FRAGMENT = """
INSERT INTO fragment (edition_id, place, section, number, rich, line, text)
VALUES (:edition, :place, :section, :number, :rich, :line, :text)
"""
CONSIDER = "UPDATE digest SET considered = max(considered, :considered) WHERE name = :digest"
TOLD = """
UPDATE digest SET last_dump = (SELECT coalesce(max(id), 0) FROM dump WHERE verdict IS NOT NULL) WHERE name = :digest
"""
WAIT = "INSERT INTO halt (scope, why, since) VALUES (:scope, :why, :now) ON CONFLICT DO NOTHING"
EDITION = "SELECT * FROM edition WHERE digest = :digest AND number = :number"
SECTIONS = "SELECT place, key, name FROM edition_section WHERE edition_id = :edition ORDER BY place"
ITEMS = f"""
SELECT item.number, item.place, item.topic, item.terms, item.also, item.score, item.fallback,
       item.position, item.comments, item.upvotes, item.sightings, {TEXT}
FROM edition_item AS item JOIN paper ON paper.id = item.paper_id JOIN revision ON revision.id = item.revision_id
WHERE item.edition_id = :edition ORDER BY item.number
"""
FRAGMENTS = """
SELECT section, number, rich, line, text FROM fragment
WHERE edition_id = (SELECT id FROM edition WHERE digest = :digest AND number = :number) ORDER BY place
"""
WAITS = """
SELECT EXISTS (SELECT 1 FROM paper WHERE news_no > (SELECT considered FROM digest WHERE name = :digest)
               AND merged_into IS NULL AND retracted IS NULL)
"""
