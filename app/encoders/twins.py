"""A collection's encoder on the faster runtime: its export to ONNX, if there is one."""

import sys
from importlib.util import find_spec

from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.encoders.onnx_towers.export_folders import exports_folder
from retrievers.loading.encoder_options import Options

_TOLD = set[str]()


def load_fastest(spec: str, *, device: str | None = None, threads: int | None = None) -> Encoder:
    """Load an encoder; on a CPU its twin, whose vectors and name are the same, where it lies here.

    Raises:
        EncoderError: it cannot be loaded here.
    """
    if any(exports_folder().glob("*-fp32")) and _on_cpu(device):
        from retrievers.encoders.onnx_towers.exports import find_twin

        name = _exact_name(spec)
        twin = find_twin(name, threads=threads) if name else None
        if twin is not None:
            if name not in _TOLD:
                sys.stderr.write(f"{name}: its export to ONNX is used, with the same vectors\n")
                _TOLD.add(name)
            return twin
    return load_encoder(spec, device=device, threads=threads)


def _on_cpu(device: str | None) -> bool:
    if device == "cpu" or find_spec("torch") is None:
        return True
    if device not in (None, "", "auto"):
        return False
    from retrievers.loading.device import choose_machine

    return bool(choose_machine(Options()).device.type == "cpu")


def _exact_name(spec: str) -> str:
    """Return the exact weights' name without loading them; empty if there is no such thing here."""
    family, _, which = spec.partition(":")
    try:
        if family == "transformers":
            from retrievers.encoders.clip.folder_names import weights_name

            return weights_name(which)
        if family == "open_clip":
            from retrievers.encoders.clip.open_clip_encoder import weights_name as name_of

            return name_of(which)
    except (EncoderError, ImportError):  # loading will say what is wrong
        return ""
    return ""
