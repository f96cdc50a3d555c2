"""What the site needs beyond mkdocs: formulas as MathML, and files that lie outside docs/.

Formulas are turned into MathML when the site is built, so that no page loads a script for them. A
link such as `../notebooks/a.ipynb` works as it stands on a code host; on the site the file is
copied to `files/` and the link goes there.
"""

import html
import re
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

HOUSE = Path(__file__).parent.parent
OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([^)#\s]+)(#[^)\s]*)?\)")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Copy the files outside docs/ that a page links to, and point its links at the copies."""
    here = PurePosixPath("docs", page.file.src_uri).parent

    def inside(link: re.Match[str]) -> str:
        target = (HOUSE / here / link[1] / link[2]).resolve()
        if not target.is_file() or target.is_relative_to(HOUSE / "docs"):
            return link[0]
        copy = f"files/{target.relative_to(HOUSE).as_posix()}"
        if copy not in files.src_uris:
            files.append(File.generated(config, copy, abs_src_path=str(target)))
        return f"]({relpath(copy, PurePosixPath(page.file.src_uri).parent.as_posix())})"

    return OUTSIDE.sub(inside, markdown)


def on_page_content(content: str, **_: Any) -> str:
    """Turn the formulas of a page into MathML."""
    return FORMULA.sub(_mathml, content)


def _mathml(formula: re.Match[str]) -> str:
    display = "block" if formula[2] == "[" else "inline"
    return convert(html.unescape(formula[3]).strip(), display=display)
