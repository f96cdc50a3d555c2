"""Another package's new warning fails nobody's tests; `make test-newest` finds our share in it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

HOUSE = Path(__file__).parents[1]
SOMELIB = """
import warnings

def told(level): warnings.warn("old is deprecated", FutureWarning, stacklevel=level)
def old(level=1): told(level)
def chatty(): warnings.warn("the weather is fine")
"""
OTHERLIB = "import somelib\ndef call_old(level=1): somelib.old(level)"
PRETENDED = "def call(what, *args): return what(*args)\ndef root(np): np.sqrt(-np.ones(1))"
TESTS = f"""
import types, warnings
from concurrent.futures import ThreadPoolExecutor
import numpy, otherlib, somelib

ours = types.ModuleType("retrievers.pretended")
exec(compile({PRETENDED!r}, {str(HOUSE / "retrievers" / "pretended.py")!r}, "exec"), vars(ours))

def test_ours_whatever_the_level():
    ours.call(somelib.old)
def test_ours_at_our_line():
    ours.call(somelib.old, 3)
def test_ours_in_another_thread():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ours.call, somelib.old).result()
def test_ours_through_torch():
    from torch.nn import Module
    network = Module()
    network.forward = somelib.old
    ours.call(network)
def test_ours_of_another_kind():
    ours.call(somelib.chatty)
def test_theirs():
    ours.call(otherlib.call_old)
def test_theirs_at_their_line():
    ours.call(otherlib.call_old, 3)
def test_theirs_of_any_kind():
    for kind in (UserWarning, DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.warn("new in this release", kind)
def test_arithmetic_of_ours():
    ours.root(numpy)
"""


def _outcomes(folder: Path, *more: str) -> dict[str, str]:
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *more]
    done = subprocess.run(
        [*command, "-c", str(HOUSE / "pyproject.toml"), "--rootdir", ".", "test_them.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(HOUSE)))},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(PASSED|FAILED) .*::test_(\w+)", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {name: outcome for outcome, name in found}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strangers")
    for name, text in {"somelib": SOMELIB, "otherlib": OTHERLIB, "test_them": TESTS}.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return folder


def test_what_packages_warn_of_fails_nobodys_tests(folder: Path) -> None:
    outcomes = _outcomes(folder, "-k", "not torch")  # slow to import
    failed = {name for name, outcome in outcomes.items() if outcome == "FAILED"}
    assert len(outcomes) == TESTS.count("def test_") - 1
    assert failed == {"arithmetic_of_ours"}


def test_the_newest_versions_are_tested_strictly_with_calls_of_ours(folder: Path) -> None:
    outcomes = _outcomes(folder, "-p", "tests.own_warnings")
    failed = {name for name, outcome in outcomes.items() if outcome == "FAILED"}
    assert len(outcomes) == TESTS.count("def test_")
    assert failed == {name for name in outcomes if "ours" in name}
