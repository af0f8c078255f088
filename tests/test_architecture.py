"""The house as the README draws it, asserted from the source itself: imports, sizes, names."""

from __future__ import annotations

import ast
import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINE = ("storage", "pipelines", "crawler")
"""Lowest first: a package imports itself and those before it."""

ROOMS = {
    "warcio": ("storage.warc", "storage.reader"),
    "sqlalchemy": (
        "storage.tables",
        "storage.catalogue*",
        "storage.frontier*",
        "storage.search*",
        "storage.migrations*",
    ),
    "alembic": ("storage.tables", "storage.catalogue*", "storage.migrations*"),
    "readability": ("pipelines.body",),
    "scrapy": ("crawler*",),
    "twisted": ("crawler*",),
    "fastwarc": (),
    "hypothesis": (),
    "pytest": (),
}
"""Library -> the modules that may import it."""

LARGEST_FILE = 300
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 10

EMPTY_WORDS = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "misc", "data", "info", "obj"})
NAMED_BY_OTHERS = frozenset({"data_received", "dataReceived", "handle_data"})
"""Methods whose names asyncio, Twisted and html.parser prescribe."""


# --- reading the source ------------------------------------------------------------------------


def modules_of(root: Path) -> dict[str, Path]:
    """Map the dotted name of every module of the three packages under `root` to its file."""
    found = {}
    for path in sorted(path for package in LINE for path in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@dataclass(frozen=True)
class Source:
    """What the rules look at in one module's text."""

    documented: bool
    lines: int
    imports: tuple[ast.Import | ast.ImportFrom, ...]
    """At whatever depth."""
    functions: tuple[tuple[str, int], ...]
    """Name and length in lines, docstring included."""
    classes: tuple[str, ...]


@cache
def parsed(text: str) -> Source:
    """Parse the text of a module; kept, for the tests below look at the same texts again and again."""
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return Source(
        documented=bool(ast.get_docstring(tree)),
        lines=len(text.splitlines()),
        imports=tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
        functions=tuple((node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions),
        classes=tuple(node.name for node in nodes if isinstance(node, ast.ClassDef)),
    )


def imports_of(name: str, source: Source, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield the dotted name of everything that module `name` imports; ours resolved to modules."""
    package = name if modules[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in source.imports:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in modules else base


def words_of(name: str) -> set[str]:
    """Split `snake_case` and `CamelCase` into lower-case words."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


# --- the rules ---------------------------------------------------------------------------------


def upward(graph: Mapping[str, set[str]]) -> Iterator[str]:
    """Name every import that points up the line."""
    rank = {package: place for place, package in enumerate(LINE)}
    for name, targets in graph.items():
        for target in sorted(targets):
            here, there = name.split(".")[0], target.split(".")[0]
            if there in rank and rank[there] > rank[here]:
                yield f"{name} imports {target}: {here} may not import {there}"


def cycles(graph: Mapping[str, set[str]]) -> Iterator[str]:
    """Name every group of modules that import each other."""

    def reach(name: str) -> set[str]:
        met: set[str] = set()
        ahead = [name]
        while ahead:
            new = (graph[ahead.pop()] & graph.keys()) - met
            met |= new
            ahead += new
        return met

    reached = {name: reach(name) for name in graph}
    groups = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    yield from (f"cycle: {', '.join(sorted(group))}" for group in groups if group)


def strangers(graph: Mapping[str, set[str]]) -> Iterator[str]:
    """Name every library imported outside its room."""
    for name, targets in graph.items():
        for library in sorted({target.split(".")[0] for target in targets} & ROOMS.keys()):
            if not any(fnmatch(name, room) for room in ROOMS[library]):
                yield f"{name} imports {library}: allowed only in {', '.join(ROOMS[library]) or 'tests'}"


def sizes(name: str, source: Source) -> Iterator[str]:
    """Name a file or function that is too long."""
    if source.lines > LARGEST_FILE:
        yield f"{name}: {source.lines} lines, at most {LARGEST_FILE}"
    for function, length in source.functions:
        if length > LONGEST_FUNCTION:
            yield f"{name}.{function}: {length} lines, at most {LONGEST_FUNCTION}"


def names(name: str, source: Source) -> Iterator[str]:
    """Name what is named without saying anything, and a module that does not say what it owns."""
    if not source.documented:
        yield f"{name}: no module docstring"
    for word in (name.rpartition(".")[2], *source.classes, *(function for function, _ in source.functions)):
        if word not in NAMED_BY_OTHERS and words_of(word) & EMPTY_WORDS:
            yield f"{name}: the name {word} says nothing"


def drawn(readme: str) -> list[str]:
    """Read the files and folders of the three packages from the picture in `readme`, dotted, in its order."""
    picture = re.search(r"^```\n(storage/ .*?)^```", readme, re.S | re.M)
    order, package = [], ""
    for line in picture.group(1).splitlines() if picture else []:
        if heading := re.match(r"(\w+)/", line):
            package = heading.group(1)
        else:
            entries = itertools.takewhile(re.compile(r"[\w/]+(?:\.py|/)$").match, line.split())
            order += [
                f"{package}.{re.sub(r'(?:[.]py|/)$', '', e).replace('/', '.')}" for e in entries if line[:1] == " "
            ]
    return order


def undrawn(graph: Mapping[str, set[str]], readme: str) -> Iterator[str]:
    """Name what the picture lacks or invents, and every import that runs against its order inside a package."""
    order = drawn(readme)

    def place(name: str) -> int | None:
        return next((n for n, entry in enumerate(order) if name == entry or name.startswith(entry + ".")), None)

    for entry in order:
        if not any(name == entry or name.startswith(entry + ".") for name in graph):
            yield f"README draws {entry}, which is not there"
    for name in graph.keys() - set(LINE):
        if place(name) is None:
            yield f"{name} is not in the README's picture"
    for name, target in ((name, target) for name, targets in graph.items() for target in sorted(targets)):
        here, there = place(name), place(target)
        if here is not None and there is not None and there > here and name.split(".")[0] == target.split(".")[0]:
            yield f"{name} imports {target}, which the README draws below it"


def violations(root: Path) -> list[str]:
    """List every breach of the house's rules under `root`, one line each."""
    modules = modules_of(root)
    sources = {name: parsed(path.read_text("utf-8")) for name, path in modules.items()}
    graph = {name: set(imports_of(name, source, modules)) - {name} for name, source in sources.items()}
    found = [*upward(graph), *cycles(graph), *strangers(graph)]
    found += undrawn(graph, (root / "README.md").read_text("utf-8"))
    for name, source in sources.items():
        found += [*sizes(name, source), *names(name, source)]
    lengths = [length for source in sources.values() for _, length in source.functions]
    if median(lengths) >= MEDIAN_FUNCTION:
        found.append(f"median function: {median(lengths)} lines, below {MEDIAN_FUNCTION} wanted")
    return found


def test_the_house_stands() -> None:
    found = violations(ROOT)
    assert not found, "\n".join(found)


# --- and each rule can fail --------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packages and the README, free to be spoilt."""
    for package in LINE:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def plant(root: Path, file: str, code: str) -> list[str]:
    """Append `code` to `file` under `root`, made if need be, and return what that breaks that stood before."""
    before = violations(root)
    path = root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text("utf-8") if path.exists() else '"""Owns nothing."""\n') + code, "utf-8")
    return [line for line in violations(root) if line not in before]


@pytest.mark.parametrize(
    ("file", "code", "breach"),
    [
        ("storage/model.py", "import pipelines.extract\n", "storage may not import pipelines"),
        ("storage/model.py", "def late():\n    from crawler import settings\n", "storage may not import crawler"),
        ("pipelines/planted.py", "from crawler.settings import BOT_NAME\n", "pipelines may not import crawler"),
        (
            "storage/planted.py",
            "import warcio.recordloader\n",
            "storage.planted imports warcio: allowed only in storage",
        ),
        ("crawler/planted.py", "from sqlalchemy import select\n", "crawler.planted imports sqlalchemy"),
        ("pipelines/planted.py", "from readability import Document\n", "pipelines.planted imports readability"),
        ("pipelines/planted.py", "from twisted.internet import defer\n", "pipelines.planted imports twisted"),
        ("storage/planted.py", "import scrapy\n", "storage.planted imports scrapy"),
        ("storage/planted.py", "x = 1\n" * 300, "storage.planted: 301 lines, at most 300"),
        ("storage/planted.py", "def f():\n" + "    x = 1\n" * 60, "storage.planted.f: 61 lines, at most 60"),
        ("storage/planted.py", "def list_helper(): ...\n", "the name list_helper says nothing"),
        ("storage/planted.py", "class PageInfo: ...\n", "the name PageInfo says nothing"),
        ("storage/utils.py", "x = 1\n", "storage.utils: the name utils says nothing"),
        ("storage/planted.py", "x = 1\n", "storage.planted is not in the README's picture"),
    ],
)
def test_a_breach_is_found(copy: Path, file: str, code: str, breach: str) -> None:
    broken = plant(copy, file, code)
    assert any(breach in line for line in broken), broken


def test_a_cycle_is_found(copy: Path) -> None:
    (copy / "storage" / "planted.py").write_text('"""Owns one half."""\nfrom storage import errors\n')
    broken = plant(copy, "storage/errors.py", "from .planted import anything\n")
    assert any(line.startswith("cycle: ") and "storage.planted" in line for line in broken), broken


def test_a_module_without_docstring_is_found(copy: Path) -> None:
    (copy / "storage" / "planted.py").write_text("x = 1\n")
    assert "storage.planted: no module docstring" in violations(copy)


def test_functions_too_long_on_the_whole_are_found(copy: Path) -> None:
    long = "".join(f"def f{n}():\n" + "    x = 1\n" * 12 for n in range(20))
    for number in range(60):
        (copy / "pipelines" / f"planted{number}.py").write_text('"""Owns nothing."""\n' + long)
    assert any(line.startswith("median function: ") for line in violations(copy))


def test_an_import_against_the_drawn_order_is_found(copy: Path) -> None:
    readme = (copy / "README.md").read_text("utf-8")
    model, errors = (re.search(rf"^  {name}\.py.*\n", readme, re.M) for name in ("model", "errors"))
    assert model and errors and errors.start() < model.start()
    broken = plant(copy, "storage/errors.py", "from storage.model import Source\n")
    assert "storage.errors imports storage.model, which the README draws below it" in broken


def test_a_drawn_file_that_is_not_there_is_found(copy: Path) -> None:
    readme = copy / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("  model.py", "  nowhere.py    gone\n  model.py", 1), "utf-8")
    assert "README draws storage.nowhere, which is not there" in violations(copy)
