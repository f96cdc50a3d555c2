"""An adapter on the model hub, with its card; only when `dialens finetune push` is typed."""

import json
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from finetune.error import FinetuneError
from retrievers.checkpoints.adapter import FACTS, read_adapter, write_adapter
from retrievers.checkpoints.portable_names import portable


def sent(adapter: Path) -> Sequence[Path]:
    """Return the files that would be sent: weights, facts and the card, and nothing of the data."""
    return read_adapter(adapter).matter


def push(adapter: Path, repo: str, *, private: bool = True) -> str:
    """Send an adapter to `ORG/NAME` on the hub; returns its address.

    Raises:
        AdapterError: there is no adapter.
        FinetuneError: the hub cannot be reached, or refuses.
    """
    files = sent(adapter)
    _make_portable(files[0].parent)
    api = HfApi()
    try:
        address = api.create_repo(repo, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo,
            folder_path=files[0].parent,
            allow_patterns=[one.name for one in files],
            commit_message="Add an adapter made with dialens",
        )
    except (OSError, ValueError, HfHubHTTPError) as error:
        reason = str(error).strip().splitlines()[0]
        raise FinetuneError(
            f"cannot send to {repo!r}: {reason}; log in with `hf auth login`, or copy"
            f" {files[0].parent}"
        ) from error
    return str(address)


def _make_portable(folder: Path) -> None:
    """Take this machine's paths out of an adapter that an older release wrote."""
    write_adapter(folder, **json.loads((folder / FACTS).read_text(encoding="utf-8")))
    if (lora := folder / "adapter_config.json").is_file():
        told = json.loads(lora.read_text(encoding="utf-8"))
        told["base_model_name_or_path"] = portable(told.get("base_model_name_or_path") or "")
        lora.write_text(json.dumps(told, indent=2), encoding="utf-8")
