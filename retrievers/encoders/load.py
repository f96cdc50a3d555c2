"""From the text that names an encoder to the encoder: `FAMILY` or `FAMILY:WHICH`.

Knows no model. A family's libraries are imported when an encoder of it is asked for, so that the
offline encoder starts without torch.
"""

from collections.abc import Callable
from pathlib import Path

from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.tuned.load_tuned import load_tuned
from retrievers.loading.encoder_options import Options

LONGEST = 300  # letters of a name in an error


def load_encoder(
    name: str,
    *,
    device: str | None = None,
    threads: int | None = None,
    dtype: str | None = None,
    batch: int = 32,
) -> Encoder:
    """Load an encoder.

    Args:
        name: `offline`; `onnx:FOLDER[#PRECISION]` or `onnx:ORG/NAME[@REVISION][#PRECISION]`;
            `open_clip:ARCH/TAG`, `open_clip:ARCH/FILE`, `open_clip:FOLDER` or
            `open_clip:hf-hub:ORG/NAME[@REVISION]`; `transformers:FOLDER` or
            `transformers:ORG/NAME[@REVISION]`; `embedding:FOLDER[?OPTIONS]` or
            `embedding:ORG/NAME[@REVISION][?OPTIONS]`; `tuned:FOLDER`, which `dialens finetune`
            wrote.
        device: as torch writes it; none: cuda if there is one, else mps, else cpu.
        threads: CPU threads of the whole process; none: the library's own choice.
        dtype: `float32`, `bfloat16` or `float16`, of the network; vectors are always float32.
            None: bfloat16 on cuda, else float32. An `onnx` encoder has that of its file.
        batch: pictures or texts per forward; an `onnx` encoder takes one at a time.

    Raises:
        EncoderError: there is no such family, or its weights cannot be loaded here.
    """
    family, _, which = name.partition(":")
    if family not in FAMILIES:
        told = f"no encoder family {_short(family)!r} in {_short(name)!r}"
        raise EncoderError(f"{told}; there are {_listed()}")
    try:
        return FAMILIES[family](which, Options(device, threads, dtype, batch))
    except EncoderError as error:
        raise EncoderError(f"{_short(name)}: {error}") from error


def _offline(which: str, options: Options) -> Encoder:
    from retrievers.offline.encoder import OfflineEncoder

    if which:
        raise EncoderError("the offline encoder is named just 'offline'")
    return OfflineEncoder(threads=options.threads)


def _onnx(which: str, options: Options) -> Encoder:
    from retrievers.encoders.onnx_towers.onnx_encoder import load_onnx

    return load_onnx(which, options)


def _open_clip(which: str, options: Options) -> Encoder:
    try:
        from retrievers.encoders.clip.open_clip_encoder import load_open_clip
    except ImportError as error:
        raise _not_installed("open_clip", error) from error
    return load_open_clip(which, options)


def _transformers(which: str, options: Options) -> Encoder:
    try:
        from retrievers.encoders.clip.transformers_encoder import load_transformers
    except ImportError as error:
        raise _not_installed("transformers", error) from error
    return load_transformers(which, options)


def _embedding(which: str, options: Options) -> Encoder:
    try:
        from retrievers.encoders.embedding.embedding_encoder import load_embedding
    except ImportError as error:
        raise _not_installed("embedding", error, "embedding") from error
    return load_embedding(which, options)


def _tuned(which: str, options: Options) -> Encoder:
    def load(spec: str) -> Encoder:
        return load_encoder(
            spec,
            device=options.device,
            threads=options.threads,
            dtype=options.dtype,
            batch=options.batch,
        )

    return load_tuned(Path(which).expanduser(), options, load)


def _not_installed(family: str, error: ImportError, extra: str = "models") -> EncoderError:
    return EncoderError(
        f"{family} encoders need packages that are missing ({error}); "
        f"install `dialens[{extra}]`, or use the encoder 'offline'"
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]} ..."


def _listed() -> str:
    return ", ".join(FAMILIES)


FAMILIES: dict[str, Callable[[str, Options], Encoder]] = {
    "offline": _offline,
    "onnx": _onnx,
    "open_clip": _open_clip,
    "transformers": _transformers,
    "embedding": _embedding,
    "tuned": _tuned,
}
