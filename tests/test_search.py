"""The search index: what is found by which words, in which order, in which topics and on which days; and that it follows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from digest.models import Identifier, ListedPaper, Listing
from digest.query import MARKS, bounded, in_topic, read
from digest.store import Store
from digest.store import search as searching
from tests.commandline import LARCH, MAPLE, NUTMEG
from tests.fakes import DAY, Place, card, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.query import Query

TOPICS = ("health", "llm", "generation")  # all of these are for patient readers, so that they are also in health
OTTER = card("Otter", "diffusion models for image generation")
PAPERS = (
    ListedPaper("Diffusion Models of Slow Rivers", "We show how rivers diffuse.", authors=("Ada Example", "Bo Müller")),
    ListedPaper("A Survey of Rivers", "Diffusion is one of many words here.", organisation="Harbour Institute"),
    ListedPaper("Image Tokens", "On images and video, text-to-image at last; GPT-4 is asked."),
    ListedPaper("图像扩散模型综述", "我们研究扩散模型在图像生成中的应用。GPU训练很快。"),
    ListedPaper("拡散モデルの入門", "これは拡散モデルについての論文です。"),
    ListedPaper("نموذج الانتشار", "ورقة عن نماذج الانتشار."),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "digest.db") as one:
        take(one, *PAPERS)
        yield one


def take(store: Store, *papers: ListedPaper, day: date = date(2026, 11, 16)) -> str:
    from digest.models import Fetched  # noqa: PLC0415 - this helper alone

    body = repr((papers, day)).encode()
    sha256, _ = store.dumps.own(Fetched(f"{day}.txt", body), "dumps", now=DAY)
    store.take_in(sha256, Listing("test", day, "header", papers), DAY)
    return sha256


def found(store: Store, query: str | Query, *, newest: bool = False) -> list[str]:
    """The titles, without marks, in their order."""
    asked = read(query, TOPICS) if isinstance(query, str) else query
    store.search.refresh()
    hits = store.search.find(asked, 50, newest=newest)
    assert store.search.count(asked) == len(hits)
    return [hit.title.replace(MARKS[0], "").replace(MARKS[1], "") for hit in hits]


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("diffusion", [0, 1]),
        ("diffusion river", [0, 1]),
        ("title:diffusion", [0]),
        ("abstract:diffusion", [1]),
        ("author:example", [0]),
        ("author:muller", [0]),
        ('author:"harbour institute"', [1]),
        ("diffusion -survey", [0]),
        ("-diffusion title:image", [2]),
        ("tokens OR survey", [1, 2]),
        ('"slow rivers"', [0]),
        ('"rivers slow"', []),
        ("text-to-image", [2]),
        ("gpt-4", [2]),
        ("riv*", [0, 1]),
        ("title:riv* -slow", [1]),
        ("扩散", [3]),
        ("扩散模型", [3]),
        ("模型扩散", []),
        ("图像生成", [3]),
        ("gpu训练", [3]),
        ("GPU", [3]),
        ("拡散モデル", [4]),
        ("モデ*", [4]),
        ("الانتشار", [5]),
        ("every", []),
        ("t6c6c6d", []),
    ],
)
def test_words_find_what_they_say(store: Store, query: str, which: list[int]) -> None:
    assert sorted(found(store, query)) == sorted(PAPERS[place].title for place in which)


def test_a_word_in_the_title_weighs_more_than_one_in_the_abstract(store: Store) -> None:
    assert found(store, "diffusion") == [PAPERS[0].title, PAPERS[1].title]


def test_what_matched_is_marked_where_it_stands(store: Store) -> None:
    store.search.refresh()
    (hit,) = store.search.find(read("扩散模型"), 5)
    assert hit.title == f"图像{MARKS[0]}扩散模型{MARKS[1]}综述"
    assert f"{MARKS[0]}扩散模型{MARKS[1]}在图像" in hit.snippet
    (hit,) = store.search.find(read("author:example"), 5)
    assert hit.names == f"Ada {MARKS[0]}Example{MARKS[1]}, Bo Müller"
    assert MARKS[0] not in hit.title + hit.snippet
    assert store.search.find(read("title:tokens"), 5)[0].names == ""


def test_of_many_papers_the_best_of_the_latest_are_shown_and_no_more_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(store, *(ListedPaper(f"Lantern {number}", "Nothing else.") for number in range(9)), day=date(2026, 11, 17))
    store.search.refresh()
    for name in ("BEST", "COUNT"):
        changed = (
            getattr(searching, name).replace(f"LIMIT {searching.RANKED}", "LIMIT 5").replace("LIMIT 10001", "LIMIT 6")
        )
        monkeypatch.setattr(searching, name, changed)
    assert len(store.search.find(read("lantern"), 50)) == 5
    assert store.search.count(read("lantern")) == 6


def test_pages_of_a_search_hold_each_paper_once(store: Store) -> None:
    store.search.refresh()
    asked = read("-nothing")
    pages = [store.search.find(asked, 2, offset=offset) for offset in range(0, 8, 2)]
    assert sorted(hit.paper for page in pages for hit in page) == [1, 2, 3, 4, 5, 6]


# --- topics and days ----------------------------------------------------------------------------------------------


def announcing(folder: Path) -> Place:
    """Two editions, of 17 and 18 November."""
    place = Place(folder)
    place.day(page(LARCH, day="Nov 17"))
    place.day(page(OTTER, MAPLE, day="Nov 18"))
    return place


def test_topics_are_those_that_editions_gave_under_which_a_paper_stands_or_is_also_in(tmp_path: Path) -> None:
    with Store(announcing(tmp_path).config.database) as store:
        assert sorted(found(store, "topic:health")) == sorted([LARCH[0], MAPLE[0], OTTER[0]])
        assert found(store, "topic:generation") == [OTTER[0]]
        assert found(store, in_topic(read("otter"), "health")) == [OTTER[0]]
        assert found(store, in_topic(read("maple"), "generation")) == []
        assert sorted(found(store, "larch OR topic:generation")) == sorted([LARCH[0], OTTER[0]])
        assert sorted(found(store, "-topic:generation patient")) == sorted([LARCH[0], MAPLE[0]])


def test_a_papers_day_is_that_of_its_edition_else_of_its_listing(tmp_path: Path) -> None:
    place = announcing(tmp_path)
    with Store(place.config.database) as store:
        take(store, ListedPaper("Of an Older Day"), day=date(2026, 11, 2))
        assert found(store, bounded(read("patient"), "2026-11-18", "")) == [MAPLE[0], OTTER[0]]
        assert found(store, bounded(read("patient"), "", "2026-11-17")) == [LARCH[0]]
        assert found(store, bounded(read(""), "2026-11-01", "2026-11-03")) == ["Of an Older Day"]
        assert found(store, replace(read("-nothing"), announced=True), newest=True)[-1] == LARCH[0]
        assert "Of an Older Day" not in found(store, replace(read("-nothing"), announced=True))
        assert found(store, "-nothing")[-1] == "Of an Older Day", "what names no words is told by day"


def test_a_hit_knows_how_it_was_announced(tmp_path: Path) -> None:
    with Store(announcing(tmp_path).config.database) as store:
        take(store, ListedPaper("Of an Older Day"), day=date(2026, 11, 2))
        papers = {paper.title: paper for paper in store.papers.all()}
        told = store.search.announcements(papers.values())
        found(store, "")
        told = store.search.announcements(papers.values())
        assert papers["Of an Older Day"].id not in told
        one = told[papers[OTTER[0]].id]
        assert (one.digest, one.edition, one.day, one.topic) == ("daily", 2, date(2026, 11, 18), "generation")
        recent = {paper.paper.uid: paper for paper in store.publications.recent()}
        assert {paper.paper.uid: paper for paper in told.values()} == recent, "the same as feeds say"


# --- the index follows --------------------------------------------------------------------------------------------


def changes(store: Store) -> int:
    return store.database.connection.total_changes


def test_an_index_that_is_up_to_date_is_not_written(tmp_path: Path) -> None:
    with Store(announcing(tmp_path).config.database) as store:
        before = changes(store)
        store.search.refresh()
        assert changes(store) == before


def test_an_announcement_makes_a_known_paper_found_in_its_topic(tmp_path: Path) -> None:
    place = announcing(tmp_path)
    with place.desk() as desk:
        take(desk.store, ListedPaper(NUTMEG[0], NUTMEG[1]), day=date(2026, 11, 19))
        assert NUTMEG[0] in found(desk.store, "nutmeg")
        assert NUTMEG[0] not in found(desk.store, "topic:health")
    place.run()
    with place.desk() as desk:
        assert NUTMEG[0] in found(desk.store, "topic:health")


def test_a_kill_between_two_transactions_loses_no_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two editions were sealed since, the papers of the later one came in first; a kill comes after each transaction."""
    place = announcing(tmp_path)
    elm, ash, oak = (card(name) for name in ("Elm", "Ash", "Oak"))
    with place.desk() as desk:
        take(desk.store, ListedPaper(*oak), day=date(2026, 11, 19))
        desk.store.database.write("UPDATE paper SET news_no = 99 WHERE id = 4", {})
        take(desk.store, ListedPaper(*elm), ListedPaper(*ash), day=date(2026, 11, 19))
        desk.store.database.write("UPDATE paper SET news_no = id WHERE id IN (5, 6)", {})
        desk.store.database.write("UPDATE paper SET news_no = NULL WHERE id = 4", {})
        desk.store.search.refresh()
        place.publish()
        desk.store.database.write("UPDATE paper SET news_no = 99 WHERE id = 4", {})
        place.publish()
    monkeypatch.setattr(searching, "AT_ONCE", 1)
    with Store(place.config.database) as store:
        assert store.database.value("SELECT max(edition_id) FROM edition_item WHERE paper_id = 4") == 4
        real = store.database.write_many
        for _ in range(3):
            kills_at_the_second(store, monkeypatch)
            with suppress(KeyboardInterrupt):
                store.search.refresh()
            monkeypatch.setattr(store.database, "write_many", real)
        assert {elm[0], ash[0], oak[0]} <= set(found(store, "topic:health"))


def kills_at_the_second(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refresh brings one paper in, and dies at the next."""
    real, calls = store.database.write_many, []

    def dying(*args: object) -> None:
        calls.append(args)
        if len(calls) > 1:
            raise KeyboardInterrupt
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store.database, "write_many", dying)


def test_a_paper_that_took_another_over_is_found_as_the_other_was_announced(tmp_path: Path) -> None:
    place = Place(tmp_path)
    title, abstract = LARCH
    place.day(page((title, abstract), day="Nov 17"))
    place.day(page(MAPLE, day="Nov 18"))
    with Store(place.config.database) as store:
        found(store, "topic:health")
        named = ListedPaper("A Quite Other Title", abstract, ids=(Identifier("arxiv", "2611.00001"),))
        take(store, named, day=date(2026, 11, 18))
        store.database.write("UPDATE edition_item SET paper_id = 3 WHERE paper_id = 1", {})
        store.database.write("UPDATE paper SET merged_into = 1 WHERE id = 3", {})
        assert sorted(found(store, "topic:health")) == sorted([title, MAPLE[0]])
        told = store.search.announcements(store.papers.all())
        assert {one.paper.uid for one in told.values()} == {one.paper.uid for one in store.publications.recent()}


def test_a_merge_that_comes_later_than_other_editions_moves_the_announcement(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.day(page(LARCH, day="Nov 17"))
    place.day(page(MAPLE, day="Nov 18"))
    with Store(place.config.database) as store:
        take(store, ListedPaper("An Heir of Nothing"), day=date(2026, 11, 19))
        assert found(store, "title:heir topic:health") == []
        store.database.write("UPDATE paper SET merged_into = 3 WHERE id = 1", {})
        assert found(store, "title:heir topic:health") == ["An Heir of Nothing"]
        assert found(store, "larch") == []
