"""Globs over paths below a folder: `*.png`, `trips`, `2019/*`, `**/drafts/**`; case is ignored.

A glob without a slash matches any single folder or file name in the path. A glob that matches a
folder matches everything in it.
"""

import re
from collections.abc import Sequence


def compile_globs(globs: Sequence[str]) -> re.Pattern[str] | None:
    """Return one pattern to `fullmatch` a path below the root with; None for no globs.

    Raises:
        ValueError: a glob is empty, or has a range such as [z-a].
    """
    if not globs:
        return None
    pattern = "|".join(f"(?:{_regex(glob)})" for glob in globs)
    try:
        return re.compile(pattern, re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise ValueError(f"a range in brackets must rise, such as [a-z]; got {globs!r}") from error


def _regex(glob: str) -> str:
    body = glob.removeprefix("./").strip("/")
    if not body:
        raise ValueError(f"a glob must name something, such as '*.png'; got {glob!r}")
    anywhere = "" if "/" in body or glob.startswith("/") else r"(?:.*/)?"
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", body, re.DOTALL)
    return anywhere + "".join(map(_part, parts)) + r"(?:/.*)?"


def _part(part: str) -> str:
    if part in WILDCARDS:
        return WILDCARDS[part]
    if part.startswith("[") and len(part) > 2:
        inside = part[1:-1]
        sign = "^/" if inside.startswith("!") else ""
        chars = re.sub(r"[^\w-]", r"\\\g<0>", inside.removeprefix("!"))
        return f"[{sign}{chars}]"
    return re.escape(part)


WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
