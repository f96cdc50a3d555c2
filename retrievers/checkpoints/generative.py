"""Opening a generative checkpoint of transformers: which class, what precision, which adapter.

Weights come from safetensors files only, and a checkpoint that lacks some is refused.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

from safetensors import SafetensorError
from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    BitsAndBytesConfig,
    GenerationConfig,
    GenerationMixin,
    PretrainedConfig,
)

from retrievers.checkpoints.attach_lora import attach
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.new_tokens import add_tokens, saved_tokens
from retrievers.encoder import EncoderError
from retrievers.loading.device import Machine, choose_machine
from retrievers.loading.encoder_options import Options
from retrievers.loading.local_weights import WEIGHTS, WORDS, content_hash, find_snapshot, first_line
from retrievers.loading.quiet_transformers import quiet
from retrievers.offline.small_llm import small_llm

OFFLINE = "offline"
MATTERS = (".safetensors", ".json", ".txt", ".model", ".jinja", ".py")
"""Files that can change an answer: weights, configurations, vocabularies, templates, code."""

BROKEN = (
    OSError,
    ValueError,
    ImportError,
    KeyError,
    AttributeError,
    TypeError,
    RuntimeError,
    SafetensorError,
    UnpicklingError,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to open and how; see `TransformersMllm`.

    Attributes:
        checkpoint: a folder, `ORG/NAME[@REVISION]`, or `offline`, the small LLM's weights.
    """

    checkpoint: str
    options: Options
    bits: Literal[4, 8] | None = None
    adapter: Path | None = None
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A loaded model.

    Attributes:
        name: the exact weights, adapter and precision.
        processor: makes a prompt's tensors; a tokenizer if the model cannot see.
    """

    name: str
    model: Any
    processor: Any
    sees: bool
    machine: Machine

    @property
    def accepts(self) -> Collection[str]:
        """Names of the tensors that the model's forward takes."""
        return signature(self.model.forward).parameters

    @property
    def tokenizer(self) -> Any:
        return self.processor.tokenizer if self.sees else self.processor

    def holding(self, model: Any) -> "OpenedCheckpoint":
        """Return the same with another model in its place, such as one that LoRA was put into."""
        return replace(self, model=model)


def open_checkpoint(wanted: Wanted) -> OpenedCheckpoint:
    """Load a model, its processor and its adapter.

    Raises:
        CheckpointError: it is not there, does not fit, or cannot run here.
        ValueError: an argument is out of its range.
    """
    if wanted.bits not in (None, 4, 8):
        raise ValueError(f"bits must be 4, 8 or None; got {wanted.bits!r}")
    try:
        machine = choose_machine(wanted.options)
    except EncoderError as error:
        raise CheckpointError(f"{wanted.checkpoint}: {error}") from error
    folder, mark = _find(wanted)
    try:
        with quiet():
            return _open(wanted, folder, mark, machine)
    except BROKEN as error:
        raise CheckpointError(
            f"cannot load {wanted.checkpoint!r}: {first_line(error)}; name a complete folder or "
            "id of an image-text-to-text or text model that transformers serves"
        ) from error


def _find(wanted: Wanted) -> tuple[Path, str]:
    """Return the checkpoint's folder, and what tells its content from any other's."""
    if wanted.checkpoint == OFFLINE:
        return (folder := small_llm()), folder.name
    if (folder := Path(wanted.checkpoint).expanduser()).is_dir():
        inside = sorted(file for file in folder.iterdir() if file.suffix in MATTERS)
        return folder, f"{folder.name}#{content_hash(inside)}"
    code = ("*.py",) if wanted.trust_remote_code else ()
    if code and "@" not in wanted.checkpoint:
        raise CheckpointError(
            f"{wanted.checkpoint!r} brings code of its own: give the revision whose code you read"
        )
    try:
        return find_snapshot(wanted.checkpoint, (*WEIGHTS, *WORDS, "*.jinja", *code))
    except EncoderError as error:
        raise CheckpointError(str(error)) from error


def _open(wanted: Wanted, folder: Path, mark: str, machine: Machine) -> OpenedCheckpoint:
    here = {"trust_remote_code": wanted.trust_remote_code, "local_files_only": True}
    _refuse_code(folder, wanted)
    config = AutoConfig.from_pretrained(folder, **here)
    sees = _sees(config, wanted)
    if not list(folder.glob("*.safetensors")):
        raise CheckpointError(
            f"{wanted.checkpoint!r} holds no .safetensors file; convert its weights to one first"
        )
    processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(folder, **here)
    model, report = (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_pretrained(
        folder,
        config=config,
        dtype=machine.dtype,
        device_map={"": str(machine.device)},
        quantization_config=_quantised(wanted.bits, machine),
        use_safetensors=True,
        output_loading_info=True,
        **here,
    )
    if absent := sorted({*report["missing_keys"], *map(str, report["mismatched_keys"])}):
        raise CheckpointError(
            f"{wanted.checkpoint!r} lacks {len(absent)} weights, such as {absent[0]!r}; "
            "download or save it again"
        )
    name = f"transformers:{mark}" + (f"/{wanted.bits}bit" if wanted.bits else "")
    if wanted.adapter is not None:
        if tokens := saved_tokens(wanted.adapter):
            add_tokens(model, processor.tokenizer if sees else processor, tokens)
        model = attach(model, wanted.adapter, machine.device, wanted.checkpoint)
        name += f"+{wanted.adapter.name}#{content_hash(sorted(wanted.adapter.glob('adapter*')))}"
    opened = OpenedCheckpoint(name, _ready(model), processor, sees, machine)
    opened.tokenizer.padding_side = "left"  # an answer follows its prompt's last token
    if opened.tokenizer.pad_token is None:
        opened.tokenizer.pad_token = opened.tokenizer.eos_token
    return opened


def _refuse_code(folder: Path, wanted: Wanted) -> None:
    settings, _ = PretrainedConfig.get_config_dict(folder)
    own = "auto_map" in settings and settings.get("model_type") not in CONFIG_MAPPING
    if own and not wanted.trust_remote_code:
        raise CheckpointError(
            f"{wanted.checkpoint!r} brings code of its own, which runs with all your rights: read "
            "it and pass trust_remote_code=True, or serve it behind an OpenAI-compatible endpoint"
        )


def _sees(config: Any, wanted: Wanted) -> bool:
    """Whether the model takes pictures, which its configuration's class decides."""
    own = getattr(config, "auto_map", {}) if wanted.trust_remote_code else {}
    if type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING or "AutoModelForImageTextToText" in own:
        return True
    if type(config) in MODEL_FOR_CAUSAL_LM_MAPPING or "AutoModelForCausalLM" in own:
        return False
    raise CheckpointError(
        f"{wanted.checkpoint!r} is of type {config.model_type!r}, which is neither an image-text-"
        "to-text nor a text model of transformers; serve it behind an OpenAI-compatible endpoint"
    )


def _quantised(bits: int | None, machine: Machine) -> Any:
    if bits is None:
        return None
    if find_spec("bitsandbytes") is None:
        raise CheckpointError(f"bits={bits} needs bitsandbytes; install `dialens[quantise]`")
    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=machine.dtype,
    )


def _ready(model: Any) -> Any:
    """Freeze, and let the checkpoint's sampling settings not disturb greedy decoding."""
    model.eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, GenerationMixin):
            module.generation_config = _greedy(module.generation_config)
        if hasattr(module, "support_avx512bf16_for_cpu"):
            # bitsandbytes 0.50 would repack 4-bit weights, after which gradients are wrong
            module.support_avx512bf16_for_cpu = False
    return model


def _greedy(before: GenerationConfig) -> GenerationConfig:
    return GenerationConfig(
        do_sample=False,
        bos_token_id=before.bos_token_id,
        eos_token_id=before.eos_token_id,
        pad_token_id=before.pad_token_id,
        decoder_start_token_id=before.decoder_start_token_id,
    )
