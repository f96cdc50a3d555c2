"""A CLIP-family encoder with LoRA in its text tower, or in both towers."""

from collections.abc import Sequence

from PIL.Image import Image

from retrievers.checkpoints.adapter import Adapter
from retrievers.checkpoints.attach_lora import attach
from retrievers.checkpoints.error import CheckpointError
from retrievers.encoder import Encoder, EncoderError, Vectors, reads
from retrievers.encoders.clip.dual_encoder import DualEncoder
from retrievers.encoders.clip.open_clip_encoder import load_open_clip
from retrievers.encoders.clip.transformers_encoder import load_transformers
from retrievers.loading.encoder_options import Options


class AdaptedEncoder:
    """An `Encoder`: texts through the adapted tower, pictures through theirs."""

    def __init__(self, adapted: DualEncoder, pictures: Encoder, *, name: str) -> None:
        self.name, self.dim, self.image_size = name, pictures.dim, pictures.image_size
        self._adapted, self._pictures = adapted, pictures

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._pictures.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._adapted.encode_texts(texts)

    def reads(self, text: str) -> bool:
        return reads(self._adapted, text)


def open_dual(adapter: Adapter, pictures: Encoder | None, options: Options) -> Encoder:
    """Open an adapted encoder.

    Args:
        adapter: its folder.
        pictures: what a collection's pictures were encoded with; none: they are not encoded yet.
        options: of the network.

    Raises:
        AdapterError: a fact is missing.
        EncoderError: it cannot be loaded, or changes pictures' vectors that are there already.
    """
    family, _, which = str(adapter.fact("spec")).partition(":")
    load = {"open_clip": load_open_clip, "transformers": load_transformers}[family]
    base = load(which, options)
    if base.name != adapter.fact("base_name"):
        raise EncoderError(
            f"{adapter.folder} was trained on {adapter.fact('base_name')}; here is {base.name}"
        )
    if pictures and pictures.name != base.name:
        raise EncoderError(f"{adapter.folder} is for {base.name}; the pictures' is {pictures.name}")
    if pictures and adapter.fact("towers") == "both":
        raise EncoderError(
            f"{adapter.folder} changes pictures' vectors; index the folder again with --encoder"
            f" tuned:{adapter.folder}"
        )
    device = next(base.network.parameters()).device
    try:
        attach(base.network, adapter.folder, device, base.name)
    except CheckpointError as error:
        raise EncoderError(str(error)) from error
    name = f"{base.name}+adapted:{adapter.mark}"
    if adapter.fact("towers") == "both":
        return AdaptedEncoder(base, base, name=name)
    return AdaptedEncoder(base, pictures or load(which, options), name=name)
