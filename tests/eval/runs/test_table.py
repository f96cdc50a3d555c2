import csv
import io

from rich.console import Console

from eval.runs.figures import Row
from eval.runs.table import csv_text, latex, markdown, sheet, terminal

COLUMNS = 100


def row(system: str, r1: float, medr: float, **more: object) -> Row:
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
    return Row(**{**held, **more})  # type: ignore[arg-type]


OURS = [row("a_1", 0.25, 8.0), row("b|2", 0.5, 9.0)]
PAPER = [row("CLIP", 0.9, 1.0)]


def test_the_best_of_ours_is_marked_and_lower_ranks_are_better() -> None:
    text = markdown(sheet(OURS, note="ten questions", published=PAPER, lower=["MedR"]))
    lines = text.splitlines()
    assert lines[0] == "ten questions"
    assert lines[2] == "| task | system | R@1 | MedR | s/query |"
    assert lines[4] == "| text-to-image | a_1 | 0.250 | **8.000** | 0.500 |"
    assert lines[5] == "| text-to-image | b\\|2 | **0.500** | 9.000 | 0.500 |"
    assert lines[6] == "| text-to-image | CLIP (published) | 0.900 | 1.000 |  |"


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
    }


def test_latex_keeps_every_mark_of_a_name() -> None:
    text = latex(sheet(OURS, note="x"))
    assert r"a\_1 & 0.250" in text
    assert r"\textbf{0.500}" in text
    assert text.count(r"\\") == 3
    assert text.startswith("% x\n\\begin{tabular}{llrrr}")


def shown(width: int) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(terminal(sheet(OURS), width=width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_narrow_terminal_cuts_no_figure() -> None:
    for width in (30, 50, 120):
        for figure in ("0.250", "8.000", "0.500", "9.000"):
            assert figure in shown(width), (width, figure)
    assert shown(120).splitlines()[0].split() == ["task", "system", "R@1", "MedR", "s/query"]
