"""A model that needs no hub, no torch and no GPU: SmolLM2-135M for words, and no real eye.

A picture reaches it as the likeliest classes of the offline encoder, the main colours and the text
found in it: it knows neither number nor action nor place. docs/mllm.md says what it is good for.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from agent.mllm.closed_choice import check_options, grammar, of_first_token, told_apart
from agent.mllm.colours import main_colours
from agent.mllm.mllm import Message, MllmError, ReplyError, Schema, Usage
from agent.mllm.offline_caption import composed
from agent.ocr import MISSING, TextReader, can_read
from prompts.load import Prompt, fenced
from retrievers.encoder import EncoderError
from retrievers.loading.network_lock import turn_of
from retrievers.offline.encoder import OfflineEncoder
from retrievers.offline.weights import SMALL_LLM, digest, locate

CONTEXT = 4096
CAPTIONING = 1  # raise when captions change
_MARK = re.compile(r"<\|[^|]*\|>")  # <|im_start|>: text must not end a message and begin another
_TOP = 512  # log-probabilities of the first token


class OfflineMllm:
    """Load each part when it is first needed; captions never load the LLM.

    `sees` is on in this sense only: wherever a message holds a picture, the LLM reads the caption
    composed for it, fenced off as data.

    Args:
        encoder: names what pictures show; it is made when none is given.
        threads: of the LLM and the OCR; all cores by default.
        reads: whether text found in a picture is part of its caption; if the OCR is installed, by
            default.

    Raises:
        MllmError: the weights are not installed (`dialens models fetch`).
    """

    sees = True

    def __init__(
        self,
        encoder: OfflineEncoder | None = None,
        *,
        threads: int | None = None,
        reads: bool | None = None,
    ) -> None:
        if reads and not can_read():
            raise MllmError(f"offline: {MISSING}")
        self._threads = threads
        self._reader = TextReader(threads=threads) if reads is not False and can_read() else None
        try:
            self._encoder = encoder or OfflineEncoder(threads=threads)
            self._weights = locate(SMALL_LLM)
        except EncoderError as error:
            raise MllmError(f"offline: {error}") from error
        self.usage = Usage()

    @cached_property
    def name(self) -> str:
        return (
            f"offline:smollm2-135m-{digest(self._weights)}"
            f"+captions{CAPTIONING}-{self._encoder.name.removeprefix('offline:')}"
            + (f"+{self._reader.name}" if self._reader else "")
        )

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        """Continue a lone prompt as a text, up to an empty line; answer anything else as a chat.

        The model continues examples better than it follows them: of 20 captions edited by CIReVL's
        prompt as a chat, none could be read, and continued, all (benchmarks/speed/small_llm.py).
        """
        options: dict[str, Any] = {"max_tokens": max_tokens}
        if schema is not None:
            options["json_schema"] = dict(schema)
        if [message.role for message in messages] != ["user"]:
            return str(self._chat(messages, options)["message"]["content"] or "")
        (text,) = (message["content"] for message in self._worded(messages))
        options["prompt"] = text if text.endswith(":") else f"{text}\n"
        if schema is None:
            options["stop"] = ["\n\n"]
        return str(self._call("handle_completions", options)["text"])

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        """Compose captions, such as `Street sign, mostly green and white, that says "EXIT 4"`."""
        if not images:
            return []
        shown = [image.convert("RGB") for image in images]
        try:
            kinds = self._encoder.describe(shown)
        except EncoderError as error:
            raise MllmError(f"offline: {error}") from error
        return [
            composed(kind, main_colours(image), self._reader.lines(image) if self._reader else ())
            for kind, image in zip(kinds, shown, strict=True)
        ]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        """Choose by the first token; options that begin alike are lettered (`choosing`)."""
        check_options(options)
        asked, answers = told_apart(messages, options)
        told = {"logprobs": True, "top_logprobs": _TOP, "grammar": grammar(answers)}
        choice = self._chat(asked, {"max_tokens": 8, **told})
        first = choice["logprobs"]["content"][0]
        tokens = {item["token"]: item["logprob"] for item in (first, *first["top_logprobs"])}
        scores = of_first_token(tokens, answers)
        if scores is None:
            raise ReplyError("choose", f"one of {answers}", str(choice["message"]["content"]))
        return scores

    def _chat(self, messages: Sequence[Message], options: Mapping[str, Any]) -> dict[str, Any]:
        body = {"messages": self._worded(messages), **options}
        return self._call("handle_chat_completions", body)

    def _call(self, how: str, body: dict[str, Any]) -> dict[str, Any]:
        with turn_of(self):
            return self._answer(getattr(self._server, how), body)

    def _answer(self, ask: Callable[[dict[str, Any]], Any], body: dict[str, Any]) -> dict[str, Any]:
        begin = perf_counter()
        reply = ask({"temperature": 0, **body})
        self.usage.calls += 1
        self.usage.seconds += perf_counter() - begin
        if "choices" not in reply:
            said = " ".join(str(reply.get("error", {}).get("message", reply)).split())[:200]
            raise MllmError(f"{self.name}: {said!r}; shorten what is asked")
        self.usage.tokens_in += reply["usage"]["prompt_tokens"]
        self.usage.tokens_out += reply["usage"]["completion_tokens"]
        choice: dict[str, Any] = reply["choices"][0]
        return choice

    def _worded(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        """Write messages as text, each picture as its caption, without llama.cpp's own marks."""
        images = [part for message in messages for part in message.parts if isinstance(part, Image)]
        captions = iter(self.caption(images))
        return [
            {
                "role": message.role,
                "content": "".join(
                    _MARK.sub(" ", part) if isinstance(part, str) else fenced(next(captions))
                    for part in message.parts
                ),
            }
            for message in messages
        ]

    @cached_property
    def _server(self) -> Any:
        """Start llama.cpp in this process; nobody else knows the key to its port on loopback."""
        try:
            import xllamacpp
        except ModuleNotFoundError as error:
            raise MllmError(
                "offline: the small LLM needs xllamacpp; pip install 'dialens[local-llm]'"
            ) from error
        params = xllamacpp.CommonParams()
        params.model.path = str(self._weights)
        params.n_ctx, params.n_parallel = CONTEXT, 1
        threads = self._threads or os.cpu_count() or 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.port, params.hostnames = 0, ["127.0.0.1"]
        params.api_keys = [secrets.token_hex()]
        params.warmup, params.ui, params.verbosity = False, False, 0
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise MllmError(f"offline: llama.cpp cannot load {self._weights}: {reason}") from error
