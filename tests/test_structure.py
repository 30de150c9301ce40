"""The shape of the program, measured: who may import whom, where SQL stands, how long things are, what is documented."""

from __future__ import annotations

import ast
import re
import statistics
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click import Group

from digest import cli, config
from digest.commands import wiring
from digest.config import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "digest").rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
CORE = (
    "digest.text",
    "digest.sentences",
    "digest.dates",
    "digest.news",
    "digest.identity",
    "digest.revision",
    "digest.ledger",
    "digest.drift",
    "digest.likeness",
    "digest.query",
    "digest.sequels",
    "digest.undelivered",
    "digest.alerts",
    "digest.returning",
    "digest.edition",
    "digest.merging",
    "digest.parsers",
    "digest.topics",
    "digest.render",
    "digest.models",
    "digest.errors",
    "digest.health",
    "digest.facts",
    "digest.lateness",
    "digest.checkup",
    "digest.rhythm",
    "digest.schedule",
    "digest.withdrawn",
    "digest.bounces",
)
SHELL = (
    *("digest.sources", "digest.store", "digest.deliver", "digest.output", "digest.build", "digest.config"),
    "digest.samples",
    "digest.stopping",
    "digest.logs",
    "digest.units",
)
LINES = ("digest.ingest", "digest.sending", "digest.timetable", "digest.telling")
LEVELS = (
    CORE,
    SHELL,
    LINES,
    ("digest.desk", "digest.letters", "digest.web"),
    ("digest.pipeline",),
    ("digest.duties", "digest.daemon"),
    ("digest.commands",),
    ("digest.cli",),
    ("digest.__main__",),
)
READS_SHIPPED_FILES = {"digest.render.templates", "digest.topics.defaults"}
WORLD = {
    "sqlite3",
    "os",
    "socket",
    "subprocess",
    "time",
    "random",
    "tempfile",
    "shutil",
    "click",
    "rich",
    "sqlite_utils",
    "pydantic",
}


def within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def imported(name: str) -> set[str]:
    """The modules that a module names in its imports, wherever they stand."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, CORE)])
def test_core_knows_only_the_core(name: str) -> None:
    others = {one for one in imported(name) if one.startswith("digest.") and one in MODULES and not within(one, CORE)}
    world = {one.partition(".")[0] for one in imported(name)} & WORLD
    assert (others, world) == (set(), set())


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, CORE) and name not in READS_SHIPPED_FILES])
def test_core_asks_neither_clock_nor_disk(name: str) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)}
    banned = {"open", "datetime.now", "datetime.utcnow", "date.today", "print", "input"}
    ends = {call.rpartition(".")[2] for call in calls}
    assert not calls & banned
    assert not ends & {"read_text", "write_text", "read_bytes", "write_bytes", "today", "now"}


def test_every_module_has_its_room() -> None:
    rooms = [room for level in LEVELS for room in level]
    assert sorted(rooms) == sorted(set(rooms))
    assert {name for name in MODULES if name != "digest" and not within(name, tuple(rooms))} == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name != "digest"])
def test_imports_go_one_way(name: str) -> None:
    higher = LEVELS[1 + next(n for n, level in enumerate(LEVELS) if within(name, level)) :]
    assert {one for one in imported(name) if any(within(one, level) for level in higher)} == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: {one for one in run_imports(TREES[name]) if one in MODULES and one != name} for name in MODULES}
    assert len([*TopologicalSorter(graph).static_order()]) == len(MODULES)


def imports_anything(package: str) -> bool:
    """Whether a package imports modules of its own."""
    return package in MODULES and any(name.startswith(f"{package}.") for name in imported(package))


def run_imports(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports when it runs, be it late; not those that only its types need."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in names)
            if imports_anything(node.module):  # a package runs before any module in it
                yield node.module
        else:
            yield from run_imports(node)


@pytest.mark.parametrize("name", [name for name in MODULES if not within(name, ("digest.store",))])
def test_sql_stands_only_in_the_store(name: str) -> None:
    texts = [
        node.value for node in ast.walk(TREES[name]) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [
        text for text in texts if re.match(r"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b", text)
    ]


def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (f"{name}:{node.name}", node)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring."""
    doc = node.body[0] if ast.get_docstring(node) else None
    return (node.end_lineno or 0) - node.lineno + 1 - ((doc.end_lineno or 0) - doc.lineno + 1 if doc else 0)


def test_functions_are_short() -> None:
    lengths = {label: length(node) for label, node in functions()}
    assert {label: lines for label, lines in lengths.items() if lines > 40} == {}
    assert statistics.median(lengths.values()) <= 6
    assert sorted(lengths.values())[int(len(lengths) * 0.9)] <= 20


def test_modules_are_short_and_parameters_few() -> None:
    assert {name for name, path in MODULES.items() if path.read_text().count("\n") > 300} == set()
    many = {
        label
        for label, node in functions()
        if len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > 6
    }
    assert many == set()


def test_every_command_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    for name in cli.COMMANDS:
        command = cli.cli.get_command(None, name)  # type: ignore[arg-type]  # it needs no context
        assert command is not None
        assert f"`{name}" in text
        words = [word for one in command.params for word in one.opts if word.startswith("--")]
        missing = [word for word in words if word not in text]
        assert missing == []
        for sub, inner in command.commands.items() if isinstance(command, Group) else ():
            assert f"{name} {sub}" in text
            assert [word for one in inner.params for word in one.opts if word[:2] == "--" and word not in text] == []


def test_every_room_is_in_the_design() -> None:
    rooms = (ROOT / "docs" / "design.md").read_text().partition("## 3. Rooms")[2].partition("## 4.")[0]
    tops = {path.name + "/" * path.is_dir() for path in (ROOT / "digest").iterdir() if path.name[0] not in "_."}
    assert {name for name in tops - {"py.typed"} if f"  {name} " not in rooms} == set()


def test_every_kind_of_source_can_be_made_and_is_documented() -> None:
    assert set(rules.KINDS) == set(wiring.KINDS)
    text = (ROOT / "docs" / "sources.md").read_text()
    assert [kind for kind in rules.KINDS if f"| `{kind}` |" not in text] == []


def test_every_template_is_documented() -> None:
    text = (ROOT / "docs" / "templates.md").read_text()
    templates = [
        path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()
    ]
    assert [name for name in templates if name not in text] == []


def test_examples_of_the_topics_page_are_configurations(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "topics.md").read_text(), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        config.parse(example, tmp_path)


def test_readme_names_only_what_there_is() -> None:
    text = (ROOT / "README.md").read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)|srcset=\"([^\"]+)\"|src=\"([^\"]+)\"", text):
        assert (ROOT / next(filter(None, link))).exists()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= set(targets)
