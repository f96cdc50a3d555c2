"""SmolLM2-135M-Instruct as a checkpoint that torch can train, made once of its GGUF file.

Without the extra `models` nothing here can run; searching and chatting offline never comes here.
"""

from pathlib import Path

from retrievers.loading.quiet_transformers import quiet
from retrievers.offline.converted import converted
from retrievers.offline.weights import SMALL_LLM, digest, locate


def small_llm() -> Path:
    """Return the folder of the checkpoint, 540 MB of float32; its making takes half a minute.

    Raises:
        EncoderError: the weights are not installed.
        ImportError: `gguf` is missing.
    """
    file = locate(SMALL_LLM)
    return converted(f"smollm2-135m-{digest(file)}", lambda folder: _convert(file, folder))


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    whole = {"gguf_file": file.name, "local_files_only": True}
    with quiet():
        model = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **whole)
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **whole)
    vars(model.config).pop("quantization_config", None)  # tensors are plain now, and can be saved
    model.hf_quantizer, model.is_quantized = None, False
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
