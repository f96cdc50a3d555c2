"""Lists fold between words on a narrow terminal, and a width of 0 counts as none."""

import re
from pathlib import Path

import pytest

from retrievers.collection.collection import Collection
from tests.app.terminal.test_terminals import shell


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    for name in ("A long name of a collection", "another"):
        Collection.create(made / "collections" / name, encoder="encoder", dim=2).close()
    return made


def listed(line: str, home: Path, **environment: str) -> str:
    done = shell(f'"$PYTHON" -m app.start {line}', DIALENS_HOME=str(home), **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("width", [30, 60])
@pytest.mark.parametrize("line", ["status", "prompts list", "eval list"])
def test_a_narrow_terminal_breaks_lists_between_words(home: Path, line: str, width: int) -> None:
    whole = listed(line, home)
    narrow = listed(line, home, COLUMNS=str(width))
    assert max(map(len, narrow.splitlines())) <= width
    short = {word for word in whole.split() if len(word) <= width}
    assert short - set(narrow.split()) == set()


@pytest.mark.parametrize("width", ["0", "", "-5", "wide"])
def test_a_width_that_is_none_counts_as_not_given(home: Path, width: str) -> None:
    for line in ("status", "profiles", "prompts list"):
        assert listed(line, home, COLUMNS=width) == listed(line, home)


@pytest.mark.parametrize("width", ["1", "3", "7"])
def test_the_smallest_terminal_shows_all_there_is(home: Path, width: str) -> None:
    bare = re.sub(r"\s", "", listed("status", home, COLUMNS=width))
    assert bare == re.sub(r"\s", "", listed("status", home))
