"""A system from a TOML file: an encoder's name, and the fields of a stages file."""

from pathlib import Path

from agent.stages import Stages, read_table
from eval.runs.pipeline_system import PipelineSystem
from retrievers.blend import Blend
from retrievers.encoders.load import load_encoder
from retrievers.home import dialens_home

OWN = ("name", "encoder", "words", "joined")


def read_system(path: Path, *, home: Path | None = None) -> PipelineSystem:
    """Read a file and load its encoder.

    Raises:
        EncoderError: the encoder cannot be loaded here.
        StageError: the file cannot be read, or names what does not exist.
    """
    table = read_table(path, also=OWN)
    own = {key: table.pop(key) for key in OWN if key in table}
    spec = own.get("encoder", "offline")
    return PipelineSystem(
        name=own.get("name", path.stem),
        encoder=load_encoder(spec),
        home=home or dialens_home(),
        stages=Stages(**table),
        words=own.get("words", False),
        blend=Blend(joined=own["joined"]) if "joined" in own else None,
        spec=spec,
    )
