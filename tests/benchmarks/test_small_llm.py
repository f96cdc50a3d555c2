import pytest

from agent.mllm.mllm import ReplyError
from agent.rewrite.rewriter import uncovered
from benchmarks.speed.small_llm import EDITS, MERGES, Task, covering, is_right, joined, measure


@pytest.mark.parametrize("task", EDITS + MERGES, ids=joined)
def test_what_must_be_kept_or_dropped_was_said(task: Task) -> None:
    assert not uncovered([task.keep, task.drop], joined(task))
    assert not set(task.keep.split()) & set(task.drop.split())


def test_each_half_has_twenty_tasks() -> None:
    assert (len(EDITS), len(MERGES)) == (20, 20)


def test_a_rewrite_is_right_if_it_keeps_and_drops_what_it_must() -> None:
    task = Task(("flowers", "yellow", "no, purple"), "flowers purple", "yellow")
    assert is_right(task, "purple flowers")
    assert not is_right(task, "purple and yellow flowers")
    assert not is_right(task, "a purple vase")


def test_an_unreadable_reply_counts_as_wrong_and_is_joined_where_nothing_may_be_lost() -> None:
    def fails(task: Task) -> str:
        raise ReplyError("a/b", "a line", "")

    figures = measure(MERGES, fails)
    assert (figures.tasks, figures.usable, figures.right) == (20, 0, 0)
    assert measure(MERGES, covering(fails)).covers == 20
