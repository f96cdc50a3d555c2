"""What a search found, in the form that was asked for: table, JSON, paths or a page."""

import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from rich.live import Live

from agent.conversation.serialise import serialise
from app.library.query_options import SearchResult
from app.output.hit_json import hit_json
from app.output.hit_table import hit_table
from app.output.json_output import as_document
from app.output.printable import bytes_of, printable
from app.terminal.screen import Screen
from app.terminal.terminal import terminal
from retrievers.files.home import dialens_home
from retrievers.files.new_file import PAGE, new_file
from retrievers.hit import Hit

Form = Literal["table", "json", "lines", "nul"]


def form(*, as_json: bool, paths_only: bool, nul: bool) -> Form:
    """Choose one form of the flags.

    Raises:
        ValueError: two forms are asked for at once.
    """
    if as_json and (paths_only or nul):
        raise ValueError("--json and --paths-only exclude each other; leave one out")
    return "json" if as_json else "nul" if nul else "lines" if paths_only else "table"


def found(found: SearchResult, form: Form, *, thumbnails: str, why: bool) -> None:
    """Write the hits to standard output; what the stages did, and doubt, to standard error."""
    if form != "json":
        sys.stderr.writelines(f"{printable(line)}\n" for line in _notes(found))
    match form:
        case "json":
            sys.stdout.write(as_document(_document(found)) + "\n")
        case "lines" | "nul":
            end = b"\0" if form == "nul" else b"\n"
            sys.stdout.buffer.write(b"".join(bytes_of(h.picture.path) + end for h in found.hits))
            sys.stdout.buffer.flush()
        case "table":
            _table(found, thumbnails=thumbnails, why=why)


@contextmanager
def preview(
    form: Form, roots: Sequence[Path], *, staged: bool
) -> Iterator[Callable[[Sequence[Hit]], None]]:
    """Give what shows each order on a terminal, as long as the block lasts; elsewhere nothing."""
    console = terminal()
    if form != "table" or not staged or not console.is_interactive:
        yield lambda hits: None
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield lambda hits: live.update(hit_table(hits, roots=roots), refresh=True)


def page(found: SearchResult, path: Path | None, *, browse: bool) -> None:
    """Write the hits as a page and say where, or open it; without a path, among our own files."""
    from app.pages.page import gallery_page

    target = (path or dialens_home() / "pages" / "search.html").absolute()
    shown = gallery_page(found.hits, target, asked=", ".join(found.query.wanted))
    with new_file(target, kind=PAGE) as place:
        place.write_text(shown, encoding="utf-8")
    sys.stderr.write(f"{target}\n")
    if browse:
        webbrowser.open(target.as_uri())


def _document(found: SearchResult) -> dict[str, Any]:
    return {
        "collection": found.collection,
        "encoder": found.encoder,
        "query": serialise(found.query),
        "rewritten": found.rewritten,
        "seconds": round(sum(found.seconds.values()), 4),
        "stages": {stage: round(spent, 4) for stage, spent in found.seconds.items()},
        "lost": list(found.lost),
        "doubt": found.doubt,
        "hits": [hit_json(hit) for hit in found.hits],
    }


def _notes(found: SearchResult) -> Iterator[str]:
    if found.rewritten:
        yield f"searched: {found.rewritten}"
    yield from (f"lost: {reason}" for reason in found.lost)
    if found.doubt:
        yield found.doubt


def _table(found: SearchResult, *, thumbnails: str, why: bool) -> None:
    console = terminal()
    if not found.hits:
        console.print("nothing meets these conditions")
        return
    Screen(console=console, roots=found.roots, thumbnails=thumbnails).hits(found.hits, why=why)
