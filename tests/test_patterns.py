"""Every regular expression of the tree against texts made from itself."""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret
from tests.hostile_texts import attacks

ROOT = Path(__file__).parents[1]
ROOMS = ("agent", "app", "eval", "finetune", "prompts", "retrievers")
LENGTH = 2000
SECONDS = 0.1
"""Of CPU time for `LENGTH` characters, a hundred times what an honest pattern needs."""
REWRITES = ("_REWRITES", "_LATER_REWRITES")
"""Tables of patterns, each with what stands instead, that are compiled when needed."""
CALLS = {"split": "search", "findall": "search", "finditer": "search", "sub": "search"}


def trees() -> dict[str, ast.Module]:
    """Return the modules that use `re`."""
    files = (file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): ast.parse(text)
        for file, text in texts.items()
        if "import re\n" in text
    }


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name)) if (
                name != "escape"
            ):
                yield name, node


def used(trees_: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Return by which methods each name is called, anywhere: `_FRONT`: {"match"}."""
    found: dict[str, set[str]] = {}
    for tree in trees_.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


def patterns() -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """Yield each pattern that a module names or writes down, and how it is tried on a text."""
    all_ = trees()
    methods = used(all_)
    for name, tree in all_.items():
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{name}.{key}", value, methods.get(key, set())
        for how, call in calls(tree):
            try:
                source = eval(ast.unparse(call.args[0]), vars(module))
            except NameError:  # made of an argument; the whole-utterance test below reads those
                continue
            if how != "compile":
                yield f"{name}:{call.lineno}", re.compile(source, re.IGNORECASE), {how}
        for rules in (value for value in vars(module).values() if isinstance(value, tuple)):
            for rule in rules:
                if isinstance(rule, tuple) and isinstance(rule[0], re.Pattern):
                    yield f"{name} {rule[0].pattern[:30]}", rule[0], {"fullmatch"}
        yield from rewrites(name, vars(module))


def rewrites(name: str, held: dict[str, Any]) -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    for form, _ in (rewrite for key in REWRITES for rewrite in held.get(key, ())):
        yield f"{name} {form[:30]}", re.compile(form), {"search"}


def slow(pattern: re.Pattern[Any], methods: set[str]) -> Iterator[str]:
    ways = {CALLS.get(way, way) for way in methods} & {"search", "match", "fullmatch"}
    for start, again in sorted(attacks(pattern.pattern, pattern.flags)):
        text: Any = start + again * (LENGTH // len(again)) + "\0"
        text = text.encode("latin1", "replace") if isinstance(pattern.pattern, bytes) else text
        for way in ways:
            began = time.process_time()
            getattr(pattern, way)(text)
            if (took := time.process_time() - began) > SECONDS:
                yield f"{way} of {start!r}, {again!r} again and again: {took:.2f} s"


@pytest.fixture(scope="module")
def known() -> list[tuple[str, re.Pattern[Any], set[str]]]:
    return list(patterns())


def test_the_patterns_of_every_room_are_found(known: list[Any]) -> None:
    assert len(known) > 150
    assert {name.split(".")[0] for name, _, _ in known} == set(ROOMS)


def test_no_pattern_can_be_kept_busy_by_a_short_text(known: list[Any]) -> None:
    bad = [f"{name}: {said}" for name, one, ways in known for said in slow(one, ways)]
    assert not bad, "\n".join(bad)


def test_the_attack_finds_a_pattern_that_is_slow() -> None:
    assert next(slow(re.compile("(.*)x(.*)y(.*)z"), {"fullmatch"}), "")


AGAIN = ["x,", "or ", "all the ", "#7 and ", ", nor #7", "and then. ", "1 2 last week "]
AGAIN += ["on 4 july last week ", "before 2019 or after 2020 ", "2018 - 2019 ", "in feb 19 "]
AGAIN += ["like the first but ", "in the folder called * ", "not either a or b "]


@pytest.mark.parametrize("again", AGAIN)
def test_no_words_again_and_again_keep_the_interpreter_busy(again: str) -> None:
    context = Context(shown=10, asked=True, today=date(2026, 1, 1))
    began = time.process_time()
    interpret(f"save 3{again * 1000}x", context)
    assert time.process_time() - began < 2
