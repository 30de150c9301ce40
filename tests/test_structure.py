"""The shape of the program, measured: who may import whom, where SQL stands, how long things are, what is documented."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest
from click import Group

from digest import cli, config

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
    "digest.identity",
    "digest.revision",
    "digest.ledger",
    "digest.drift",
    "digest.likeness",
    "digest.sequels",
    "digest.undelivered",
    "digest.returning",
    "digest.edition",
    "digest.parsers",
    "digest.topics",
    "digest.render",
    "digest.models",
    "digest.errors",
    "digest.health",
    "digest.rhythm",
    "digest.withdrawn",
    "digest.ledger",
    "digest.bounces",
)
SHELL = ("digest.sources", "digest.store", "digest.deliver", "digest.output", "digest.build", "digest.config")
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


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, SHELL)])
def test_shell_knows_neither_pipeline_nor_commands(name: str) -> None:
    upward = {one for one in imported(name) if within(one, ("digest.pipeline", "digest.commands", "digest.cli"))}
    assert upward == set()


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
