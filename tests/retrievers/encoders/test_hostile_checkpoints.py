"""Checkpoints from elsewhere: each that is none is refused in one line, soon, and runs nothing."""

import os
import pickle
from pathlib import Path

import pytest

from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder


class Touch:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    "data",
    [
        b"root:x:0:0:root:/root:/bin/bash\n",
        b"",
        b"PK\x03\x04" + bytes(100),
        b"\x80\x02}q\x00.",
        b"(" * 10_000,
        b"r",
    ],
    ids=range(6),
)
def test_a_file_that_is_no_checkpoint_is_one_line(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(data)
    with pytest.raises(EncoderError, match="cannot load 'ViT-B-32'") as caught:
        load_encoder(f"open_clip:ViT-B-32/{tmp_path / 'weights.pt'}")
    assert "\n" not in str(caught.value)


def test_a_pickle_runs_nothing(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (tmp_path / "weights.pt").write_bytes(pickle.dumps(Touch(made), protocol=2))
    with pytest.raises(EncoderError, match="cannot load"):
        load_encoder(f"open_clip:ViT-B-32/{tmp_path / 'weights.pt'}")
    assert not made.exists()


@pytest.mark.parametrize("kind", ["open_clip", "transformers"])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "open_clip_config.json"])
@pytest.mark.parametrize("device", [True, False])
def test_pipes_and_devices_in_a_folder_hold_up_nobody(
    kind: str, name: str, device: bool, tmp_path: Path
) -> None:
    (tmp_path / "weights.bin").write_bytes(b"x")
    if device:
        (tmp_path / name).symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / name)
    with pytest.raises(EncoderError, match="cannot be read: no regular file"):
        load_encoder(f"{kind}:{tmp_path}")


@pytest.mark.parametrize("kind", ["open_clip:hf-hub", "transformers"])
@pytest.mark.parametrize("revision", ["../../../x", "refs/../../x", "main/.."])
def test_a_revision_is_no_path(kind: str, revision: str) -> None:
    with pytest.raises(EncoderError, match="neither a folder nor an id"):
        load_encoder(f"{kind}:a/b@{revision}")
