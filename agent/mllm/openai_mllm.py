"""An MLLM behind any OpenAI-compatible endpoint: vLLM first; llama.cpp, Ollama and others too.

A LoRA adapter that the server has loaded is addressed by its name, as if it were a model.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock
from time import perf_counter
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import finalize

import numpy as np
from numpy.typing import NDArray
from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAI, OpenAIError
from PIL.Image import Image
from pydantic import ValidationError

from agent.mllm.closed_choice import check_options, of_answer, of_first_token, told_apart
from agent.mllm.endpoint.api_key import REMEDY
from agent.mllm.endpoint.api_key import api_key as key_for
from agent.mllm.endpoint.completion_reply import Completion
from agent.mllm.endpoint.endpoint_client import DAY, RefusedAnswer, endpoint_client, was_late
from agent.mllm.mllm import Message, MllmError, ReplyError, Schema, Usage, user_message
from agent.mllm.openai_messages import as_json
from agent.mllm.structured_output import WAYS, Dialect, probed
from prompts.load import Prompt, load
from retrievers.text.lettering import cleaned, whole


class OpenAiMllm:
    """Talk to a server; every failure is an `MllmError` that names it.

    Answers from a closed set come from the log-probabilities of the first token: constrained by
    `structured_outputs` on vLLM, which gives them after the constraint; by a grammar on llama.cpp,
    which gives them before it, so that they are normalised here; unconstrained elsewhere, and
    where a server gives none, the answer itself counts as all but certain.

    Args:
        model: the server's name for a model, or for a LoRA adapter.
        base_url: where the endpoint begins, such as `http://localhost:8000/v1`.
        api_key: sent to that server only; none: $DIALENS_API_KEY, if this is its host.
        dialect: how the server constrains an answer; `probe`: found out by one or two short calls
            before the first choice.
        timeout: seconds after which a try is given up that has not been answered, whole.
        retries: further tries after a time-out, a lost connection, a 429 or a 5xx.
        concurrent: how many calls run at once.
        side: pixels of the longer side of a picture at most.
        price: of a million tokens in and out, for `cost`.

    Raises:
        ValueError: an argument is out of range, or the URL is not http or https.
    """

    sees = True

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        api_key: str | None = None,
        dialect: Dialect | Literal["probe"] = "vllm",
        timeout: float = 60,
        retries: int = 2,
        concurrent: int = 4,
        side: int = 1024,
        price: tuple[float, float] | None = None,
    ) -> None:
        place = urlsplit(base_url)
        named = place.scheme in ("http", "https") and place.hostname
        if not named or not base_url.isprintable():
            raise ValueError(f"base_url must be such as http://localhost:8000/v1; got {base_url!r}")
        if dialect not in (*WAYS, "probe"):
            raise ValueError(f"dialect must be one of {[*WAYS, 'probe']}; got {dialect!r}")
        if not 0 < timeout <= DAY or not 0 <= retries <= 100 or concurrent < 1 or side < 16:
            raise ValueError(
                f"timeout must be above 0, at most {DAY}, retries in 0..100, concurrent at least 1"
                f" and side at least 16; got {timeout}, {retries}, {concurrent} and {side}"
            )
        self.model, self.dialect, self.side, self.price = model, dialect, side, price
        self.place = place.netloc.rpartition("@")[2]
        self.name = f"openai:{model}@{self.place}"
        self.usage = Usage()
        self._timeout, self._concurrent = timeout, concurrent
        self._client = OpenAI(
            base_url=base_url,
            api_key=key_for(base_url, api_key),
            timeout=timeout,
            max_retries=retries,
            http_client=endpoint_client(base_url, timeout),
        )
        finalize(self, self._client.close)
        self._tells_logprobs = True
        self._slots, self._counting, self._probing = BoundedSemaphore(concurrent), Lock(), Lock()

    @property
    def cost(self) -> float | None:
        """What the tokens so far have cost, in the currency of the price; None without a price."""
        if self.price is None:
            return None
        tokens = (self.usage.tokens_in, self.usage.tokens_out)
        return sum(n * price for n, price in zip(tokens, self.price, strict=True)) / 1e6

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        options: dict[str, Any] = {"max_tokens": max_tokens}
        if schema is not None:
            form = {"name": "reply", "schema": dict(schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        return _text(self._call(messages, options))

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        asked = prompt or load("caption/describe")

        def describe(image: Image) -> str:
            return " ".join(self.generate([user_message(asked, [image])], max_tokens=96).split())

        with ThreadPoolExecutor(self._concurrent) as pool:
            return list(pool.map(describe, images))

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        """Choose by the first token; options that begin alike are lettered (`choosing`).

        Raises:
            ReplyError: an unconstrained model said nothing that begins an option.
        """
        check_options(options)
        asked, answers = told_apart(messages, options)
        reply = self._answer(asked, answers)
        tokens = _first_tokens(reply)
        scores = of_first_token(tokens, answers) if tokens else of_answer(_text(reply), answers)
        if scores is None:
            raise ReplyError("choose", f"one of {answers}", _text(reply))
        return scores

    def _answer(self, messages: Sequence[Message], answers: list[str]) -> Completion:
        dialect = self._settled()
        way = WAYS[dialect]
        options: dict[str, Any] = {"max_tokens": 8, "extra_body": way.fields(answers)}
        if self._tells_logprobs:
            try:
                return self._call(messages, options | {"logprobs": True, "top_logprobs": way.top})
            except MllmError as error:
                if dialect != "openai" or not _refused(error.__cause__):
                    raise
                self._tells_logprobs = False
        return self._call(messages, options)

    def _settled(self) -> Dialect:
        with self._probing:
            if self.dialect == "probe":
                self.dialect = probed(self._greeted)
            return self.dialect

    def _greeted(self, fields: dict[str, Any]) -> str | None:
        greeting = [Message("user", ("Say hello.",))]
        try:
            return _text(self._call(greeting, {"max_tokens": 8, "extra_body": fields}))
        except MllmError as error:
            if _refused(error.__cause__):
                return None
            raise

    def _call(self, messages: Sequence[Message], options: Mapping[str, Any]) -> Completion:
        body: Any = as_json(messages, self.side)
        with self._slots:
            begin = perf_counter()
            try:
                reply = self._client.chat.completions.with_raw_response.create(
                    model=self.model, messages=body, temperature=0, **options
                )
                held = Completion.model_validate(whole(json.loads(reply.http_response.content)))
            except (ValidationError, RecursionError) as error:
                told = "no chat completion came back; is it the right URL?"
                raise MllmError(f"{self.name}: {told}") from error
            except (OpenAIError, ValueError) as error:
                raise MllmError(f"{self.name}: {self._reason(error)}") from error
            finally:
                self._count(seconds=perf_counter() - begin)
        if used := held.usage:
            tokens = (used.prompt_tokens or 0, used.completion_tokens or 0)
            self._count(tokens_in=tokens[0], tokens_out=tokens[1])
        return held

    def _count(self, *, seconds: float = 0.0, tokens_in: int = 0, tokens_out: int = 0) -> None:
        with self._counting:
            self.usage.calls += seconds > 0
            self.usage.seconds += seconds
            self.usage.tokens_in += tokens_in
            self.usage.tokens_out += tokens_out

    def _reason(self, error: Exception) -> str:
        for why in (error, error.__cause__):  # which, depends on the release of openai
            if isinstance(why, RefusedAnswer):
                return f"the server sent {why}; is it an OpenAI-compatible endpoint?"
        if isinstance(error, APITimeoutError) or (
            isinstance(error, APIConnectionError) and was_late(error.request)
        ):
            return f"no answer within {self._timeout:g} s; raise timeout or use a smaller model"
        match error:
            case APIConnectionError():
                return "the server cannot be reached; is it running at this address?"
            case APIStatusError():
                said = " ".join(_reason(error).split())[:200]
                return f"the server said {error.status_code} {said!r}; {_remedy(error.status_code)}"
        return f"no readable answer ({type(error).__name__}); is it an OpenAI-compatible endpoint?"


def _text(reply: Completion) -> str:
    return cleaned(reply.choices[0].message.content or "")


def _first_tokens(reply: Completion) -> dict[str, float]:
    """Return the log-probabilities told for the first token: the likeliest, and the one taken."""
    told = reply.choices[0].logprobs
    if told is None or not told.content:
        return {}
    first = told.content[0]
    likeliest = first.top_logprobs or ()
    return {first.token: first.logprob} | {item.token: item.logprob for item in likeliest}


def _refused(cause: BaseException | None) -> bool:
    return isinstance(cause, APIStatusError) and cause.status_code in (400, 422)


def _reason(error: APIStatusError) -> str:
    """Return the server's own words, which releases of openai put differently."""
    held: Any = error.body
    inside = held.get("error", held) if isinstance(held, dict) else held
    words = inside.get("message") if isinstance(inside, dict) else inside
    return str(words or error.message)


def _remedy(status: int) -> str:
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return "it sends elsewhere; name that address, if you trust it"
        case 401 | 403:
            return REMEDY
        case 404:
            return "check base_url and the model's name"
        case 429:
            return "lower concurrent, or wait"
    return "check the server's log" if status >= 500 else "check model, prompt and dialect"
