import csv
import io

import pytest

from eval.reports.published_figures import Published
from eval.reports.table import csv_text, latex, markdown, sheet
from eval.runs.figures import FiguresRow


def row(system: str, r1: float, medr: float, **more: object) -> FiguresRow:
    held = {
        "benchmark": "b",
        "task": "text-to-image",
        "system": system,
        "figures": {"R@1": r1, "MedR": medr},
        "first": {},
        "ceiling": None,
        "seconds": 0.5,
        "tokens": 0.0,
        "questions": 10,
        "lost": 0.0,
    }
    return FiguresRow(**{**held, **more})  # type: ignore[arg-type]


OURS = [row("a_1", 0.25, 8.0), row("b|2", 0.5, 9.0)]
PAPER = [
    Published(
        "b",
        "text-to-image",
        "CLIP",
        {"R@1": 0.9, "MedR": 1.0},
        protocol="Karpathy test & all",
        weights="ViT-L_14",
        source="Radford et al.",
        sure="high",
    )
]


def test_the_best_of_ours_is_marked_and_lower_ranks_are_better() -> None:
    text = markdown(sheet(OURS, note="ten questions", published=PAPER, lower=["MedR"]))
    lines = text.splitlines()
    assert lines[0] == "ten questions"
    assert lines[2] == "| task | system | R@1 | MedR | s/query |"
    assert lines[4] == "| text-to-image | a_1 | 0.250 | **8.000** | 0.500 |"
    assert lines[5] == "| text-to-image | b\\|2 | **0.500** | 9.000 | 0.500 |"
    assert lines[6] == "| text-to-image | CLIP (published) | 0.900 | 1.000 |  |"
    assert lines[8] == (
        "- published: CLIP: Karpathy test & all; ViT-L_14; Radford et al. (sure: high)"
    )


def test_published_lines_carry_protocol_and_source_in_latex_and_csv() -> None:
    laid = sheet(OURS, note="ten questions", published=PAPER)
    under = latex(laid).partition(r"\bottomrule")[2]
    assert r"Karpathy test \& all; ViT-L\_14; Radford et al." in under
    assert "ours: ten questions" in under
    ours, _, theirs = csv.DictReader(io.StringIO(csv_text(laid)))
    assert (ours["protocol"], ours["source"]) == ("ten questions", "this run")
    assert theirs["protocol"] == "Karpathy test & all; ViT-L_14"
    assert theirs["source"] == "Radford et al."


@pytest.mark.parametrize(
    ("benchmark", "questions", "note", "said"),
    [
        ("b", 10, "p; the first 10 questions of a task only", "of the first questions of a task"),
        ("coco-5k", 400, "a copy that lacks pictures", "all 25,010 questions of text-to-image"),
    ],
)
def test_published_lines_beside_fewer_questions_say_so_in_every_form(
    benchmark: str, questions: int, note: str, said: str
) -> None:
    ours = [row("a", 0.5, 2.0, benchmark=benchmark, questions=questions)]
    laid = sheet(ours, note=note, published=PAPER)
    for form in (markdown, latex, csv_text):
        assert "CLIP (published, of other questions)" in form(laid), form
    assert said in laid.notes[0]
    assert said in markdown(laid) and said in latex(laid)


def test_all_questions_of_a_benchmark_stand_beside_published_lines_as_they_are() -> None:
    whole = [row("a", 0.5, 2.0, benchmark="coco-5k", questions=25_010)]
    assert "CLIP (published) &" in latex(sheet(whole, note="all", published=PAPER))


def test_a_second_stage_stands_beside_its_first_and_its_ceiling() -> None:
    staged = row("s", 0.5, 2.0, first={"R@1": 0.25, "MedR": 4.0}, ceiling=0.75, tokens=12.0)
    (heads, *lines) = csv.reader(io.StringIO(csv_text(sheet([staged]))))
    assert dict(zip(heads, lines[0], strict=True)) == {
        "task": "text-to-image",
        "system": "s",
        "R@1 first": "0.250",
        "R@1": "0.500",
        "MedR first": "4.000",
        "MedR": "2.000",
        "ceiling": "0.750",
        "s/query": "0.500",
        "tokens": "12",
        "protocol": "",
        "source": "this run",
    }


def test_latex_keeps_every_mark_of_a_name() -> None:
    text = latex(sheet(OURS, note="x"))
    assert r"a\_1 & 0.250" in text
    assert r"\textbf{0.500}" in text
    assert text.count(r"\\") == 3
    assert text.startswith("% x\n\\begin{tabular}{llrrr}")
