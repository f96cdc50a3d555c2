"""The documentation: it builds, asks no other host for anything, and says what is so."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import app
from finetune.model.lora_layers import LLAMA, TARGETS
from finetune.training.settings_file import checked, defaults
from finetune.training.start import RECIPES, recipe_of

HOUSE = Path(__file__).parent.parent
DOCS = HOUSE / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LOADS = {"script": "src", "img": "src", "source": "src", "iframe": "src", "link": "href"}


class Loads(HTMLParser):
    """What a browser fetches by itself for a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(LOADS.get(tag, ""))
        if address:
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material", reason="the extra `docs` is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)],
        cwd=HOUSE,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_builds_without_a_warning_and_has_every_page(site: Path) -> None:
    named = list(_named(_settings()["nav"]))
    assert {DOCS / name for name in named} == set(PAGES)
    for name in named:
        assert (site / name).with_suffix(".html").is_file()


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        found = Loads(page.read_text("utf-8")).found
        assert found, page
        assert not [one for one in found if re.match(r"(\w+:)?//", one)], page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\([\"']?(https?:)?//", style.read_text("utf-8")), style


def test_formulas_are_mathml(site: Path) -> None:
    shown = (site / "methods.html").read_text("utf-8")
    written = (DOCS / "methods.md").read_text("utf-8")
    assert shown.count('display="block"') == written.count("$$") / 2 > 10
    assert "arithmatex" not in shown
    assert "\\frac" not in shown


def test_a_link_out_of_the_documentation_leads_to_a_copy(site: Path) -> None:
    notebook = "notebooks/01_search_your_photos.ipynb"
    assert f'href="files/{notebook}"' in (site / "evaluation.html").read_text("utf-8")
    assert (site / "files" / notebook).read_bytes() == (HOUSE / notebook).read_bytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_command_in_it_exists(page: Path) -> None:
    for words in _commands(page.read_text("utf-8")):
        command: Any = get_command(app)
        rest = list(words)
        while hasattr(command, "commands"):
            assert rest[0] in command.commands, words
            command = command.commands[rest.pop(0)]
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        asked = {word for word in rest if re.fullmatch(r"--?[a-z0][a-z-]*", word)}
        assert asked <= known, words


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_name_that_its_python_imports_exists(page: Path) -> None:
    blocks = [block for kind, block in BLOCK.findall(page.read_text("utf-8")) if kind == "python"]
    nodes = [node for block in blocks for node in ast.walk(ast.parse(block))]
    for node in [one for one in nodes if isinstance(one, ast.ImportFrom)]:
        package, *_ = parts = str(node.module).split(".")
        if not (HOUSE / package).is_dir():
            continue
        module = HOUSE.joinpath(*parts)
        source = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
        for one in node.names:
            assert re.search(rf"\b{one.name}\b", source.read_text("utf-8")), one.name


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_page_shows_settings_that_there_are(name: str) -> None:
    shown = _shown(name)
    assert shown.pop("recipe") == name
    checked(recipe_of(name).config, shown, f"docs/finetune-{name}.md")


@pytest.mark.parametrize("name", ["dialogue", "rewriter"])
def test_it_shows_every_setting_with_its_default(name: str) -> None:
    shown = _shown(name)
    assert (shown.pop("recipe"), shown.pop("dialogues")) == (name, "dialogues.jsonl")
    expected = defaults(recipe_of(name).config)
    assert expected.pop("dialogues") == ""
    assert expected.pop("pictures") is None
    expected["training"]["betas"] = list(expected["training"]["betas"])
    expected["lora"]["targets"] = list(expected["lora"]["targets"])
    assert shown == expected


def test_the_table_of_lora_layers_is_that_of_the_code() -> None:
    text = (DOCS / "finetune.md").read_text("utf-8")
    section = text.partition("## Which layers")[2].partition("\n## ")[0]
    told = {
        kind: tuple(re.findall(r"`([^`]+)`", layers))
        for kinds, layers in re.findall(r"^\| (.+?) \| (`.+`) \|$", section, re.MULTILINE)
        for kind in re.findall(r"`([^`]+)`", kinds) or ["any other"]
    }
    assert told == {**TARGETS, "any other": LLAMA}


def _shown(name: str) -> dict[str, Any]:
    blocks = BLOCK.findall((DOCS / f"finetune-{name}.md").read_text("utf-8"))
    return tomllib.loads(next(text for kind, text in blocks if kind == "toml"))


def _settings() -> Any:
    import yaml

    return yaml.safe_load((HOUSE / "mkdocs.yml").read_text("utf-8"))


def _named(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
        return
    for one in entry.values() if isinstance(entry, dict) else entry:
        yield from _named(one)


def _commands(text: str) -> Iterator[list[str]]:
    shell = [block for kind, block in BLOCK.findall(text) if kind == "sh"]
    lines = [line for block in shell for line in block.splitlines()]
    for line in [*lines, *re.findall(r"^    (dialens .*)$", text, re.MULTILINE)]:
        if "<<" in line:
            continue
        words = shlex.split(line, comments=True)
        for start in [place for place, word in enumerate(words) if word == "dialens"]:
            ends = [at for at, word in enumerate(words) if word in ("|", "<", ">", "&&")]
            yield words[start + 1 : min((at for at in ends if at > start), default=len(words))]
