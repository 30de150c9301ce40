"""What feeds and pages are made of, read from the database alone; and which of them are built from what."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from digest.models import Announced, Headline, ListedDay, PaperRecord, Shelf, Tally, TermCount
from digest.store.database import instant
from digest.store.tallies import LISTS, NEWS, SUMS, tally_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from digest.models import Paper, Topic
    from digest.store.database import Database
    from digest.store.dumps import Dumps
    from digest.store.papers import Papers

__all__ = ["Built", "Publications", "announced"]

SHELF = 100  # papers on a topic's page and in its feeds
RECENT = 100  # papers in the feed of all; the last edition is in it whole, however large
WEEKS = 26  # of the chart
LATELY, BEFORE = timedelta(weeks=4), timedelta(weeks=12)  # in which the use of terms is compared


@dataclass(frozen=True, slots=True)
class Built:
    """One document that stands in the output folder: which page it belongs to, and what it was made from."""

    path: str
    page: str
    inputs: str


class Publications:
    """Reads for `build`; the only thing it writes is which document was made from what."""

    def __init__(self, database: Database, papers: Papers, dumps: Dumps) -> None:
        self._database = database
        self._papers = papers
        self._dumps = dumps

    def state(self) -> str:
        """A mark that changes whenever anything that pages or feeds show may have changed."""
        row = self._database.row(STATE)
        return "" if row is None else "-".join(str(value) for value in tuple(row))

    def page_inputs(self) -> Mapping[str, str]:
        """What each page ("paper/12", "edition/daily/3") depends on: other inputs than last time, so it is stale."""
        rows = [*self._database.rows(PAPER_INPUTS), *self._database.rows(EDITION_INPUTS)]
        return {row["page"]: row["inputs"] for row in rows}

    def headlines(self, most: int = -1) -> tuple[Headline, ...]:
        """The editions, newest first, without their papers: all, or so many."""
        wanted = {"most": most}
        topics: dict[int, list[tuple[str, int]]] = {}
        leading: dict[int, list[tuple[str, str]]] = {}
        for row in self._database.rows(EDITION_TOPICS, wanted):
            topics.setdefault(row["edition_id"], []).append((row["topic"], row["papers"]))
            leading.setdefault(row["edition_id"], []).append((row["topic"], row["title"]))
        return tuple(
            headline(row, topics.get(row["id"], ()), leading.get(row["id"], ()))
            for row in self._database.rows(HEADLINES, wanted)
        )

    def days(self) -> tuple[ListedDay, ...]:
        """Every day that a dump was listed on, newest first: the quiet ones too."""
        return tuple(listed_day(row) for row in self._database.rows(DAYS))

    def recent(self, since: int | None = None) -> tuple[Announced, ...]:
        """The papers of the last editions, newest first: all from the edition with the id `since` on, and more if these are few."""
        return self._announced(RECENTLY, {"least": RECENT, "since": since})

    def shelves(self, topics: Iterable[Topic], today: date) -> tuple[Shelf, ...]:
        """Each topic with its latest papers and its weeks; `today` is where the chart ends."""
        weeks, latest = self._weeks(), self._latest()
        return tuple(
            Shelf(
                topic,
                tuple(latest.get(topic.id, ())),
                weeks=charted(weeks.get(topic.id, {}), today),
                total=sum(weeks.get(topic.id, {}).values()),
            )
            for topic in topics
        )

    def records(self, papers: Sequence[int]) -> tuple[PaperRecord, ...]:
        """All that the pages of these papers show."""
        rows = self._database.rows(THESE, {"papers": json.dumps(list(papers))})
        now = [row["now_id"] for row in rows]
        texts = {paper.id: paper for paper in self._papers.some(now, retracted=True)}
        sightings = self._dumps.sightings_of(now)
        later = self._papers.later_versions(now)
        return tuple(
            PaperRecord(
                announced(row, texts[row["now_id"]]),
                sightings.get(row["now_id"], ()),
                retracted=bool(row["retracted"]),
                later=later.get(row["now_id"], ()),
            )
            for row in rows
        )

    def terms(self, today: date) -> tuple[TermCount, ...]:
        """How often each term mattered in the four weeks up to this day, and in the twelve before."""
        values = {"lately": (today - LATELY).isoformat(), "since": (today - LATELY - BEFORE).isoformat()}
        return tuple(TermCount(row["term"], row["lately"], row["before"]) for row in self._database.rows(TERMS, values))

    def built(self) -> tuple[Built, ...]:
        """Every document that stands in the output folder."""
        return tuple(Built(**dict(row)) for row in self._database.rows("SELECT path, page, inputs FROM built"))

    def note_built(self, built: Iterable[Built], gone: Iterable[str] = ()) -> None:
        """Note what documents were made from, after they stand on the disk; forget those that were removed."""
        with self._database.transaction():
            self._database.write_many("DELETE FROM built WHERE path = :path", ({"path": path} for path in gone))
            self._database.write_many(NOTE_BUILT, map(asdict, built))

    def _announced(self, sql: str, values: Mapping[str, object]) -> tuple[Announced, ...]:
        rows = self._database.rows(sql, values)
        papers = {paper.id: paper for paper in self._papers.some(row["now_id"] for row in rows)}
        return tuple(announced(row, papers[row["now_id"]]) for row in rows)

    def _latest(self) -> Mapping[str, Sequence[Announced]]:
        """Each topic's latest papers: those that stand under it, and those that are also in it."""
        rows = self._database.rows(SHELVED, {"most": SHELF})
        papers = {row["paper_id"] for row in rows}
        announced = {one.paper.id: one for one in self._announced(THESE, {"papers": json.dumps(sorted(papers))})}
        latest: dict[str, list[Announced]] = {}
        for row in rows:
            latest.setdefault(row["topic"], []).append(announced[row["paper_id"]])
        return latest

    def _weeks(self) -> Mapping[str, Mapping[date, int]]:
        weeks: dict[str, dict[date, int]] = {}
        for row in self._database.rows(WEEKLY):
            day = date.fromisoformat(row["day"])
            monday = day - timedelta(days=day.weekday())
            counts = weeks.setdefault(row["topic"], {})
            counts[monday] = counts.get(monday, 0) + row["n"]
        return weeks


def charted(counts: Mapping[date, int], today: date) -> tuple[tuple[date, int], ...]:
    """The last `WEEKS` weeks up to today's, those without a paper too."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    return tuple((start, counts.get(start, 0)) for start in starts)


def headline(row: sqlite3.Row, topics: Sequence[tuple[str, int]], leading: Sequence[tuple[str, str]]) -> Headline:
    return Headline(
        row["digest"],
        row["title"],
        number=row["number"],
        day=date.fromisoformat(row["day"]),
        created=instant(row["created"]),
        papers=row["papers"],
        outside=row["outside"],
        topics=tuple(sorted(topics, key=lambda pair: (-pair[1], pair[0]))),
        tally=Tally(row["listed"], row["new"], row["known"], row["repeated"]),
        leading=tuple(leading),
        slot=datetime.fromisoformat(row["slot"]) if row["slot"] else None,
    )


def listed_day(row: sqlite3.Row) -> ListedDay:
    edition = (row["digest"], row["number"]) if row["number"] is not None else None
    return ListedDay(date.fromisoformat(row["listed_on"]), tally_of(row), edition)


def announced(row: sqlite3.Row, paper: Paper) -> Announced:
    """A paper as it was announced; its text may have become another paper's, its name and address never do."""
    created = instant(row["created"])
    revised = instant(row["revised"]) if row["revised"] else created
    published = created - timedelta(seconds=row["number"])
    return Announced(
        paper if row["paper_id"] == paper.id else replace(paper, id=row["paper_id"], uid=row["uid"]),
        row["digest"],
        edition=row["edition"],
        day=date.fromisoformat(row["day"]),
        number=row["number"],
        published=published,
        updated=max(published, revised) if row["revised"] else published,
        topic=row["topic"],
        terms=tuple(json.loads(row["terms"])),
        also=tuple(json.loads(row["also"])),
    )


# --- SQL --------------------------------------------------------------------------------------------------------

RECENTLY = """
SELECT * FROM announced WHERE shown AND edition_id >= (
    SELECT min(edition_id) FROM (
        SELECT edition_id FROM (SELECT edition_id FROM announced WHERE shown ORDER BY edition_id DESC LIMIT :least)
        UNION ALL SELECT :since WHERE :since IS NOT NULL
    )
) ORDER BY edition_id DESC, number
"""
SHELVED = """
SELECT topic, paper_id FROM (
    SELECT every.value AS topic, paper_id,
           row_number() OVER (PARTITION BY every.value ORDER BY edition_id DESC, number) AS place
    FROM announced, json_each(json_insert(also, '$[#]', topic)) AS every WHERE shown AND announced.topic IS NOT NULL
) WHERE place <= :most ORDER BY topic, place
"""
THESE = """
SELECT * FROM announced WHERE paper_id IN (SELECT value FROM json_each(:papers)) ORDER BY edition_id DESC, number
"""
TERMS = """
SELECT term.value AS term, sum(day > :lately) AS lately, sum(day <= :lately) AS before
FROM announced, json_each(terms) AS term WHERE shown AND day > :since GROUP BY term.value ORDER BY term.value
"""
WEEKLY = """
SELECT every.value AS topic, day, count(*) AS n
FROM announced, json_each(json_insert(also, '$[#]', topic)) AS every WHERE shown AND announced.topic IS NOT NULL
GROUP BY every.value, day
"""
STATE = """
SELECT (SELECT max(id) FROM edition), (SELECT max(id) FROM revision), (SELECT count(*) FROM dump WHERE verdict IS NOT NULL),
       (SELECT count(*) FROM sighting), (SELECT count(*) FROM identifier), (SELECT count(*) FROM paper WHERE retracted IS NOT NULL),
       (SELECT count(*) FROM paper WHERE merged_into IS NOT NULL),
       (SELECT count(*) FROM (SELECT DISTINCT dump_id, listed_on FROM retrieval))
"""
# Editions and mails lead to these pages for ever, so that those of merged and retracted papers stay too.
PAPER_INPUTS = """
SELECT 'paper/' || own.id AS page,
       now.revision_id || '-' || (SELECT count(*) FROM sighting WHERE paper_id = now.id)
       || '-' || (SELECT count(*) FROM identifier WHERE paper_id = now.id) || '-' || (now.retracted IS NULL)
       || '-' || (SELECT count(*) || ' ' || total(paper_id)
                      || ' ' || total(EXISTS (SELECT 1 FROM edition_item WHERE paper_id = kin.paper_id))
                  FROM possible_revision AS kin WHERE kin.earlier_id = now.id)
       || '-' || (SELECT count(*) || ' ' || total(earlier_id)
                  FROM possible_revision AS kin WHERE kin.paper_id = now.id) AS inputs
FROM (SELECT DISTINCT paper_id FROM edition_item) AS item
JOIN paper AS own ON own.id = item.paper_id
JOIN paper AS now ON now.id = coalesce(own.merged_into, own.id)
"""
EDITION_INPUTS = """
SELECT 'edition/' || digest || '/' || number AS page,
       id || '-' || (SELECT count(*) FROM edition_item AS item JOIN identifier ON identifier.paper_id = item.paper_id
                     WHERE item.edition_id = edition.id)
       || '-' || EXISTS (SELECT 1 FROM edition AS next WHERE next.digest = edition.digest
                            AND next.number = edition.number + 1) AS inputs
FROM edition
"""
HEADLINES = """
SELECT edition.*,
       (SELECT count(*) FROM edition_item WHERE edition_id = edition.id AND (topic IS NOT NULL OR others = 'titles')) AS papers,
       (SELECT count(*) FROM edition_item WHERE edition_id = edition.id AND topic IS NULL AND others != 'titles') AS outside
FROM edition ORDER BY created DESC, id DESC LIMIT :most
"""
EDITION_TOPICS = """
SELECT edition_id, topic, count(*) AS papers, min(item.number) AS first,
       (SELECT title FROM revision WHERE revision.id = item.revision_id) AS title
FROM edition_item AS item
WHERE topic IS NOT NULL AND (:most < 0 OR edition_id IN (SELECT id FROM edition ORDER BY created DESC, id DESC LIMIT :most))
GROUP BY edition_id, topic ORDER BY edition_id, first
"""
# Bytes that came again under another day's name are a listing of that day too, with nothing new in it; of the names under
# which they came the first counts.
DAYS = f"""
WITH again AS (
    SELECT dump_id, source, name, listed_on,
           row_number() OVER (PARTITION BY dump_id, listed_on ORDER BY id) AS time FROM retrieval
),
listing (id, source, name, listed_on, listed, new, repeated) AS (
    SELECT id, source, name, listed_on, listed, {NEWS}, repeated FROM dump WHERE listed_on IS NOT NULL
    UNION ALL
    SELECT dump.id, again.source, again.name, again.listed_on, listed, 0, repeated
    FROM again JOIN dump ON dump.id = again.dump_id WHERE time = 1 AND again.listed_on != dump.listed_on
), {LISTS},
days AS (SELECT listed_on, {SUMS} FROM lists GROUP BY listed_on)
SELECT days.*, edition.digest, edition.number
FROM days LEFT JOIN edition ON edition.id = (
    SELECT min(item.edition_id) FROM edition_item AS item JOIN revision ON revision.id = item.revision_id
    WHERE revision.listed_on = days.listed_on
)
ORDER BY days.listed_on DESC
"""
NOTE_BUILT = """
INSERT INTO built (path, page, inputs) VALUES (:path, :page, :inputs)
ON CONFLICT (path) DO UPDATE SET page = excluded.page, inputs = excluded.inputs
"""
