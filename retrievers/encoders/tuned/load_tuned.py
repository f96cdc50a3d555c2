"""An encoder that fine-tuning made, by the folder it lies in: `tuned:FOLDER`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from retrievers.checkpoints.adapter import Adapter, AdapterError, read_adapter
from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.tuned.text_map import open_text_map
from retrievers.loading.encoder_options import Options

LoadBase = Callable[[str], Encoder]
"""Opens an encoder by its spec."""


def load_tuned(path: Path, options: Options, load: LoadBase) -> Encoder:
    """Open an adapter with the picture encoder that it names.

    Raises:
        EncoderError: it is no encoder, or cannot be opened.
    """
    try:
        adapter = read_adapter(path)
        if adapter.kind == "dual-encoder":
            return _dual_encoder(adapter, None, options)
        return fitted(adapter, load(adapter.fact("spec")), options)
    except AdapterError as error:
        raise EncoderError(str(error)) from error


def fitted(adapter: Adapter, pictures: Encoder, options: Options) -> Encoder:
    """Put an adapter of the text side onto the encoder of a collection's pictures.

    Raises:
        AdapterError: it is of another kind.
        EncoderError: it cannot be loaded, or is of other pictures.
    """
    if adapter.kind not in ON_PICTURES:
        raise AdapterError(
            f"{adapter.folder} is of kind {adapter.kind!r}; what reads queries for pictures that"
            f" are indexed already is {', '.join(ON_PICTURES)}"
        )
    return ON_PICTURES[adapter.kind](adapter, pictures, options)


def _dialogue(adapter: Adapter, pictures: Encoder, options: Options) -> Encoder:
    try:
        from retrievers.encoders.tuned.dialogue_encoder import open_dialogue
    except ImportError as error:
        raise _lacking(adapter, error) from error
    return open_dialogue(adapter, pictures, options)


def _dual_encoder(adapter: Adapter, pictures: Encoder | None, options: Options) -> Encoder:
    try:
        from retrievers.encoders.tuned.lora_dual_encoder import open_dual
    except ImportError as error:
        raise _lacking(adapter, error) from error
    return open_dual(adapter, pictures, options)


def _lacking(adapter: Adapter, error: ImportError) -> EncoderError:
    return EncoderError(
        f"{adapter.folder} needs packages that are missing ({error}); install"
        " `dialens[models,finetune]`"
    )


ON_PICTURES: Mapping[str, Callable[[Adapter, Encoder, Options], Encoder]] = {
    "dialogue": _dialogue,
    "dual-encoder": _dual_encoder,
    "text-map": lambda adapter, pictures, options: open_text_map(adapter, pictures),
}
"""Adapters that change how texts are read and leave the pictures' vectors as they are, by kind."""
