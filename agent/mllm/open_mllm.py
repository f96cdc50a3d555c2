"""Open a multimodal LLM by the name that a profile or a command gives."""

from pathlib import Path
from typing import Any

from agent.mllm.mllm import Mllm, MllmError

SPECS = ("offline", "openai:MODEL@URL", "transformers:FOLDER", "transformers:ORG/NAME[@REVISION]")


def open_mllm(spec: str, **options: Any) -> Mllm:
    """Return the model that `spec` names; options are its constructor's keyword arguments.

    Raises:
        MllmError: the spec is none of `SPECS`, or the model cannot be opened.
        TypeError: the model has no such option.
        ValueError: an option is out of its range.
    """
    kind, _, rest = spec.partition(":")
    if spec == "offline":
        return _offline(options)
    if any(place := served(spec)):
        return _openai(*place, options)
    if kind == "transformers" and rest:
        return _transformers(rest, options)
    raise MllmError(f"no model {spec!r}; a model is one of {', '.join(SPECS)}")


def served(spec: str) -> tuple[str, str]:
    """Return model and URL of `openai:MODEL@URL`, or two empty texts for any other spec."""
    kind, _, rest = spec.partition(":")
    parts = rest.rpartition("@http")
    return (parts[0], f"http{parts[2]}") if kind == "openai" and all(parts) else ("", "")


def _offline(options: dict[str, Any]) -> Mllm:
    from agent.mllm.offline_mllm import OfflineMllm  # its encoder: not before it is asked for

    return OfflineMllm(**options)


def _openai(model: str, url: str, options: dict[str, Any]) -> Mllm:
    try:
        from agent.mllm.openai_mllm import OpenAiMllm
    except ModuleNotFoundError as error:
        raise _lacking("openai", "api", error) from error
    return OpenAiMllm(model, url, **options)


def _transformers(checkpoint: str, options: dict[str, Any]) -> Mllm:
    try:
        from agent.mllm.transformers_mllm import TransformersMllm
    except ModuleNotFoundError as error:
        raise _lacking("transformers", "models", error) from error
    if options.get("adapter") is not None:
        options = {**options, "adapter": Path(options["adapter"])}
    return TransformersMllm(checkpoint, **options)


def _lacking(kind: str, extra: str, error: ModuleNotFoundError) -> MllmError:
    return MllmError(f"{kind}: {error.name} is not installed; pip install 'dialens[{extra}]'")
