"""A system that is named on the command line: a TOML file, or a class of one's own.

FILE.toml             an encoder's name, and the fields of a stages file
FILE.py:CLASS         a class, or a function, that makes an `eval.systems.system.System`
MODULE.NAME:CLASS     the same, of a module that Python finds
"""

import sys
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from agent.stages.config import Stages, read_table, staged
from eval.systems.own_system import OwnSystem
from eval.systems.pipeline_system import PipelineSystem
from eval.systems.system import System
from retrievers.encoders.load import load_encoder
from retrievers.files.home import dialens_home
from retrievers.search.query_vector import Blend


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFile(Stages):
    """What such a file may hold besides stages; see `PipelineSystem`.

    Attributes:
        name: of the system; empty: the file's own.
        encoder: makes the vectors.
        words: whether full text has a say.
        joined: how the turns become one vector, see `Blend`; none: as usual.
    """

    name: str = ""
    encoder: str = "offline"
    words: bool = False
    joined: float | None = None


class NoSystemError(ValueError):
    """A system cannot be made of what was named. One line."""


def open_system(spec: str | Path) -> System:
    """Return the system that is named.

    Raises:
        EncoderError: the encoder cannot be loaded here.
        StageError: the file cannot be read, or names what does not exist.
        NoSystemError: there is no such module or class, or what it makes is no system.
    """
    where, mark, name = str(spec).rpartition(":")
    if not mark or Path(spec).is_file():
        return read_system(Path(spec))
    try:
        made: object = getattr(_module(where), name)()
    except Exception as error:  # their code may raise anything
        raise NoSystemError(f"{spec}: {type(error).__name__}: {error}") from error
    if not isinstance(getattr(made, "name", None), str) or not callable(
        getattr(made, "open", None)
    ):
        raise NoSystemError(f"{spec} makes {made!r:.80}; a system has a `name` and `open(task)`")
    return OwnSystem(str(spec), made)  # type: ignore[arg-type]


def _module(where: str) -> ModuleType:
    if not where.endswith(".py"):
        if "" not in sys.path:
            sys.path.insert(0, "")  # as `python -m` does
        return import_module(where)
    path = Path(where).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"no file {where!r}")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{where} cannot be loaded")
    module = module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def read_system(path: Path, *, home: Path | None = None) -> PipelineSystem:
    """Read a file and load its encoder.

    Raises:
        EncoderError: the encoder cannot be loaded here.
        StageError: the file cannot be read, or names what does not exist.
    """
    table = read_table(path)
    file = staged(SystemFile, table, path)
    return PipelineSystem(
        name=file.name if "name" in table else path.stem,
        encoder=load_encoder(file.encoder),
        home=home or dialens_home(),
        stages=Stages(**{one.name: getattr(file, one.name) for one in fields(Stages)}),
        words=file.words,
        blend=None if file.joined is None else Blend(joined=file.joined),
        spec=file.encoder,
    )
