"""What a search found, in the form that was asked for: table, JSON, paths or a page."""

import json
import sys
import webbrowser
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from agent.plain import to_plain
from app.asking import Found
from app.hit_json import hit_json
from app.printable import bytes_of, printable
from app.screen import Screen
from retrievers.home import dialens_home

Form = Literal["table", "json", "lines", "nul"]


def form(*, as_json: bool, paths_only: bool, nul: bool) -> Form:
    """Choose one form of the flags.

    Raises:
        ValueError: two forms are asked for at once.
    """
    if as_json and (paths_only or nul):
        raise ValueError("--json and --paths-only exclude each other; leave one out")
    return "json" if as_json else "nul" if nul else "lines" if paths_only else "table"


def found(found: Found, form: Form, *, thumbnails: str, why: bool) -> None:
    """Write the hits to standard output, and to standard error that nothing fits."""
    if found.doubt and form != "json":
        sys.stderr.write(f"{printable(found.doubt)}\n")
    match form:
        case "json":
            sys.stdout.write(json.dumps(_document(found), indent=2) + "\n")
        case "lines" | "nul":
            end = b"\0" if form == "nul" else b"\n"
            sys.stdout.buffer.write(b"".join(bytes_of(h.picture.path) + end for h in found.hits))
            sys.stdout.buffer.flush()
        case "table":
            _table(found, thumbnails=thumbnails, why=why)


def page(found: Found, path: Path | None, *, browse: bool) -> None:
    """Write the hits as a page and say where, or open it; without a path, among our own files."""
    from app.page import gallery_page

    target = (path or dialens_home() / "pages" / "search.html").absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        gallery_page(found.hits, target, asked=", ".join(found.query.wanted)), encoding="utf-8"
    )
    sys.stderr.write(f"{target}\n")
    if browse:
        webbrowser.open(target.as_uri())


def _document(found: Found) -> dict[str, Any]:
    return {
        "collection": found.collection,
        "encoder": found.encoder,
        "query": to_plain(found.query),
        "seconds": round(found.seconds, 4),
        "doubt": found.doubt,
        "hits": [hit_json(hit) for hit in found.hits],
    }


def _table(found: Found, *, thumbnails: str, why: bool) -> None:
    console = Console(highlight=False)
    if not found.hits:
        console.print("nothing meets these conditions")
        return
    Screen(console=console, roots=found.roots, thumbnails=thumbnails).hits(found.hits, why=why)
