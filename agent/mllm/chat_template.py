"""From messages to the tensors of a prompt, through the checkpoint's own chat template."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from jinja2 import TemplateError
from PIL.Image import Image
from torch import Tensor

from agent.mllm.mllm import Message, MllmError
from agent.mllm.model_families import FAMILIES, USUAL
from retrievers.checkpoints.generative import OpenedCheckpoint
from retrievers.pictures.long_pictures import shorten

Tensors = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class TemplatedPrompt:
    """One prompt as written for the model, with its pictures in order."""

    text: str
    images: tuple[Image, ...]


class ChatTemplate:
    """Writes prompts for one model and turns them into its tensors.

    Args:
        opened: the loaded model.
        max_pixels: larger pictures are reduced to this many first.
    """

    def __init__(self, opened: OpenedCheckpoint, *, max_pixels: int) -> None:
        if max_pixels < 1:
            raise ValueError(f"max_pixels must be at least 1; got {max_pixels!r}")
        self._opened, self._max_pixels = opened, max_pixels
        self.family = FAMILIES.get(opened.model.config.model_type, USUAL)
        self._control = _control_tokens(opened)

    def ask(self, messages: Sequence[Message]) -> TemplatedPrompt:
        """Write a conversation, ending where the answer begins.

        Raises:
            MllmError: the model cannot see, or not so many pictures, or its template refuses.
        """
        name, family = self._opened.name, self.family
        images = [part for message in messages for part in message.parts if isinstance(part, Image)]
        if images and not self._opened.sees:
            raise MllmError(f"{name} reads text only and cannot see; name a model that can")
        if family.most is not None and len(images) != family.most:
            raise MllmError(
                f"{name} takes exactly {family.most} picture(s) a prompt; got {len(images)}; "
                "name another model, or a method that shows so many"
            )
        return TemplatedPrompt(
            self._written(messages), tuple(self._reduced(image) for image in images)
        )

    def ask_caption(self, image: Image, message: Message) -> TemplatedPrompt:
        """Write the request for a caption, in the words of `message` if the model obeys any."""
        if self.family.opening is None:
            return self.ask([message])
        return TemplatedPrompt(self.family.opening, (self._reduced(image),))

    def tensors(self, prompts: Sequence[TemplatedPrompt], *, room: int) -> Tensors:
        """Return what the processor makes of a batch, whole, padded on the left.

        Raises:
            MllmError: the prompt and `room` tokens after it are more than the model can read.
        """
        opened, family = self._opened, self.family
        texts = [one.text for one in prompts]
        bos = opened.tokenizer.bos_token
        options: dict[str, Any] = {"padding": True, "return_tensors": "pt"}
        if bos and all(text.startswith(bos) for text in texts):
            options["add_special_tokens"] = False
        if any(one.images for one in prompts):
            if max(len(one.images) for one in prompts) > 1:
                options |= family.several
            options["images"] = [list(one.images) for one in prompts]
        if not opened.sees:
            options["add_special_tokens"] = False
        tensors = self._placed(opened.processor(text=texts, **options))
        longest = getattr(opened.model.config.get_text_config(), "max_position_embeddings", None)
        if longest is not None and (length := tensors["input_ids"].shape[1]) + room > longest:
            raise MllmError(
                f"{opened.name} reads {longest} tokens; the prompt has {length} and the answer "
                f"up to {room}; show fewer pictures or lower max_pixels"
            )
        return tensors

    def answer_tokens(self, prompt: TemplatedPrompt, answer: str) -> tuple[int, ...]:
        """Return the tokens that an answer adds to the prompt.

        A prompt that ends in a letter or mark, such as `ASSISTANT:`, is followed by a space.
        """
        read = self._opened.tokenizer
        tail = prompt.text[-32:]
        lead = "" if tail[-1:].isspace() or self._ends_in_control(tail) else " "
        before: list[int] = read(tail, add_special_tokens=False)["input_ids"]
        joint: list[int] = read(tail + lead + answer, add_special_tokens=False)["input_ids"]
        if joint[: len(before)] == before:
            return tuple(joint[len(before) :])
        return tuple(read(lead + answer, add_special_tokens=False)["input_ids"])

    def _written(self, messages: Sequence[Message]) -> str:
        if self.family.layout is not None:
            return self.family.layout.format("\n".join(filter(None, map(self._text, messages))))
        talk = [{"role": one.role, "content": self._content(one)} for one in messages]
        try:
            written = self._opened.processor.apply_chat_template(
                talk, tokenize=False, add_generation_prompt=True
            )
        except (TemplateError, ValueError, TypeError) as error:
            raise MllmError(
                f"{self._opened.name} has no chat template for these messages "
                f"({str(error).splitlines()[0]}); name an instruction-tuned checkpoint"
            ) from error
        return str(written)

    def _content(self, message: Message) -> str | list[dict[str, Any]]:
        if not self._opened.sees:
            return self._text(message)
        return [
            {"type": "text", "text": self._plain(part)}
            if isinstance(part, str)
            else {"type": "image"}
            for part in message.parts
        ]

    def _text(self, message: Message) -> str:
        texts = [part for part in message.parts if isinstance(part, str)]
        return self._plain("\n".join(text.strip() for text in texts))

    def _plain(self, text: str) -> str:
        """Take out what the tokenizer would read as a turn's end or as a picture's place."""
        return self._control.sub(" ", text)

    def _ends_in_control(self, text: str) -> bool:
        return any(found.end() == len(text) for found in self._control.finditer(text))

    def _reduced(self, image: Image) -> Image:
        image = shorten(image.convert("RGB"))  # Qwen's processor refuses what is longer
        scale = sqrt(self._max_pixels / (image.width * image.height))
        if scale >= 1:
            return image
        return image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))

    def _placed(self, made: Mapping[str, Tensor]) -> Tensors:
        machine = self._opened.machine
        tensors = {
            key: value.to(machine.device, machine.dtype)
            if value.is_floating_point()
            else value.to(machine.device)
            for key, value in made.items()
        }
        if "token_type_ids" not in self._opened.accepts:
            tensors.pop("token_type_ids", None)  # a tokenizer of the general class makes them
        return tensors


def _control_tokens(opened: OpenedCheckpoint) -> re.Pattern[str]:
    tokens = {str(token) for token in opened.tokenizer.all_special_tokens}
    tokens |= {
        str(token) for token in opened.tokenizer.added_tokens_decoder.values() if token.special
    }
    for place in ("image_token", "video_token"):
        tokens.add(str(getattr(opened.processor, place, "") or ""))
    ordered = sorted(filter(None, tokens), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)) or r"(?!)")
