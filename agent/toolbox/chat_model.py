"""The chat model that an agent thinks with, behind an endpoint that supports tool calls."""

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.mllm.endpoint.api_key import api_key as key_for
from agent.mllm.endpoint.endpoint_client import endpoint_client
from agent.mllm.mllm import MllmError
from agent.mllm.open_mllm import served


def open_chat(spec: str, options: Mapping[str, Any]) -> BaseChatModel:
    """Return the chat model that `spec` names, answering without chance.

    Args:
        spec: `openai:MODEL@URL`; the server must support tool calls.
        options: those of `OpenAiMllm`; only `api_key`, `timeout` and `retries` matter here.

    Raises:
        MllmError: the spec names no served model.
    """
    model, url = served(spec)
    if not model:
        raise MllmError(f"an agent needs a model that calls tools: openai:MODEL@URL; got {spec!r}")
    timeout = options.get("timeout", 60)
    return ChatOpenAI(
        model=model,
        base_url=url,
        api_key=SecretStr(key_for(url, options.get("api_key"))),
        timeout=timeout,
        max_retries=options.get("retries", 2),
        openai_proxy="",  # $OPENAI_PROXY would be another way around the client
        http_client=endpoint_client(url, timeout),
        temperature=0,
    )
