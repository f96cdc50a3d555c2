"""A run of CI fails when a test is skipped that need not be, and says which."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("body", "ends"),
    [
        ("def test_one(): pytest.skip('no such program')", 1),
        ("pytest.importorskip('no_such_module')", 1),
        ("def test_one(): pytest.skip('there is no second device')", 0),
        ("def test_one(): pass", 0),
    ],
)
def test_a_skip_that_is_not_on_the_list_fails_the_run(
    tmp_path: Path, body: str, ends: int, workers: str
) -> None:
    (tmp_path / "test_one.py").write_text(f"import pytest\n{body}\ndef test_two(): pass\n")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "tests.no_skips"),
            *("--rootdir", str(tmp_path), str(tmp_path)),
        ],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == ends, ended.stdout
    assert ("may be (tests/no_skips.py)" in ended.stdout) == bool(ends)
