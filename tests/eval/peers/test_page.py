"""The page's blocks run, in the order in which they stand, over a small benchmark."""

import re
from pathlib import Path

import pytest

pytest.importorskip("mteb")
pytest.importorskip("rerankers")
pytest.importorskip("sentence_transformers")
import mteb
from PIL import Image

from agent.rerank.mllm_choices import YesNo
from agent.rerank.pointwise import PointwiseReranker
from benchmarks.mteb_figures import figures
from eval.benchmark import Benchmark
from eval.benchmarks.captioned import both_directions
from eval.peers.mteb_task import LocalTask
from eval.systems.pipeline_system import PipelineSystem
from tests.agent.rerank.test_mllm_choices import Brightest
from tests.encoders import ColourEncoder
from tests.eval.peers.scenes import OftenWrong, captioned
from tests.eval.peers.test_second_stages import pixels
from tests.eval.scenes import halves

PAGE = (Path(__file__).parents[3] / "docs" / "peers.md").read_text("utf-8")


def test_what_the_page_shows_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for level, name in ((40, "a.png"), (200, "b.png")):
        Image.new("RGB", (8, 8), (level,) * 3).save(name)
    task = halves(tmp_path / "halves").tasks[0]
    asked = mteb.get_tasks
    monkeypatch.setattr(
        mteb, "get_tasks", lambda tasks: asked(tasks=tasks) and [LocalTask(task, name="hub")]
    )
    encoder, judge = ColourEncoder(), YesNo(Brightest(), pixels)
    names = {
        "encoder": encoder,
        "task": task,
        "system": PipelineSystem("colours", encoder, home=tmp_path),
        "judge": judge,
        "reranker": PointwiseReranker(judge),
    }
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        exec(compile(block, "docs/peers.md", "exec"), names)
    assert capsys.readouterr().out.splitlines()[-1] == "second"


def test_the_benchmark_gives_equal_figures(tmp_path: Path) -> None:
    made = Benchmark("captioned", "", both_directions(captioned(tmp_path)))
    for task in made.tasks:
        for ours, theirs in figures(made, task, OftenWrong()).values():
            assert ours == pytest.approx(theirs, abs=6e-6)
