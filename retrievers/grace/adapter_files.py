"""A generative retriever as an adapter on disk: LoRA, rows, identifiers; and opening it again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from retrievers.checkpoints.adapter import Adapter, AdapterError, write_adapter
from retrievers.checkpoints.attach_lora import attach
from retrievers.checkpoints.generative import OpenedCheckpoint, Wanted, open_checkpoint
from retrievers.collection.collection import Collection
from retrievers.grace.identifier_schemes import read_scheme
from retrievers.grace.identifiers import Identifier, IdentifierError, Scheme
from retrievers.grace.network import IdentifierWriter, Rows, cut
from retrievers.grace.prompting import IdentifierPrompts
from retrievers.grace.retriever import GenerativeRetriever
from retrievers.loading.encoder_options import Options

KIND = "grace"
ROWS = "rows.safetensors"
NAMES = "identifiers.json"
_SCHEME = "scheme."


@dataclass(frozen=True, slots=True)
class Stand:
    """What a generative retriever stands on.

    Attributes:
        base: as it was asked for.
        base_name: the exact weights, `Opened.name`.
        bits: of the quantised base, or 0.
        keep_layers: how many of its layers were kept; 0: all.
        encoder: the exact weights of the pictures' vectors, `Encoder.name`.
    """

    base: str
    base_name: str
    bits: int
    keep_layers: int
    encoder: str


def save(
    folder: Path,
    writer: IdentifierWriter,
    scheme: Scheme,
    known: Mapping[str, Identifier],
    *,
    kind: str,
    stand: Stand,
) -> Adapter:
    """Write everything but the base into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    writer.base.save_pretrained(str(folder), save_embedding_layers=False)
    state, arrays = scheme.state()
    tensors = {f"{_SCHEME}{name}": torch.from_numpy(one) for name, one in arrays.items()}
    rows = {name: one.detach().cpu() for name, one in writer.rows.state_dict().items()}
    save_file({name: one.contiguous() for name, one in (rows | tensors).items()}, folder / ROWS)
    names = {"tokens": writer.tokens, "symbols": writer.rows.symbols, "state": state}
    text = json.dumps({**names, "pictures": known}, ensure_ascii=False)
    (folder / NAMES).write_text(text + "\n", encoding="utf-8")
    facts = {name: getattr(stand, name) for name in Stand.__slots__}
    return write_adapter(folder, KIND, **facts, identifiers=kind, pictures=len(known))


def open_grace(
    adapter: Adapter, collection: Collection, *, device: str | None = None
) -> GenerativeRetriever:
    """Open a collection's generative retriever.

    Raises:
        AdapterError: it is of another kind, base, encoder or collection, or damaged; or it has no
            identifiers left for the pictures that are new to it.
        CheckpointError: its base cannot be opened.
    """
    _refuse_strange(adapter, collection)
    tensors, names = _read(adapter)
    known = {id_: tuple(one) for id_, one in names["pictures"].items()}
    if not collection.rows_of(known):
        raise AdapterError(
            f"{adapter.folder} knows none of the {len(collection)} pictures of "
            f"{collection.name!r}; name the"
            " collection that it was trained for"
        )
    opened = _base(adapter, device)
    writer = _writer(adapter, opened, tensors, names)
    prompting = IdentifierPrompts(opened.tokenizer, collection.dim)
    scheme = read_scheme(
        str(adapter.fact("identifiers")),
        names["state"],
        {name[len(_SCHEME) :]: one.numpy() for name, one in tensors.items() if _of_scheme(name)},
        prompting.tokenise,
        opened.tokenizer.eos_token_id,
    )
    retriever = GenerativeRetriever(collection, writer, prompting, scheme, known)
    try:
        retriever.names()
    except IdentifierError as error:
        raise AdapterError(str(error)) from error
    return retriever


def _refuse_strange(adapter: Adapter, collection: Collection) -> None:
    if adapter.kind != KIND:
        raise AdapterError(
            f"{adapter.folder} is an adapter of kind {adapter.kind!r}; a generative search wants"
            f" one of kind {KIND!r}"
        )
    if collection.encoder != (encoder := adapter.fact("encoder")):
        raise AdapterError(
            f"{adapter.folder} was trained on vectors of {encoder!r}, and those of"
            f" {collection.name!r} are of {collection.encoder!r}; train an adapter for this "
            "collection"
        )


def _read(adapter: Adapter) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        names = json.loads((adapter.folder / NAMES).read_text(encoding="utf-8"))
        return load_file(adapter.folder / ROWS), names
    except (OSError, ValueError, SafetensorError) as error:
        raise AdapterError(
            f"{adapter.folder} cannot be read ({error}); train the adapter again"
        ) from error


def _base(adapter: Adapter, device: str | None) -> OpenedCheckpoint:
    """Open the base, cut as it was trained."""
    base, bits = str(adapter.fact("base")), adapter.fact("bits")
    opened = open_checkpoint(Wanted(base, Options(device=device), bits=bits or None))
    if opened.name != (name := adapter.fact("base_name")):
        raise AdapterError(
            f"{adapter.folder} was trained on {name!r}, and {base!r} is now {opened.name!r}; bring"
            " that base back, or train the adapter again"
        )
    cut(opened.model, adapter.fact("keep_layers"))
    return opened


def _writer(
    adapter: Adapter, opened: OpenedCheckpoint, tensors: Mapping[str, Any], names: Mapping[str, Any]
) -> IdentifierWriter:
    """Put LoRA and the rows of the new symbols to the base."""
    device = opened.machine.device
    model = attach(opened.model, adapter.folder, device, str(adapter.fact("base")))
    own = {name: one for name, one in tensors.items() if not _of_scheme(name)}
    centre, width = own["centre"].numpy(), own["read"].shape[1]
    rows = Rows(dict.fromkeys(names["symbols"]), centre=centre, width=width, spread=1.0)
    rows.load_state_dict(own)
    writer: IdentifierWriter = IdentifierWriter(model, rows, names["tokens"]).to(device)
    writer.eval().requires_grad_(False)
    return writer


def _of_scheme(name: str) -> bool:
    return name.startswith(_SCHEME)
