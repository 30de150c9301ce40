"""The commands that only look: what a dump holds, which papers are known, why a topic fits."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.topics import default_topics
from tests.commandline import GRAPHS, LARCH, MAPLE, drop, everything, on_a_terminal
from tests.fakes import card, page

if TYPE_CHECKING:
    from tests.commandline import Run

NOTHING: dict[str, object] = {
    "day": None,
    "title": "",
    "abstract": "",
    "authors": [],
    "author_count": None,
    "organisation": None,
    "published": None,
    "comments": None,
    "upvotes": None,
    "url": None,
    "ids": {},
    "categories": [],
    "announce": None,
}
KNOWN = {
    "id",
    "title",
    "abstract",
    "url",
    "ids",
    "topics",
    "first_seen",
    "listed_on",
    "sightings",
    "possible_revision_of",
}


# --- parse ------------------------------------------------------------------------------------------------------


def test_parse_prints_each_paper_once_with_all_that_the_page_says(digest: Run) -> None:
    Path("dumps").mkdir()
    path = drop(page((*GRAPHS, "2611.00009"), MAPLE, MAPLE))
    answer = digest("parse", path, "--json").json
    assert {"parser", "listed_on", "date_from", "papers", "rejects", "lines", "repeated"} <= set(answer)
    assert (answer["listed_on"], answer["date_from"], answer["rejects"]) == ("2026-11-16", "file name", [])
    first, second = answer["papers"]
    assert first["ids"] == {"arxiv": "2611.00009"}
    assert second | {"title": "", "abstract": ""} == NOTHING, "what a page does not print is null"
    assert answer["repeated"] == 1
    assert set(answer["lines"]) == {"header", "paper", "metadata", "blank", "rejected"}
    assert sum(answer["lines"].values()) == path.read_text().count("\n")


def test_parse_tells_people_what_was_read_and_why(digest: Run) -> None:
    Path("dumps").mkdir()
    out = digest("parse", drop(page(GRAPHS, MAPLE, MAPLE))).out
    assert "2026-11-16.txt: read by huggingface-page, since " in out
    assert "listed on 2026-11-16 (file name)" in out
    assert f"1\t{GRAPHS[0]}" in out
    assert "2 papers, 1 of them printed again" in out


def test_parse_stores_nothing_and_needs_no_configuration(digest: Run, tmp_path: Path) -> None:
    Path("dumps").mkdir()
    path = drop(page(GRAPHS))
    before = everything(tmp_path)
    assert digest("parse", path).code == 0
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "as_of", "listed_on", "date_from"),
    [
        ("2026-11-16.txt", "2026-12-24", "2026-11-16", "file name"),
        ("saved.txt", "2027-02-01", "2026-11-16", "header"),
        ("saved.txt", "2024-11-20", "2024-11-16", "header"),
    ],
)
def test_parse_says_where_the_date_is_from(name: str, as_of: str, listed_on: str, date_from: str, digest: Run) -> None:
    Path("dumps").mkdir()
    answer = digest("parse", drop(page(GRAPHS), name), "--as-of", as_of, "--json").json
    assert (answer["listed_on"], answer["date_from"]) == (listed_on, date_from)


@pytest.mark.parametrize("name", ["seeds", "formats", "hf-daily"])
def test_parse_reads_every_real_page_whole(name: str, digest: Run, shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / name).iterdir() if path.suffix != ".json")
    answers = [digest("parse", path, "--json") for path in files]
    assert {(answer.code, answer.err) for answer in answers} == {(0, "")}
    assert [reject for answer in answers for reject in answer.json["rejects"]] == []
    listed = sum(len(answer.json["papers"]) + answer.json["repeated"] for answer in answers)
    assert listed == {"seeds": 347, "formats": 5, "hf-daily": 2131}[name]


def test_parse_names_each_reject_on_stderr(digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = (
        "from datetime import date\nfrom digest.models import Listing, Reject\n"
        "def parse(dump):\n    rejects = (Reject(7, 'a\\x1b[2J line ' + 'x' * 300, 'it is odd'),)\n"
        "    return Listing('mine', date(2026, 11, 16), 'retrieved', (), rejects)\n"
    )
    plugged(parser, monkeypatch)
    answer = digest("parse", "page.txt", "--parser", "plugged_parser:parse")
    (line,) = answer.problems
    assert (answer.code, line.startswith(r"digest: page.txt, line 7: it is odd: a\x1b[2J line xxx")) == (0, True)
    assert len(line) < 140


def plugged(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser of the owner's, and a page for it."""
    Path("plugged_parser.py").write_text(source)
    Path("page.txt").write_text(page(GRAPHS))
    monkeypatch.syspath_prepend(Path.cwd())
    sys.modules.pop("plugged_parser", None)


@pytest.mark.parametrize(
    ("parser", "said"),
    [
        ("plugged_parser:parse", "the parser failed: ZeroDivisionError: division by zero"),
        ("plugged_parser:prase", 'there is no parser "plugged_parser:prase"'),
        ("nowhere:parse", 'there is no parser "nowhere:parse"'),
        ("huggingface-pag", 'there is no parser "huggingface-pag"'),
        ("plugged_parser:NAME", "is no parser"),
    ],
)
def test_parser_that_is_none_or_fails_is_one_line(
    parser: str, said: str, digest: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged("NAME = 'x'\ndef parse(dump):\n    return 1 / 0\n", monkeypatch)
    answer = digest("parse", "page.txt", "--parser", parser)
    assert (answer.code, answer.out, len(answer.problems), said in answer.err) == (1, "", 1, True), answer.err


def test_built_in_parser_that_fails_is_our_mistake(digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("digest.commands.look.parse_dump", broken)
    Path("page.txt").write_text(page(GRAPHS))
    answer = digest("parse", "page.txt")
    assert (answer.code, "please report" in answer.err) == (1, True)


# --- papers and search ------------------------------------------------------------------------------------------


def test_papers_are_told_the_latest_first(mine: Run) -> None:
    drop(page((*GRAPHS, "2611.00009"), MAPLE))
    mine("run")
    second, first = mine("papers", "--json").json
    assert set(first) == set(second) == KNOWN
    assert (first["title"], first["abstract"], first["topics"]) == (GRAPHS[0], GRAPHS[1], ["graphs"])
    assert (first["ids"], first["sightings"], first["listed_on"]) == ({"arxiv": "2611.00009"}, 1, "2026-11-16")
    assert first["url"] == "https://huggingface.co/papers/2611.00009"
    assert (second["title"], second["url"], second["ids"]) == (MAPLE[0], None, {})


def test_people_see_twenty_papers_and_programs_all(mine: Run) -> None:
    drop(page(*(card(f"Number {n}") for n in range(25))))
    mine("ingest")
    assert mine("papers").out.count("\n") == 1 + 20
    assert len(mine("papers", "--json").json) == 25
    assert len(mine("papers", "--json", "--limit", 3).json) == 3
    assert mine("papers", "--limit", 23).out.count("\n") == 1 + 23
    for limit in (0, -1, 10**20, "x"):
        assert mine("papers", "--limit", limit).code == 2


def test_search_marks_what_it_found(mine: Run) -> None:
    drop(page(GRAPHS, MAPLE))
    mine("run")
    (hit,) = mine("search", "timetab*", "--json").json
    assert set(hit) == KNOWN | {"title_marked", "snippet"}
    assert hit["title_marked"] == "Graph Neural Networks on Sunday **Timetables**"
    assert "*Timetables*" in mine("search", "timetables").out
    assert mine("search", "timetables").out.rstrip().endswith("1 found")


def test_search_for_what_is_not_there_finds_nothing(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    for words in (["zeppelin"], ["timetables", "zeppelin"], ['"sunday graph"'], ["NEAR"], ['""']):
        answer = mine("search", *words)
        assert (answer.code, answer.out, answer.err) == (0, "nothing found\n", ""), words
    for words in (["*"], ["--", "-"], ["(:"], ["title:"], ["topic:nowhere"], ["OR"]):
        answer = mine("search", *words)
        assert (answer.code, answer.out) == (0, "nothing found\n"), words
        assert answer.err.startswith("digest: "), words
    assert mine("search", "zeppelin", "--json").json == []
    assert mine("search").code == 2


@pytest.mark.parametrize("query", ["graph", "graphs", "GRAPH network", '"sunday timetables"', "sun*", "timetable"])
def test_search_finds_words_phrases_and_beginnings(query: str, mine: Run) -> None:
    drop(page(GRAPHS, ("Umbrella Handles: A History", "Umbrellas have handles, and we ask why that is so.")))
    mine("run")
    assert [hit["title"] for hit in mine("search", query, "--json").json] == [GRAPHS[0]]


def test_search_finds_what_came_in_since_it_was_asked_last(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    mine("search", "graph")
    drop(page(MAPLE), "2026-11-17.txt")
    mine("run")
    assert len(mine("search", "maple", "--json").json) == 1


def test_hits_are_no_wider_than_a_page(mine: Run) -> None:
    title = "Graph Neural Networks on Sunday Timetables of Trams, Buses, Ferries and Night Trains of a Small Town"
    drop(page((title, LARCH[1])))
    mine("run")
    lines = mine("search", "graph").out.split("\n")
    assert max(map(len, lines)) <= 80 + 2, "and the asterisks"
    assert len(lines) > 5
    assert all(line.startswith("        ") for line in lines[1:3])


def test_hit_stands_out_on_a_terminal(mine: Run, tmp_path: Path) -> None:
    drop(page(GRAPHS))
    mine("run")
    assert "\x1b[1mTimetables\x1b[22m" in on_a_terminal(["search", "timetables"], tmp_path)[1]


@pytest.mark.parametrize("command", [["papers"], ["search", "x"], ["editions"], ["outbox"], ["papers", "--json"]])
def test_looking_before_anything_was_taken_in_says_what_to_do(command: list[str], mine: Run, tmp_path: Path) -> None:
    answer = mine(*command)
    assert answer.code == 1
    assert answer.problems == [f'digest: {tmp_path}/digest.db: nothing was taken in yet ("digest run" does it)']
    assert not (tmp_path / "digest.db").exists(), "looking creates nothing"


# --- explain ----------------------------------------------------------------------------------------------------


def test_explain_gives_topics_with_score_and_terms(digest: Run) -> None:
    (topic, *_) = digest("explain", GRAPHS[0], "--json").json["topics"]
    assert set(topic) == {"topic", "score", "terms", "fallback"}
    assert (topic["topic"], topic["fallback"], topic["score"] >= 4) == ("graphs", False, True)
    assert "graph neural network" in " ".join(topic["terms"]).lower()
    assert digest("explain", "Editorial", "--json").json == {"topics": []}


def test_explain_tells_people_the_topics_name_and_its_terms(digest: Run) -> None:
    out = digest("explain", GRAPHS[0]).out
    assert "graphs\tGraph learning\t" in out
    assert digest("explain", "Editorial").out == "No topic: nothing in it matches strongly enough.\n"


def test_explain_marks_a_guess(mine: Run) -> None:
    Path("config.toml").write_text('[[topic]]\nid = "rain"\nname = "Rain"\nstrong = ["rain"]\nweak = ["umbrella*"]\n')
    (topic,) = mine("explain", "Umbrellas", "--json").json["topics"]
    assert (topic["topic"], topic["score"], topic["fallback"]) == ("rain", 2, True)
    assert "umbrella* (too few: a guess)" in mine("explain", "Umbrellas").out


def test_explain_knows_a_paper_by_its_number(mine: Run) -> None:
    drop(page(GRAPHS))
    mine("run")
    assert mine("explain", 1, "--json").json == mine("explain", f"{GRAPHS[0]}\n{GRAPHS[1]}", "--json").json
    for number in (999, 10**30):
        answer = mine("explain", number)
        assert (answer.code, f"no paper has the number {number}" in answer.err) == (2, True)


def test_explain_takes_a_papers_categories_into_account(mine: Run) -> None:
    topic = '[[topic]]\nid = "operators"\nname = "Operators"\ncategories = ["math.NA"]\n'
    Path("config.toml").write_text('[[source]]\nname = "dumps"\nparser = "categories_parser:parse"\n' + topic)
    Path("categories_parser.py").write_text(
        "from datetime import date\nfrom digest.models import ListedPaper, Listing\n"
        "def parse(dump):\n    paper = ListedPaper('Umbrella Handles: A Long and Winding History', categories=('math.NA',))\n"
        "    return Listing('mine', date(2026, 11, 16), 'retrieved', (paper,))\n"
    )
    sys.path.insert(0, str(Path.cwd()))
    try:
        drop("anything")
        mine("run")
    finally:
        sys.path.remove(str(Path.cwd()))
    assert mine("papers", "--json").json[0]["topics"] == ["operators"]
    assert [match["topic"] for match in mine("explain", 1, "--json").json["topics"]] == ["operators"]


def test_number_is_a_text_where_nothing_was_taken_in(digest: Run) -> None:
    assert digest("explain", "7", "--json").json == {"topics": []}


def test_explain_reads_a_file_whose_first_line_is_the_title(digest: Run) -> None:
    Path("paper.txt").write_bytes("\ufeff".encode("utf-16-le") + f"{GRAPHS[0]}\n{GRAPHS[1]}\n".encode("utf-16-le"))
    assert "graphs" in digest("explain", "paper.txt").out


def test_explain_takes_words(digest: Run) -> None:
    assert digest("explain", *GRAPHS[0].split()).out == digest("explain", GRAPHS[0]).out


def test_listing_is_not_silently_explained_as_one_paper(digest: Run) -> None:
    Path("dumps").mkdir()
    answer = digest("explain", drop(page(GRAPHS, MAPLE)))
    said = '2026-11-16.txt reads as a listing of 2 papers, and is explained as one text ("digest parse dumps/2026-11-16.txt" lists them)'
    assert (answer.code, answer.problems) == (0, [f"digest: {said}"])
    Path("paper.txt").write_text(f"{GRAPHS[0]}\n\n{GRAPHS[1]}\n")
    assert digest("explain", "paper.txt").err == ""


@pytest.mark.parametrize("text", [GRAPHS[0].encode(), b"\xff\xfe\xfa" + GRAPHS[0].encode()])
def test_explain_reads_standard_input_whatever_its_bytes(
    text: bytes, digest: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert digest("explain", "-").code == 0


def test_explain_reads_a_whole_abstract_from_its_words(digest: Run) -> None:
    assert "graphs" in digest("explain", f"{GRAPHS[0]}. {LARCH[1]} " * 40).out
    assert "graphs" in digest("explain", f"{GRAPHS[0]}\n{LARCH[1]}").out


# --- topics -----------------------------------------------------------------------------------------------------


def test_topics_are_listed_in_their_order_and_one_is_shown_whole(digest: Run) -> None:
    lines = digest("topics").out.strip().split("\n")
    assert [line.split("\t")[0] for line in lines[1:]] == [topic.id for topic in default_topics()]
    out = digest("topics", "graphs").out
    assert out.startswith("Graph learning (graphs)\n")
    assert "  strong     " in out


def test_topics_for_programs_have_their_terms(digest: Run) -> None:
    (graphs,) = digest("topics", "graphs", "--json").json
    assert set(graphs) == {"id", "name", "strong", "weak", "title", "never", "categories"}
    assert len(digest("topics", "--json").json) == len(default_topics())


def test_topics_hold_the_owners_changes(mine: Run) -> None:
    Path("config.toml").write_text('[[topic]]\nid = "mine"\nname = "Umbrellas"\nstrong = ["umbrella*"]\n')
    assert "mine\tUmbrellas\t1" in mine("topics").out
    assert [match["topic"] for match in mine("explain", "Umbrellas", "--json").json["topics"]] == ["mine"]


def test_topic_that_is_none_is_told_which_there_are(digest: Run) -> None:
    answer = digest("topics", "grafs")
    assert (answer.code, "no topic 'grafs'; did you mean \"graphs\"?" in answer.err) == (2, True)
    assert '"digest topics" lists them' in digest("topics", "xyzzy").err
