"""What a small LLM is good for as a rewriter, against the rule of joining what was said.

Forty requests written by hand for this: half change a caption as CIReVL does, half merge the turns
of a dialogue as PlugIR does, both through the stages' own prompts and parsers. A rewrite is right
if it holds every word that the wanted picture's caption needs and none of what was taken back;
"covers" is the check that `Covering` makes before it accepts a rewrite.

    python -m benchmarks.speed.small_llm [--llm offline] [--threads 1] [--show]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.table import Table

from agent.mllm.mllm import Mllm, ReplyError, user_message
from agent.mllm.open_mllm import open_mllm
from agent.rewrite.cirevl import read_edited
from agent.rewrite.rewriter import one_line, uncovered
from prompts.load import load


@dataclass(frozen=True, slots=True)
class Task:
    """One request.

    Attributes:
        said: caption and instruction, or the turns of a dialogue.
        keep: words that the rewrite must hold.
        drop: words that it must not hold, since they were taken back or replaced.
    """

    said: tuple[str, ...]
    keep: str
    drop: str = ""


EDITS = [
    Task(("a brown dog on a sofa", "black instead of brown"), "black dog sofa", "brown"),
    Task(("a cat asleep on a chair", "on a bed"), "cat asleep bed", "chair"),
    Task(("a red car in a street", "at night"), "red car street night"),
    Task(("two boats in a harbour", "only one boat, with a sail"), "one boat sail harbour", "two"),
    Task(("a bowl of apples on a table", "pears, not apples"), "bowl pears table", "apples"),
    Task(("a church behind trees", "without the trees"), "church", "trees"),
    Task(("a man riding a horse", "a woman riding it"), "woman riding horse", "man"),
    Task(("a house in a green field", "the field covered in snow"), "house field snow", "green"),
    Task(("children playing football", "in the rain"), "children playing football rain"),
    Task(("a white bird in the sky", "sitting on a branch"), "white bird sitting branch", "sky"),
    Task(("a cup of coffee and a book", "add a pair of glasses"), "cup coffee book glasses"),
    Task(("a mountain lake at noon", "at sunset"), "mountain lake sunset", "noon"),
    Task(("a bicycle against a wall", "a yellow one"), "yellow bicycle wall"),
    Task(("a train at a station", "an old steam train"), "old steam train station"),
    Task(("a plate of pasta", "with basil on top, seen from above"), "plate pasta basil above"),
    Task(("a woman in a blue dress", "a red dress and a hat"), "woman red dress hat", "blue"),
    Task(("a beach with umbrellas", "an empty beach, no umbrellas"), "empty beach", "umbrellas"),
    Task(("a vase of roses", "tulips instead of roses"), "vase tulips", "roses"),
    Task(("a kitten in a basket", "three kittens"), "three kittens basket"),
    Task(("a bridge over a river", "in black and white"), "bridge river black white"),
]
MERGES = [
    Task(("a dog", "brown", "on the beach"), "dog brown beach"),
    Task(("a car", "an old one", "red, at night"), "car old red night"),
    Task(("a birthday cake", "with candles", "and children around it"), "cake candles children"),
    Task(("a boat", "no, a canoe", "on a lake"), "canoe lake", "boat"),
    Task(("mountains", "with snow", "someone skiing"), "mountains snow skiing"),
    Task(("a cat on a window sill", "it is white", "looking outside"), "cat window sill white"),
    Task(("my bicycle", "leaning on a fence", "in spring"), "bicycle leaning fence spring"),
    Task(("a wedding", "outdoors", "the couple is dancing"), "wedding outdoors couple dancing"),
    Task(("flowers", "yellow ones", "no, purple ones"), "flowers purple", "yellow"),
    Task(("a market", "in Asia", "stalls with fruit"), "market Asia stalls fruit"),
    Task(("an airplane", "small, with a propeller"), "airplane small propeller"),
    Task(("a street", "wet", "with lights reflected", "at night"), "street wet lights night"),
    Task(("a baby", "laughing", "in a bath"), "baby laughing bath"),
    Task(("a horse", "two horses", "running"), "two horses running"),
    Task(("a castle", "on a hill", "in fog"), "castle hill fog"),
    Task(("pizza", "with mushrooms", "no, with olives"), "pizza olives", "mushrooms"),
    Task(("a bird", "small and blue", "eating seeds"), "bird small blue eating seeds"),
    Task(("people hiking", "three of them", "with backpacks"), "hiking three backpacks"),
    Task(("a tree", "without leaves", "in a field"), "tree leaves field"),
    Task(("a bus", "a double decker", "red", "in the rain"), "bus double decker red rain"),
]
Rewrite = Callable[[Task], str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some tasks, and seconds per call."""

    tasks: int
    usable: int
    covers: int
    keeps: int
    right: int
    seconds: float


def joined(task: Task) -> str:
    """Put what was said one after the other."""
    return ", ".join(task.said)


def edited_by(mllm: Mllm) -> Rewrite:
    """Change the caption as `Cirevl` does."""
    prompt = load("cirevl/edit")

    def edit(task: Task) -> str:
        caption, instruction = task.said
        message = user_message(prompt, caption=caption, instruction=instruction)
        return read_edited(mllm.generate([message], max_tokens=64))

    return edit


def merged_by(mllm: Mllm) -> Rewrite:
    """Merge the turns as `Plugir` does."""
    prompt = load("plugir/reformulate")

    def merge(task: Task) -> str:
        message = user_message(prompt, turns=list(task.said))
        return one_line(mllm.generate([message], max_tokens=64), prompt.name, "one sentence")

    return merge


def covering(rewrite: Rewrite) -> Rewrite:
    """Join instead, where the rewrite is unusable or loses a word that the user said."""

    def safe(task: Task) -> str:
        try:
            text = rewrite(task)
        except ReplyError:
            return joined(task)
        return joined(task) if uncovered(_asked(task), text) else text

    return safe


def measure(tasks: Sequence[Task], rewrite: Rewrite, *, show: bool = False) -> Figures:
    """Rewrite every task and count; a reply that cannot be parsed is not usable and not right."""
    usable = covers = keeps = right = 0
    begin = perf_counter()
    for task in tasks:
        try:
            text = rewrite(task)
        except ReplyError as error:
            if show:
                print(f"{task.said} -> unusable: {error}")
            continue
        usable += 1
        covers += not uncovered(_asked(task), text)
        keeps += not uncovered([task.keep], text)
        right += is_right(task, text)
        if show:
            print(f"{'right' if is_right(task, text) else 'WRONG'}: {task.said} -> {text}")
    seconds = (perf_counter() - begin) / len(tasks)
    return Figures(len(tasks), usable, covers, keeps, right, seconds)


def is_right(task: Task, text: str) -> bool:
    """Whether a rewrite holds all that it must and nothing that was taken back."""
    taken_back = task.drop.split()
    gone = uncovered(taken_back, text)
    return not uncovered([task.keep], text) and len(gone) == len(taken_back)


def _asked(task: Task) -> Sequence[str]:
    """Return the user's own words: of an edit the instruction, for the caption is the machine's."""
    return task.said[1:] if task in EDITS else task.said


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument(
        "--llm", default="offline", help="as agent.mllm.open_mllm.open_mllm takes it"
    )
    parser.add_argument("--threads", type=int, default=1, help="of the offline LLM")
    parser.add_argument("--show", action="store_true", help="print every rewrite")
    options = parser.parse_args()
    mllm = open_mllm(
        options.llm, **({"threads": options.threads} if options.llm == "offline" else {})
    )
    merged_by(mllm)(MERGES[0])  # loads the model
    table = Table("task", "rewriter", "usable", "covers", "keeps", "right", "seconds a call")
    for name, tasks, rewrite in (
        ("edit a caption", EDITS, edited_by(mllm)),
        ("merge a dialogue", MERGES, merged_by(mllm)),
    ):
        for how, way, show in (
            ("joined", joined, False),
            (options.llm, rewrite, options.show),
            (f"covering({options.llm})", covering(rewrite), False),
        ):
            got = measure(tasks, way, show=show)
            counts = (got.usable, got.covers, got.keeps, got.right)
            table.add_row(name, how, *(f"{n}/{got.tasks}" for n in counts), f"{got.seconds:.3f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
