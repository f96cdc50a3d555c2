"""An adapter on the model hub, with its card; only when `dialens finetune push` is typed."""

from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from finetune.error import FinetuneError
from retrievers.tuned.adapter import read_adapter


def sent(adapter: Path) -> list[Path]:
    """Return the files that would be sent: weights, facts and the card, and nothing of the data."""
    matter = (".safetensors", ".json", ".md")
    folder = read_adapter(adapter).folder
    return sorted(one for one in folder.iterdir() if one.is_file() and one.suffix in matter)


def push(adapter: Path, repo: str, *, private: bool = True) -> str:
    """Send an adapter to `ORG/NAME` on the hub; returns its address.

    Raises:
        AdapterError: there is no adapter.
        FinetuneError: the hub cannot be reached, or refuses.
    """
    files = sent(adapter)
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
