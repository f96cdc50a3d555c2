"""What stages are made of: models, captions, remembered verdicts, prompts, pixels."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

from PIL.Image import Image

from agent.cache.verdicts import Verdicts, open_verdicts
from agent.captioning.captions import Captions
from agent.mllm.mllm import Mllm, Usage
from agent.mllm.open_mllm import open_mllm
from prompts.load import Prompt, load
from retrievers.collection.collection import Collection
from retrievers.files.home import dialens_home
from retrievers.hit import Picture
from retrievers.recorded_files import recorded_image

SIDE = 448  # pixels of the shorter side that a model is shown at least


class ModelNames(Protocol):
    """What names models and prompts, as `agent.stages.config.Stages` does."""

    @property
    def llm(self) -> str: ...
    @property
    def mllm(self) -> str: ...
    @property
    def llm_options(self) -> Mapping[str, Any]: ...
    @property
    def mllm_options(self) -> Mapping[str, Any]: ...
    @property
    def prompts(self) -> Mapping[str, str]: ...


class Resources:
    """What the stages are made of; each part is made once, when it is asked for."""

    def __init__(self, stages: ModelNames, collection: Collection) -> None:
        self.stages, self.collection = stages, collection

    @cached_property
    def llm(self) -> Mllm:
        if (self.stages.llm, self.stages.llm_options) == (
            self.stages.mllm,
            self.stages.mllm_options,
        ):
            return self.mllm
        return open_mllm(self.stages.llm, **self.stages.llm_options)

    @cached_property
    def mllm(self) -> Mllm:
        return open_mllm(self.stages.mllm, **self.stages.mllm_options)

    @cached_property
    def captions(self) -> Captions:
        prompt = self.prompt("caption/describe")
        path = self.collection.folder / "captions.db"
        return Captions(self.mllm, self.picture, prompt=prompt, path=path)

    @cached_property
    def verdicts(self) -> Verdicts:
        return open_verdicts(self.collection.folder / "verdicts.db")

    def usages(self) -> list[Usage]:
        """Return the counters of the models, captions and verdicts that were opened."""
        opened = {id(one): one for name in ("llm", "mllm") if (one := vars(self).get(name))}
        if captions := vars(self).get("captions"):
            opened[id(captions)] = captions.sentences
        if verdicts := vars(self).get("verdicts"):
            opened[id(verdicts)] = verdicts
        return [one.usage for one in opened.values()]

    def picture(self, picture_id: str) -> Picture:
        (picture,) = self.collection.pictures(self.collection.rows_of([picture_id]))
        return picture

    def pixels(self, picture: Picture) -> Image:
        return recorded_image(picture, min_side=SIDE)

    def prompt(self, name: str) -> Prompt:
        return load(self.stages.prompts.get(name, name), own=dialens_home() / "prompts")
