"""How one begins: `init` makes a folder of one's own, `demo` shows what comes of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from digest import config
from digest.commands import choosing, demo, itself, setup
from digest.models import Headline
from digest.sources import arxiv
from tests.commandline import everything, on_a_terminal
from tests.fakes import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commandline import Run


# --- init -------------------------------------------------------------------------------------------------------


def settings(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "config.toml").read_text())


def test_init_asks_nothing_without_a_terminal_and_what_it_made_runs(digest: Run, tmp_path: Path) -> None:
    code, out, err = digest("init", "mine")
    assert (code, err) == (0, "")
    assert "mine/dumps" in out
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["config.toml", "dumps"]
    assert digest("-c", "mine/config.toml", "run").code == 0


def test_init_takes_answers_as_options(digest: Run, tmp_path: Path) -> None:
    words = ("--title", "Mine & Yours", "--topics", "graphs, llm", "--to", "a@example.org,b@example.org")
    assert digest("init", "mine", *words).code == 0
    made = settings(tmp_path / "mine")
    assert made["title"] == "Mine & Yours"
    assert made["digest"] == [
        {
            "name": "daily",
            "topics": ["graphs", "llm"],
            "others": "titles",
            "sections": 8,
            "to": ["a@example.org", "b@example.org"],
            "backfill": False,
            "updated": False,
            "approve": False,
            "came_back": False,
        }
    ]


HUGGING_FACE = {"name": "huggingface", "kind": "huggingface"}
ARXIV = {"name": "arxiv", "kind": "feed", "url": "https://rss.arxiv.org/rss/cs.CL"}
FEED = {"name": "papers-example-org", "kind": "feed", "url": "https://papers.example.org/feed?of=a"}


def sources(folder: Path) -> list[dict[str, Any]]:
    """What is fetched, after the folder, which is always there."""
    saved, *fetched = list[dict[str, Any]](settings(folder)["source"])
    assert (saved["name"], saved["kind"], saved["path"]) == ("dumps", "folder", "dumps")
    return fetched


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (("folder",), []),
        (("huggingface",), [HUGGING_FACE]),
        (("Huggingface",), [HUGGING_FACE]),
        (("huggingface, folder",), [HUGGING_FACE]),
        (("arxiv:cs.CL",), [ARXIV]),
        (("arXiv:cs.cl",), [ARXIV]),
        (("arxiv:cs.CL+cs.CL",), [ARXIV]),
        (("arxiv:cs.CL + q-bio.NC+hep-th",), [ARXIV | {"url": "https://rss.arxiv.org/rss/cs.CL+q-bio.NC+hep-th"}]),
        (("https://papers.example.org/feed?of=a#top",), [FEED]),
        (("arxiv:cs.CL", "huggingface"), [HUGGING_FACE, ARXIV]),
        (("huggingface,arxiv:cs.CL,https://papers.example.org/feed?of=a",), [HUGGING_FACE, ARXIV, FEED]),
        (
            ("arxiv:cs.CL,arxiv:cs",),
            [ARXIV, ARXIV | {"name": "arxiv-2", "url": "https://rss.arxiv.org/rss/cs"}],
        ),
        (("http://dumps/", "http://file/"), [
            {"name": "dumps-2", "kind": "feed", "url": "http://dumps/"},
            {"name": "file-2", "kind": "feed", "url": "http://file/"},
        ]),
    ],
)  # fmt: skip
def test_sources_that_are_named_are_those_of_the_config(
    words: tuple[str, ...], made: list[dict[str, str]], digest: Run, tmp_path: Path
) -> None:
    answer = digest("init", "mine", *(part for word in words for part in ("--source", word)))
    assert (answer.code, answer.err) == (0, "")
    assert sources(tmp_path / "mine") == made
    read = config.load(tmp_path / "mine" / "config.toml", {}).sources
    assert [(one.name, one.kind, one.addresses) for one in read[1:]] == [
        (one["name"], one["kind"], (one["url"],) if "url" in one else ()) for one in made
    ]


def test_addresses_in_other_capitals_are_two_sources() -> None:
    found = choosing.sources_of("https://papers.example.org/A,https://papers.example.org/a")
    assert [one["url"] for one in found] == ["https://papers.example.org/A", "https://papers.example.org/a"]


def test_init_that_is_not_asked_for_a_source_fetches_nothing(digest: Run, tmp_path: Path) -> None:
    out = digest("init", "mine").out
    text = (tmp_path / "mine" / "config.toml").read_text()
    assert (sources(tmp_path / "mine"), '# kind  = "huggingface"' in text) == ([], True)
    assert ("put saved listing pages into mine/dumps" in out, "fetches" in out) == (True, False)
    assert digest("init", "same", "--source", "folder").out == out.replace("mine", "same")


def test_example_of_a_source_that_is_chosen_is_no_second_time_in_the_config(digest: Run, tmp_path: Path) -> None:
    digest("init", "mine", "--source", "huggingface,arxiv:cs.CL")
    text = (tmp_path / "mine" / "config.toml").read_text()
    assert [text.count(f'"{name}"\n') for name in ("huggingface", "arxiv")] == [1, 1]
    assert re.findall(r"^(?:# )?\[\[source\]\]", text, re.MULTILINE) == ["[[source]]"] * 3


def test_what_to_do_next_is_true_of_a_source_that_is_fetched(digest: Run) -> None:
    out = digest("init", "mine", "--source", "huggingface,arxiv:cs.CL").out
    assert "put saved" not in out
    assert "It fetches what is new from huggingface and arxiv, and reads what you save in mine/dumps." in out


@pytest.mark.parametrize("category", arxiv.CATEGORIES)
def test_every_category_of_arxiv_has_its_feed(category: str) -> None:
    assert arxiv.announced(category.upper()) == f"https://rss.arxiv.org/rss/{category}"


def test_all_topics_are_those_that_are_not_named(digest: Run, tmp_path: Path) -> None:
    assert digest("init", "mine", "--topics", "all").code == 0
    assert "topics" not in settings(tmp_path / "mine")["digest"][0]


def test_init_never_overwrites(digest: Run, tmp_path: Path) -> None:
    digest("init", "mine", "--title", "Dear to me")
    before = everything(tmp_path)
    answer = digest("init", "mine", "--title", "Something else")
    assert (answer.code, answer.problems) == (
        1,
        ["digest: mine/config.toml: is there already (edit it, or choose another folder)"],
    )
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--topics", "grafs"), 'unknown topic "grafs"; did you mean "graphs"?'),
        (("--to", "nobody"), "must be one bare address"),
        (("--title", "two\nlines"), "must be one line"),
        (("--topics", "llm,llm"), 'lists "llm" twice'),
        (("--time-zone", "Berlin"), 'did you mean "Europe/Berlin"?'),
        (("--source", "hugingface"), 'unknown source "hugingface"; did you mean "huggingface"?'),
        (("--source", "cs.lg"), 'unknown source "cs.lg"; did you mean "arxiv:cs.LG"?'),
        (("--source", "arxiv"), 'arXiv needs a category, such as "arxiv:cs.CL"'),
        (("--source", "arxiv:cs.CL+cs.LQ"), 'unknown arXiv category "cs.LQ"; did you mean "cs.'),
        (("--source", "nowhere"), "name huggingface, arxiv:cs.CL, https://… or folder"),
        (("--source", "papers.example.org/feed"), "name huggingface, arxiv:cs.CL, https://… or folder"),
        (("--source", ","), "name huggingface, arxiv:cs.CL, https://… or folder"),
        (("--source", "ftp://papers.example.org/feed"), "must be an address"),
        (("--source", "https://me:secret@papers.example.org/"), "must be an address"),
        (("--source", "http://[a#b"), "must be an address"),
        (("--source", "https://papers.example.org/a,HTTPS://Papers.example.org/a"), "twice"),
        (("--source", "huggingface,HuggingFace"), 'lists "HuggingFace" twice'),
        (("--source", "arxiv:cs.CL,https://rss.arxiv.org/rss/cs.CL"), 'lists "https://rss.arxiv.org/rss/cs.CL" twice'),
        (("--source", "nowhere,elsewhere"), '"elsewhere"'),
    ],
)
def test_wrong_answer_is_told_and_nothing_is_made(
    words: tuple[str, ...], said: str, digest: Run, tmp_path: Path
) -> None:
    answer = digest("init", "mine", *words)
    assert (answer.code, len(answer.problems), said in answer.err) == (78, 1, True)
    assert answer.err.startswith(f"digest: {words[0]}: ")
    assert "secret" not in answer.err
    assert not (tmp_path / "mine").exists()


def test_folder_that_can_not_be_made_is_one_line(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = digest("init", "file/mine")
    assert (answer.code, len(answer.problems), "file/mine/config.toml" in answer.err) == (1, 1, True)
    assert digest("init", "file").code == 2


def test_init_asks_five_questions_on_a_terminal_and_again_after_a_wrong_answer(tmp_path: Path) -> None:
    typed = "My Papers\nhugging\narxiv:cs.CL, huggingface\ngrafs\ngraphs, llm\nnobody\nme@example.org\nBerlin\nEurope/Berlin\n"
    code, shown = on_a_terminal(["init", "mine"], tmp_path, typed)
    assert code == 0, shown
    made = (tmp_path / "mine" / "config.toml").read_text()
    assert all(word in made for word in ('"My Papers"', '["graphs", "llm"]', '["me@example.org"]', '"Europe/Berlin"'))
    assert shown.count("Error") == 4
    assert 'Error: unknown source "hugging"; did you mean "huggingface"?' in shown
    assert sources(tmp_path / "mine") == [HUGGING_FACE, ARXIV]
    assert "It fetches what is new from arxiv and huggingface," in shown
    assert 'Error: unknown topic "grafs"; did you mean "graphs"?' in shown
    assert 'did you mean "graphs"' in shown
    assert "Graph learning" in shown, "the topics are listed before they are asked for"


def test_init_asks_only_for_what_is_not_given(tmp_path: Path) -> None:
    words = ["init", "mine", "--title", "A", "--topics", "llm", "--source", "folder"]
    code, shown = on_a_terminal(words, tmp_path, "me@example.org\n\n")
    assert (code, shown.count("?")) == (0, 2), shown
    assert sources(tmp_path / "mine") == []


def test_defaults_are_one_key_each(tmp_path: Path) -> None:
    code, shown = on_a_terminal(["init", "mine"], tmp_path, "\n\n\n\n\n", TZ="Asia/Tokyo")
    assert (code, "In which time zone are your days? [Asia/Tokyo]" in shown) == (0, True)
    made = settings(tmp_path / "mine")
    assert (made["title"], made["time_zone"]) == ("Morning Papers", "Asia/Tokyo")
    assert sources(tmp_path / "mine") == [HUGGING_FACE], "the first of the list"
    offered = shown.partition("Where do the papers come from?")[2].split()
    assert offered[0] == "huggingface"


def test_end_of_input_ends_init_and_nothing_is_made(tmp_path: Path) -> None:
    code, shown = on_a_terminal(["init", "mine"], tmp_path, "My Papers\n\x04")
    assert (code, "stopped" in shown, (tmp_path / "mine").exists()) == (130, True, False)


@pytest.mark.parametrize(
    ("named", "linked", "zone"),
    [
        ("", "/usr/share/zoneinfo/Etc/UTC", "UTC"),
        ("", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "/etc/localtime", "UTC"),
        (":Asia/Tokyo", "/usr/share/zoneinfo/Etc/UTC", "Asia/Tokyo"),
        ("CET-1CEST", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("Etc/GMT+5", "", "Etc/GMT+5"),
    ],
)
def test_zone_of_the_machine_is_written_by_its_name(
    named: str, linked: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", named)
    monkeypatch.setattr("os.path.realpath", lambda _: linked)
    assert setup.own_zone() == zone


def test_init_writes_the_zone_of_the_machine(digest: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    answer = digest("init", "mine")
    assert (answer.code, "Its days are those of Asia/Tokyo (time_zone)" in answer.out) == (0, True)
    assert settings(tmp_path / "mine")["time_zone"] == "Asia/Tokyo"
    assert digest("init", "other", "--time-zone", "Europe/Berlin").code == 0
    assert settings(tmp_path / "other")["time_zone"] == "Europe/Berlin"


# --- demo -------------------------------------------------------------------------------------------------------


def test_demo_shows_six_days_a_mail_and_where_everything_is_and_can_be_shown_again(digest: Run, tmp_path: Path) -> None:
    for _ in range(2):
        code, out, err = digest("demo")
        assert (code, err) == (0, "")
        days, mail, places = out.split("\n\n---")[0], out.partition("---")[2], out.rpartition("---\n")[2]
        assert [line.split()[3] for line in days.split("\n")] == ["new", "new", "new", "quiet", "new", "quiet"]
        assert "Subject: 25 new papers" in mail
        named = re.findall(r"^The \w+ +(\S+)", places, re.MULTILINE)
        assert named == ["demo/mail", "demo/public/index.html", "demo/public/feeds/all.atom"]
        assert all((tmp_path / name).exists() for name in named)
        assert max(map(len, out.split("\n"))) <= 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo"]


def test_mail_that_is_shown_ends_between_two_papers(digest: Run) -> None:
    shown = digest("demo").out.split("\n")
    last = next(at for at, line in enumerate(shown) if "lines more" in line)
    assert shown[last - 1] == ""
    assert last <= demo.SCREEN + 12


def test_commands_that_demo_and_init_print_can_be_typed(digest: Run, tmp_path: Path) -> None:
    out = digest("demo", "a b").out
    line = next(line for line in out.split("\n") if line.endswith("editions"))
    shown = typed(line.partition("Look around")[2] or line, tmp_path)
    assert (shown.stderr, "daily\t4\t2026-11-20\t25" in shown.stdout) == ("", True)
    out = digest("init", "my own").out
    line = next(line for line in out.split("\n") if line.endswith("run"))
    assert "quiet" in typed(line, tmp_path).stdout
    line = next(line for line in out.split("\n") if line.endswith("install"))
    assert f'"{tmp_path}/my own/config.toml" daemon' in typed(f"{line} --print", tmp_path).stdout


def test_line_for_cron_runs_where_nothing_is_set(digest: Run) -> None:
    out = digest("init", "my 100% own").out
    line = next(line for line in out.split("\n") if line.startswith("  0 7 * * 1-5 /"))
    command = line.removeprefix("  0 7 * * 1-5 ").replace("\\%", "%")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.startswith("quiet")) == (0, True), done.stderr
    assert f"0 7 * * 1-5 {itself.whole()} -c ~/papers/config.toml run" in digest("run", "--help").out


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_command_is_named_as_it_can_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / ".venv" / "bin" / "digest"
    script.parent.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    assert itself.typed() == ".venv/bin/python -m digest"
    script.touch(mode=0o755)
    assert itself.typed() == ".venv/bin/digest"
    monkeypatch.chdir(script.parents[1])
    assert itself.typed() == "bin/digest"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert itself.typed() == str(script)
    monkeypatch.setenv("PATH", str(script.parent))
    assert itself.typed() == "digest"


def test_demo_touches_no_other_folder(digest: Run, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "digest.db").write_text("dear")
    answer = digest("demo", "archive")
    assert (answer.code, answer.problems) == (1, ["digest: archive: is not empty, and no demo's (name another folder)"])
    assert everything(tmp_path) == {archive / "digest.db": b"dear"}


def test_demo_that_somebody_has_put_dumps_into_is_kept(digest: Run, tmp_path: Path) -> None:
    digest("demo")
    (tmp_path / "demo" / "dumps" / "mine.txt").write_text("dear")
    before = everything(tmp_path)
    answer = digest("demo")
    assert (answer.code, "dumps of yours" in answer.err) == (1, True)
    assert everything(tmp_path) == before


def test_demo_in_this_folder_or_behind_a_link_can_be_repeated(digest: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert digest("demo", ".").code == 0
    other = tmp_path.with_name(tmp_path.name + "-link")
    other.symlink_to(tmp_path)
    assert digest("demo", other).code == 0
    other.unlink()


def test_demo_follows_no_link_out_of_its_folder(digest: Run, tmp_path: Path) -> None:
    digest("demo")
    away = tmp_path / "away"
    away.mkdir()
    (away / "dear").touch()
    (tmp_path / "demo" / "link").symlink_to(away)
    assert digest("demo").code == 0
    assert (away / "dear").exists()
    assert not os.path.lexists(tmp_path / "demo" / "link")


def test_demo_ignores_settings_of_the_environment(digest: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_DATABASE", str(tmp_path / "dear.db"))
    assert digest("demo").code == 0
    assert not (tmp_path / "dear.db").exists()


def test_edition_that_is_shown_is_a_full_one() -> None:
    latest, few, full = (Headline("daily", "Mine", number=n, day=DAY.date(), created=DAY, papers=n) for n in (1, 7, 25))
    assert demo.worth_seeing([latest, few, full]) is few
    assert demo.worth_seeing([latest]) is latest
