"""Prompts are Markdown files beside this module: a TOML header, then a Jinja2 template.

A user's own folder overrides a prompt by its name; the hash of the file goes into every run record.
Text that came out of a picture goes through the `data` filter, which fences it off as data.
"""

import codecs
import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import TemplateError, meta

from prompts.sandbox import Sandbox

SUFFIX = ".md"
MOST_BYTES = 100_000
_NAME = re.compile(r"\w[\w .+-]{0,99}/\w[\w .+-]{0,99}")
_MARK = re.compile("\ue000(\\d+)\ue001")  # private-use characters: where a picture goes
_TAMED = str.maketrans("<>[]＜＞﹤﹥［］", "‹›()‹›‹›()")


class PromptError(ValueError):
    """A prompt is missing, malformed, or was given the wrong inputs. One line."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template.

    Attributes:
        name: folder and file, such as `cirevl/edit`.
        method: the method it serves.
        source: the paper and section whose structure it follows.
        inputs: the names it must be given, no more and no less.
        output: what the model should answer.
        version: raised whenever the meaning of the text changes.
        body: the template.
        hash: the first 12 hexadecimal digits of the file's SHA-256.
    """

    name: str
    method: str
    source: str
    inputs: tuple[str, ...]
    output: str
    version: int
    body: str
    hash: str

    def render(self, **inputs: object) -> tuple[str | int, ...]:
        """Fill the template: text, and at each place of a picture its index.

        Raises:
            PromptError: the inputs are not exactly those of the header, or the template fails.
        """
        if set(inputs) != set(self.inputs):
            raise PromptError(
                f"prompt {self.name!r} needs {sorted(self.inputs)}; got {sorted(inputs)}"
            )
        given = {name: _without_marks(value) for name, value in inputs.items()}
        try:
            text = _ENVIRONMENT.from_string(self.body).render(given)
        except (TemplateError, TypeError, ArithmeticError) as error:
            raise PromptError(f"prompt {self.name!r} cannot be filled in: {error}") from error
        return tuple(_pieces(text.strip()))


def load(name: str, *, own: Path | None = None) -> Prompt:
    """Read the prompt `name`, from the folder `own` if it is there, else from the package.

    Raises:
        PromptError: there is no such prompt, or its header or template is wrong.
    """
    if not _NAME.fullmatch(name):
        raise PromptError(f"a prompt's name is FOLDER/FILE, as in cirevl/edit; got {name!r}")
    if own is not None and os.path.lexists(path := own / f"{name}{SUFFIX}"):
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(own)):
            raise PromptError(f"{path}: a link out of {own}; put a copy there")
        return parse(name, _text(path))
    if name not in (known := names()):
        raise PromptError(f"no prompt {name!r}; there are {', '.join(known)}")
    return parse(name, files("prompts").joinpath(f"{name}{SUFFIX}").read_text(encoding="utf-8"))


def _text(path: Path) -> str:
    """Read a person's own file: UTF-8, or UTF-16 as Windows marks it, with any line ends.

    Raises:
        PromptError: it is neither, or no regular file of a prompt's size.
    """
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - flags
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(MOST_BYTES + 1) if regular else b""
    except OSError as error:
        raise PromptError(f"{path}: {error.strerror}; delete it") from error
    if not regular or len(data) > MOST_BYTES:
        raise PromptError(f"{path}: no file of at most {MOST_BYTES} bytes; delete it")
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptError(f"{path}: no UTF-8 ({error}); save it as UTF-8") from error
    return text.replace("\r\n", "\n")


def names() -> list[str]:
    """Return the names of the package's prompts, sorted."""
    return sorted(
        f"{folder.name}/{file.name.removesuffix(SUFFIX)}"
        for folder in files("prompts").iterdir()
        if folder.is_dir()
        for file in folder.iterdir()
        if file.name.endswith(SUFFIX)
    )


def parse(name: str, text: str) -> Prompt:
    """Read a prompt file's text: `+++`, a TOML header, `+++`, the template.

    Raises:
        PromptError: the header is missing or incomplete, or does not name the template's inputs.
    """
    try:
        _, head, body = text.split("+++\n", 2)
        header = tomllib.loads(head)
        prompt = Prompt(
            name=name,
            method=str(header["method"]),
            source=str(header["source"]),
            inputs=tuple(map(str, header["inputs"])),
            output=str(header["output"]),
            version=int(header["version"]),
            body=body,
            hash=hashlib.sha256(text.encode()).hexdigest()[:12],
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PromptError(f"prompt {name!r} has no complete header: {error}") from error
    try:
        tree = _ENVIRONMENT.read(body)
        _ENVIRONMENT.compile(tree)  # unknown filters show here
        used = meta.find_undeclared_variables(_ENVIRONMENT.read(body)) - set(_ENVIRONMENT.globals)
    except (TemplateError, RecursionError) as error:
        raise PromptError(f"prompt {name!r} is no template of ours: {error}") from error
    if used != set(prompt.inputs):
        raise PromptError(
            f"prompt {name!r} declares {sorted(prompt.inputs)} but uses {sorted(used)}"
        )
    return prompt


def fenced(value: object) -> str:
    """Wrap text from a picture so that it reads as data: one line, no fence or mark of its own.

    Without angle and square brackets no chat template's mark is left either, such as <|im_start|>
    or [INST], which a tokenizer would read as such even in here.
    """
    seen = "".join(one for one in str(value) if one.isspace() or one.isprintable())
    return f"<data>{' '.join(seen.translate(_TAMED).split())}</data>"


def _without_marks(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\ue000", "").replace("\ue001", "")
    if isinstance(value, list | tuple):
        return [_without_marks(item) for item in value]
    return value


def _pieces(text: str) -> Iterator[str | int]:
    for place, piece in enumerate(_MARK.split(text)):
        if place % 2:
            yield int(piece)
        elif piece:
            yield piece


def _image(index: int) -> str:
    return f"\ue000{index}\ue001"


_ENVIRONMENT = Sandbox(_image, fenced)
