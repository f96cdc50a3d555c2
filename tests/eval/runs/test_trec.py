from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from eval.ranking import Ranking
from eval.runs.trec import read_trec, write_trec

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)


def ranked(scores: dict[str, float]) -> Ranking:
    ids, best = zip(*sorted(scores.items(), key=lambda pair: -pair[1]), strict=True)
    return Ranking(ids, best)


@given(
    st.dictionaries(
        NAMES,
        st.dictionaries(NAMES, st.floats(-10, 10, allow_nan=False), min_size=1, max_size=5),
        min_size=1,
        max_size=3,
    )
)
def test_what_is_written_is_read_again_whatever_the_names(
    held: dict[str, dict[str, float]],
) -> None:
    rankings = {one: ranked(scores) for one, scores in held.items()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.trec"
        write_trec(path, rankings, tag="a system")
        assert read_trec(path) == rankings


def test_trec_eval_reads_it_and_agrees_where_nothing_is_tied(tmp_path: Path) -> None:
    rankings = {"q 1": Ranking(("a", "b b", "c"), (0.9, 0.5, -0.1))}
    write_trec(tmp_path / "run.trec", rankings, tag="x")
    with (tmp_path / "run.trec").open() as file:
        run = pytrec_eval.parse_run(file)
    judge = pytrec_eval.RelevanceEvaluator({"q%201": {"b%20b": 1}}, {"recip_rank"})
    assert judge.evaluate(run)["q%201"]["recip_rank"] == 1 / rankings["q 1"].rank_of({"b b"})  # type: ignore[operator]


@pytest.mark.parametrize("line", ["q Q0 a 1 0.5", "q Q0 a 1 high x", "q Q0 a 1 1 x\nq Q0 a 2 0 x"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.trec"
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match=rf"run\.trec:{line.count(chr(10)) + 1}: "):
        read_trec(path)
