"""Draw the README's picture of a conversation: what `make demo` prints, as SVG.

Run: python -m docs.make_pictures   # after `make demo`, in the same environment
"""

import io
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from app.demo.demonstration import ABOUT_OURS, NAME, play
from app.library.query_options import opened_collection
from app.terminal.screen import Screen
from retrievers.files.home import dialens_home

PICTURE = Path(__file__).parent / "pictures" / "conversation.svg"
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # rich links to a site; no picture should


def main() -> None:
    console = Console(
        record=True, width=74, file=io.StringIO(), force_terminal=True, highlight=False
    )
    with opened_collection(NAME) as open_collection, TemporaryDirectory() as home:
        (Path(home) / "collections").symlink_to(dialens_home() / "collections")
        (Path(home) / "models").symlink_to(dialens_home() / "models")
        os.environ["DIALENS_HOME"] = home  # the session of the picture is kept nowhere
        screen = Screen(
            console=console, roots=open_collection.collection.roots(), thumbnails="none"
        )
        play(open_collection, screen, ABOUT_OURS)
    svg = console.export_svg(title="dialens chat", unique_id="conversation")
    PICTURE.write_text(FONTS.sub("", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
