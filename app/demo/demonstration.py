"""The demo: index photographs, look for some, hold a scripted conversation, hand over."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agent.conversation.session import Session
from agent.profile import Profile, profile
from app.chat.chat_loop import converse
from app.chat.open_chat import begin, called, farewell
from app.demo.demo_photos import gather, stamps_folder
from app.library import indexing
from app.library.library import OpenCollection
from app.library.query_options import opened_collection
from app.output.printable import printable
from app.pages.page import conversation_page
from app.profiles.weights import OFFLINE
from app.terminal.screen import Screen
from app.terminal.terminal import terminal
from retrievers.files.home import dialens_home
from retrievers.files.new_file import PAGE, new_file
from retrievers.hit import Hit, Retriever
from retrievers.query import Query
from retrievers.search.searcher import Searcher

UNPACKED = Path(sys.prefix) / "photographs"
"""Where `make demo` unpacks packages that carry photographs, so that nothing imports them."""

NAME = "demo"
NAMED = (
    *("an astronaut", "a cup of coffee", "a cat"),
    *("a rocket", "a lion", "a temple in China"),
)
"""What to look for among our photographs; each has one right answer."""

ABOUT_OURS = (
    "a big cat",
    "not the first one",
    "more like the second one",
    "start over, a vehicle",
    "why is 1 there?",
)
ABOUT_YOURS = (
    "people outdoors",
    "with water",
    "only landscape ones",
    "more like the first one",
    "undo",
)


def demo(photos: Path | None, html: Path, *, interactive: bool) -> bool:
    """Show everything once, write the conversation as a page, and let the person go on.

    Returns:
        Whether it went through; not if the indexing was stopped.
    """
    console = terminal()
    if (name := _collection(photos)) is None:
        return False
    with opened_collection(name) as open_collection:
        if not len(open_collection.collection):
            raise ValueError(
                f"no pictures in {str(photos)!r} that can be read; name another folder"
            )
        screen = Screen(
            console=console,
            roots=open_collection.collection.roots(),
            thumbnails="blocks" if console.is_terminal and console.color_system else "auto",
        )
        if photos is None:
            _show_named(Searcher(open_collection.collection, open_collection.encoder), console)
        console.print("\n[bold]A conversation[/]")
        session = play(open_collection, screen, ABOUT_YOURS if photos else ABOUT_OURS)
        page = html.expanduser().absolute()
        with new_file(page, kind=PAGE) as place:
            place.write_text(conversation_page(session.turns, page), encoding="utf-8")
        console.print(f"\nThe same with pictures: [bold]{escape(str(page))}[/]")
        if photos is None and stamps_folder():
            console.print(f"800 drawings and cut-outs more: {called()} chat stamps", style="dim")
        try:
            if interactive and sys.stdin.isatty() and sys.stdout.isatty():
                console.print("\nYour turn. Say what you look for, or 'help'; Ctrl-D leaves.")
                converse(session, screen, history=dialens_home() / "history")
        finally:
            farewell(console, session)
    return True


def _collection(photos: Path | None) -> str | None:
    """Return the name of the collection to show; None if its indexing was stopped."""
    if photos:
        return _indexed(photos, name=None, models=None)
    name = _indexed(ours(), name=NAME, models=profile(OFFLINE))
    if name and (stamps := stamps_folder()):
        return name if _indexed(stamps, name="stamps", models=profile(OFFLINE)) else None
    return name


def _indexed(folder: Path, *, name: str | None, models: Profile | None) -> str | None:
    name, report = indexing.index(
        folder, name=name, include=None, exclude=None, models=models, retry_failed=False
    )
    sys.stdout.write("\n".join(indexing.report_lines(name, report, folder)) + "\n")
    return None if report.stopped else name


def ours() -> Path:
    """Gather the photographs that packages carry.

    Raises:
        ValueError: none of those packages is here.
    """
    folder = dialens_home() / "demo" / "photographs"
    if not gather(folder, [UNPACKED]):
        raise ValueError(
            "no photographs for a demo here; use yours: dialens demo --photos FOLDER, "
            "or in a checkout of dialens: make demo"
        )
    return folder


def named(retriever: Retriever) -> list[tuple[str, Hit]]:
    """Look for each of the named things; returns what was asked and what came first."""
    return [(asked, retriever.search(Query(wanted=(asked,)), 1)[0]) for asked in NAMED]


def _show_named(retriever: Retriever, console: Console) -> None:
    console.print("\n[bold]Six questions, and the first picture of each answer[/]")
    for asked, hit in named(retriever):
        console.print(f"  {asked:18} [cyan]{escape(printable(hit.picture.path.name))}[/]")


def play(opened: OpenCollection, screen: Screen, script: Sequence[str]) -> Session:
    """Hold the scripted conversation; returns it."""
    session = begin(opened, None, page=4)
    for said in script:
        screen.console.print(f"\n[bold cyan]>[/] [bold]{escape(said)}[/]")
        screen.turn(session.ask(said))
    return session
