"""The README's reference against the program itself, both ways; its links; and what no file here may name."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

import crawler.settings
from crawler.source_form import SourceForm
from crawler.source_index import families_table, sources_table
from crawler.sources import load, load_all, load_families
from storage.catalogue_open import open_store
from storage.catalogue_views import VIEWS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")

SCRAPY_COMMANDS = frozenset({"list", "crawl"})
"""Commands of Scrapy's own that the README tells of."""


# --- what the README says ----------------------------------------------------------------------


def described(readme: str, heading: str) -> set[str]:
    """Read the names in the first column of every table under `### heading`, after the name in their `####`, dotted."""
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", readme, re.S | re.M)
    found, prefix = set(), ""
    for line in section.group(1).splitlines() if section else []:
        if line.startswith("#### "):
            prefix = "".join(f"{name}." for name in re.findall(r"`([^`]+)`", line)[:1])
        elif line.startswith("| "):
            found |= {prefix + name for name in re.findall(r"`([^`]+)`", line.split(" | ")[0])}
    return found


def gaps(readme: str, program: Mapping[str, set[str]]) -> Iterator[str]:
    """Name what the reference lacks and what it invents; `program` maps each of its headings to the true names."""
    for heading, names in program.items():
        said = described(readme, heading)
        yield from (f"{heading}: `{name}` is not in the README" for name in sorted(names - said))
        yield from (f"{heading}: the README describes `{name}`, which does not exist" for name in sorted(said - names))


# --- what is true ------------------------------------------------------------------------------


def settings() -> set[str]:
    """Every setting whose name begins with ARCHIVE_."""
    return {name for name in vars(crawler.settings) if name.startswith("ARCHIVE_")} - {"ARCHIVE_DEFAULTS"}


def commands() -> set[str]:
    """Every command of the project, and Scrapy's own that it keeps."""
    files = (ROOT / "crawler" / "commands").glob("*.py")
    return {path.stem for path in files if not path.stem.startswith("_")} | SCRAPY_COMMANDS


def columns(folder: Path) -> set[str]:
    """Every column of every view of a catalogue made in `folder`."""
    store = open_store(folder / "catalogue.sqlite")
    try:
        views = [str(row[0]) for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'view'")]
        assert set(views) == set(VIEWS)
        return {f"{view}.{row[1]}" for view in views for row in store.rows(f"PRAGMA table_info({view})")}
    finally:
        store.close()


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every key of a source file, dotted; a table's own name is not one."""
    for name, declared in model.model_fields.items():
        path = prefix + (declared.alias or name)
        inner = [part for part in parts(declared.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        if not inner:
            yield path
        for part in inner:
            yield from keys(part, path + ".")


def parts(annotation: object) -> Iterator[object]:
    """Yield every type that `annotation` is made of."""
    arguments = typing.get_args(annotation)
    yield from (part for argument in arguments for part in parts(argument))
    if not arguments:
        yield annotation


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Heading of the reference -> the names that belong under it."""
    return {
        "Settings": settings(),
        "Commands": commands(),
        "Source keys": set(keys(SourceForm)),
        "Views": columns(tmp_path_factory.mktemp("catalogue")),
    }


# --- tests -------------------------------------------------------------------------------------


def test_the_reference_is_whole_and_true(program: dict[str, set[str]]) -> None:
    found = list(gaps(README, program))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("heading", "planted"),
    [
        ("Settings", "ARCHIVE_PLANTED_S"),
        ("Commands", "planted"),
        ("Source keys", "crawl.planted_s"),
        ("Views", "article.planted"),
    ],
)
def test_what_the_readme_lacks_is_found(program: dict[str, set[str]], heading: str, planted: str) -> None:
    more = {**program, heading: program[heading] | {planted}}
    assert set(gaps(README, more)) - set(gaps(README, program)) == {f"{heading}: `{planted}` is not in the README"}


def test_an_undocumented_setting_is_found(program: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(gaps(README, program))
    monkeypatch.setattr(crawler.settings, "ARCHIVE_PLANTED_S", "1", raising=False)
    found = set(gaps(README, {**program, "Settings": settings()})) - before
    assert found == {"Settings: `ARCHIVE_PLANTED_S` is not in the README"}


@pytest.mark.parametrize("heading", ["Settings", "Commands", "Source keys", "Views"])
def test_what_the_readme_invents_is_found(program: dict[str, set[str]], heading: str) -> None:
    planted = README.replace(f"### {heading}\n", f"### {heading}\n| `planted` | not there |\n", 1)
    found = set(gaps(planted, program)) - set(gaps(README, program))
    assert found == {f"{heading}: the README describes `planted`, which does not exist"}


def test_commands_typed_in_the_readme_exist() -> None:
    blocks = "\n".join(re.findall(r"^```(?:sh|console)\n(.*?)^```", README, re.S | re.M))
    typed = set(re.findall(r"(?:^|[;&|] )\$? ?(?:ARCHIVE_\w+=\S+ )*scrapy (\w+)", blocks, re.M))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert typed and typed <= commands()
    made = set(re.findall(r"^\$? ?make ([a-z-]+)", blocks, re.M))
    assert {"demo", "test"} <= made <= targets


def test_the_source_shown_in_the_readme_loads(tmp_path: Path) -> None:
    shown = re.search(r"^```toml\n(.*?)^```", README, re.S | re.M)
    assert shown
    (tmp_path / "mine.toml").write_text(shown.group(1), "utf-8")
    source = load(tmp_path / "mine.toml")
    assert source.name == "mine" and source.lists and source.articles
    assert sum(bool(line.strip()) for line in shown.group(1).splitlines()) <= 15


def test_links_of_the_readme_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", README, re.M)
    }
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        path, _, anchor = target.partition("#")
        assert (ROOT / path).exists() if path else anchor in headings, target


def test_the_tables_of_sources_are_those_of_the_files() -> None:
    folder = ROOT / "crawler" / "sources"
    wanted = [*sources_table(load_all(folder)[0]), "", *families_table(load_families(folder))]
    written = README.partition("<!-- sources: begin -->\n")[2].partition("<!-- sources: end -->")[0]
    assert written.splitlines() == wanted, "run: make readme"


# --- dependencies ------------------------------------------------------------------------------

MODULES = {"readability-lxml": "readability", "charset-normalizer": "charset_normalizer", "zlib-ng": "zlib_ng"}
"""Distribution -> the module it is imported as, where the names differ."""

UNIMPORTED = {"tzdata"}
"""Read by `zoneinfo`, never imported."""


def dependencies() -> set[str]:
    """Every package that pyproject.toml asks for at run time."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return {re.split(r"[<>=!~ ;\[]", line)[0] for line in wanted}


def test_every_dependency_has_its_reason_and_is_used() -> None:
    table = README.partition("\n## Dependencies\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0].strip("| ") for line in table.splitlines() if line.startswith("| ")]
    explained = {name for row in rows[2:] for name in row.split(", ")}
    assert explained == dependencies()
    sources = "\n".join(
        path.read_text("utf-8")
        for package in ("storage", "pipelines", "crawler")
        for path in (ROOT / package).rglob("*.py")
    )
    used = {
        name for name in dependencies() if re.search(rf"^ *(?:import|from) {MODULES.get(name, name)}\b", sources, re.M)
    }
    assert used == dependencies() - UNIMPORTED


def test_the_locks_pin_every_dependency_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==.*\\\n    --hash=sha256:", lock, re.M))
    assert dependencies() <= pinned


# --- what no file may name ---------------------------------------------------------------------

REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org")
MACHINE = re.compile(r"(?<![\w/.])/(?:work|root|opt/pypi)/\w")


def tracked(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that git tracks or would."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout
    for path in filter(None, listed.decode().split("\0")):
        if (root / path).is_file():
            yield path, (root / path).read_bytes().decode("utf-8", "replace")


def named(root: Path) -> list[str]:
    """List every line of a tracked file that names a registry's host or a path of one machine."""
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in tracked(root)
        for number, line in enumerate(text.splitlines(), 1)
        if any(host in line for host in REGISTRIES) or MACHINE.search(line)
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="git lists the files")
def test_no_file_names_a_registry_or_a_machine() -> None:
    found = named(ROOT)
    assert not found, "\n".join(found)


def test_a_registry_and_a_machine_path_are_found(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.txt").write_text(f"clean\nsee https://{REGISTRIES[0]}/simple\nand {'/wo' + 'rk/main'}\n")
    assert [line.split(" ")[0] for line in named(tmp_path)] == ["a.txt:2:", "a.txt:3:"]
