"""The frozen base of a training: a generative checkpoint, in NF4 or 8 bits if asked."""

from finetune.error import FinetuneError
from finetune.settings import Lora, Training
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import OpenedCheckpoint, Wanted, open_checkpoint
from retrievers.encoder import EncoderError
from retrievers.loading.encoder_options import Options

SMALL_LLM = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""What `offline` was made of, on the model hub."""


def open_base(spec: str, lora: Lora, training: Training) -> OpenedCheckpoint:
    """Open `offline`, a folder, or an id on the hub.

    Its 4-bit layers are kept from repacking their weights, after which gradients would be wrong.

    Raises:
        FinetuneError: it cannot be opened here.
    """
    dtype = {"no": "float32", "bf16": "bfloat16", "fp16": "float16"}[training.precision]
    options = Options(training.place, training.threads or None, dtype, training.batch)
    try:
        opened = open_checkpoint(Wanted(spec, options, bits=lora.bits or None))
    except (CheckpointError, EncoderError) as error:
        raise FinetuneError(f"base: {error}") from error
    if spec == "offline":
        opened.model.name_or_path = SMALL_LLM  # which peft tells of
    return opened
