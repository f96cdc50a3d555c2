"""Models of Hugging Face transformers, in this process: they see, or read text only.

One path for all: the library's auto classes, the checkpoint's own processor and chat template;
what differs between families is a row of `agent.mllm.families`. Run here with tiny random weights
of Qwen2.5-VL, InternVL, Idefics3, SmolVLM, LLaVA, BLIP-2 and Llama.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL.Image import Image
from torch import Tensor

from agent.mllm.constrained import HeldTo, closed, pattern
from agent.mllm.mllm import Message, MllmError, ReplyError, Schema, Usage, user_message
from agent.mllm.prompting import Asked, Prompting, Tensors
from agent.mllm.schema import choices, read_reply
from prompts.load import Prompt, load
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import Wanted, open_checkpoint
from retrievers.encoders.options import Options

TOKENWISE = ("input_ids", "attention_mask", "mm_token_type_ids", "token_type_ids")
CAPTION_TOKENS = 64


class TransformersMllm:
    """A model loaded from a folder or the hub.

    Args:
        checkpoint: a folder or `ORG/NAME`.
        revision: a commit, tag or branch on the hub.
        device: as torch writes it; none: cuda if there is one, else mps, else cpu.
        dtype: `float32`, `bfloat16` or `float16`; none: bfloat16 on cuda, else float32.
        bits: 4 (NF4) or 8, through bitsandbytes; none: not quantised.
        adapter: a folder with a LoRA adapter that peft saved.
        batch: prompts per forward.
        trust_remote_code: run Python code that the checkpoint brings; a hub id then needs its
            revision.
        max_pixels: larger pictures are reduced to this many pixels first.

    Raises:
        MllmError: the checkpoint or the adapter cannot be loaded here.
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        checkpoint: str | Path,
        *,
        revision: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        bits: Literal[4, 8] | None = None,
        adapter: Path | None = None,
        batch: int = 4,
        trust_remote_code: bool = False,
        max_pixels: int = 1_003_520,
    ) -> None:
        options = Options(device, None, dtype, batch)
        try:
            self._opened = open_checkpoint(
                Wanted(str(checkpoint), options, revision, bits, adapter, trust_remote_code)
            )
        except CheckpointError as error:
            raise MllmError(str(error)) from error
        self._prompting = Prompting(self._opened, max_pixels=max_pixels)
        self._model, self._batch = self._opened.model, batch
        self.usage = Usage()

    @property
    def name(self) -> str:
        return self._opened.name

    @property
    def sees(self) -> bool:
        return self._opened.sees

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        """Return the answer, decoded greedily.

        A schema is held to while decoding (`constrained`), and a reply that ran out of tokens is
        closed; of an enumeration, the value that the model finds most probable is returned, as
        JSON. A schema with keywords that cannot be held to is checked afterwards.

        Raises:
            MllmError: a message holds a picture and `sees` is off, or memory is full.
            ReplyError: the reply does not meet the schema.
        """
        if schema is not None and (values := choices(schema)) is not None:
            return values[int(self.choose(messages, values).argmax())]
        wanted = None if schema is None else pattern(schema)
        reply = self._write([self._prompting.ask(messages)], max_tokens, wanted)[0]
        if schema is None:
            return reply
        try:
            return read_reply(closed(reply, wanted) if wanted else reply, schema)
        except ValueError as error:
            asked_for = f"JSON that meets its schema ({error})"
            raise ReplyError(_opening(messages), asked_for, reply) from error

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        if not self.sees:
            raise MllmError(f"{self.name} reads text only and cannot caption; name one that sees")
        prompt = prompt or load("caption/describe")
        asked = [
            self._prompting.ask_caption(image, user_message(prompt, [image])) for image in images
        ]
        starts = range(0, len(asked), self._batch)
        written = [self._write(asked[at : at + self._batch], CAPTION_TOKENS) for at in starts]
        return [" ".join(caption.split()) for batch in written for caption in batch]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-probability of each option as the answer, normalised over the options.

        An option's is the sum over its tokens; where one option begins another, the token that
        ends an answer counts too, as the shorter one would otherwise always win.
        """
        if not options or len(set(options)) < len(options):
            raise ValueError(f"options must be one or more, all different; got {list(options)!r}")
        asked = self._prompting.ask(messages)
        answers = [self._prompting.answer_tokens(asked, option) for option in options]
        if any(begins(one, other) for one in answers for other in answers):
            end = self._opened.tokenizer.eos_token_id
            answers = [(*answer, end) for answer in answers]
        with self._running():
            prompt = self._prompting.tensors([asked], room=max(map(len, answers)))
            scores = self._log_probs(prompt, answers)
        if not np.isfinite(scores).all():
            raise MllmError(f"{self.name} gave no finite log-probabilities; try dtype 'float32'")
        normalised: NDArray[np.float64] = scores - np.logaddexp.reduce(scores)
        return normalised

    def _write(
        self, asked: Sequence[Asked], max_tokens: int, wanted: str | None = None
    ) -> list[str]:
        options: dict[str, Any] = {"max_new_tokens": max_tokens}
        read = self._opened.tokenizer
        if wanted:
            options["logits_processor"] = [HeldTo(wanted, read, read.eos_token_id)]
        with self._running():
            tensors = self._prompting.tensors(asked, room=max_tokens)
            self._count_in(tensors)
            written = self._model.generate(**tensors, **options)  # [B, L + new]
            start = 1 if self._is_encoder_decoder else tensors["input_ids"].shape[1]
            new = written[:, start:].cpu()  # [B, new]
        self.usage.tokens_out += int((new != read.pad_token_id).sum())
        return [text.strip() for text in read.batch_decode(new, skip_special_tokens=True)]

    def _log_probs(
        self, prompt: Tensors, answers: Sequence[tuple[int, ...]]
    ) -> NDArray[np.float64]:
        """Return the sums [N] of the answers' token log-probabilities.

        An answer's last token need not be read, only foretold; and an answer whose others begin
        another's is foretold in passing. So yes or no, or a letter, costs one forward.
        """
        heads = {answer[:-1] for answer in answers}
        rows = sorted(head for head in heads if not any(begins(head, other) for other in heads))
        found: dict[tuple[int, ...], Tensor] = {}
        for at in range(0, len(rows), self._batch):
            batch = rows[at : at + self._batch]
            found |= zip(batch, self._foretold(prompt, batch), strict=True)
        sums = []
        for answer in answers:
            row = next(row for row in rows if row[: len(answer) - 1] == answer[:-1])
            steps = range(len(answer))
            sums.append(float(found[row][list(steps), list(answer)].double().sum()))
        return np.array(sums, dtype=np.float64)

    def _foretold(self, prompt: Tensors, rows: Sequence[tuple[int, ...]]) -> Tensor:
        """Return log-probabilities [R, T + 1, V] of what follows the prompt and each token."""
        longest = max(map(len, rows))
        device = self._opened.machine.device
        pad = self._opened.tokenizer.pad_token_id or 0
        tails = torch.tensor(
            [[*row, *[pad] * (longest - len(row))] for row in rows], dtype=torch.long, device=device
        ).reshape(len(rows), longest)  # [R, T]
        tensors = {key: torch.cat([value] * len(rows)) for key, value in prompt.items()}
        if self._is_encoder_decoder:
            start = tails.new_full((len(rows), 1), self._decoder_start)
            tensors["decoder_input_ids"] = torch.cat([start, tails], dim=1)
        else:
            tensors = _lengthened(tensors, tails, rows)
        self._count_in(tensors)
        if "logits_to_keep" in self._opened.accepts:
            tensors["logits_to_keep"] = longest + 1
        logits = self._model(**tensors).logits[:, -(longest + 1) :]
        return torch.log_softmax(logits.float(), dim=-1).cpu()

    def _count_in(self, tensors: Tensors) -> None:
        self.usage.tokens_in += int(tensors["attention_mask"].sum())

    @property
    def _is_encoder_decoder(self) -> bool:
        return bool(self._model.config.get_text_config().is_encoder_decoder)

    @property
    def _decoder_start(self) -> int:
        config: Any = self._model.config.get_text_config()
        return int(config.decoder_start_token_id or 0)

    @contextmanager
    def _running(self) -> Iterator[None]:
        begin = perf_counter()
        self.usage.calls += 1
        try:
            with torch.inference_mode():
                yield
        except torch.OutOfMemoryError as error:
            raise MllmError(
                f"{self.name} ran out of memory; lower batch or max_pixels, or set bits=4"
            ) from error
        finally:
            self.usage.seconds += perf_counter() - begin


def begins(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether the other goes on after all of the one."""
    return len(one) < len(other) and other[: len(one)] == one


def _lengthened(tensors: Tensors, tails: Tensor, rows: Sequence[tuple[int, ...]]) -> Tensors:
    """Append the tails to the prompt; what pads them lies behind, where no token looks."""
    read = torch.zeros_like(tails)  # [R, T]
    for at, row in enumerate(rows):
        read[at, : len(row)] = 1
    added = {"input_ids": tails, "attention_mask": read}
    return tensors | {
        key: torch.cat([tensors[key], added.get(key, torch.zeros_like(tails))], dim=1)
        for key in TOKENWISE
        if key in tensors
    }


def _opening(messages: Sequence[Message]) -> str:
    texts = [part for part in messages[-1].parts if isinstance(part, str)]
    return json.dumps(" ".join(" ".join(texts).split())[:60], ensure_ascii=False)
