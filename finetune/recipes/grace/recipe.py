"""Recipe `grace`: a language model learns the identifiers of pictures, and search writes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from typing import Any, Literal

import numpy as np
import torch

from eval.benchmarks.captioned import Captioned
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import read_captions
from finetune.data import first_part
from finetune.data.columns import Columns
from finetune.error import FinetuneError
from finetune.job import Recipe, Size
from finetune.model.base import open_base
from finetune.model.lora_layers import adapted
from finetune.recipes.grace.job import GraceJob
from finetune.recipes.grace.pictures import GracePicture, look
from finetune.settings import Lora, Training, refuse_idle, refuse_unless
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import OpenedCheckpoint
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.files.home import dialens_home
from retrievers.grace.adapter_files import Stand
from retrievers.grace.beam import BEAMS
from retrievers.grace.identifier_schemes import fit_scheme
from retrievers.grace.identifiers import Identifiers, IdentifierSource
from retrievers.grace.network import IdentifierWriter, Rows, cut
from retrievers.grace.prompting import IdentifierPrompts
from retrievers.pictures import UnreadablePicture

IDENTIFIER = 4  # tokens of one and the end of its prompt, about
CALIBRATED = 512  # captions whose states are measured before the training
IdentifierKind = Literal["string", "numeric", "semantic", "structured", "atomic", "vokens"]


@dataclass(frozen=True, kw_only=True)
class GraceConfig:
    """Settings of the recipe `grace`.

    Attributes:
        captions: of the pictures to be learnt, in any form that `dialens eval my` reads.
        pictures: the folder that they are named below; none: the one that `captions` is or is in.
        columns: of the captions' file, where they are not found out.
        held_out: other captions of the same pictures, to validate with; none: those that are
            learnt, which measures what is memorised.
        encoder: of the pictures; the collection's, as `dialens index --encoder` takes it.
        base: a causal language model, a folder or an id; `offline`: SmolLM2-135M-Instruct.
        keep_layers: the base's first so many layers are kept; 0: all.
        identifiers: their kind.
        clusters: of each level of `structured`.
        leaf: pictures in a leaf of `structured` at most.
        codes: of the codebook of `vokens`.
        memorise: learn picture -> identifier, besides caption -> identifier.
        retrieve: how often a caption is seen in an epoch, to a picture's once.
        drop_words: share of a caption's words left out at random, against learning it by heart.
        measured: queries of a validation at most.
    """

    captions: Path
    pictures: Path | None = None
    held_out: Path | None = None
    encoder: str = "offline"
    base: str = "offline"
    keep_layers: int = 0
    identifiers: IdentifierKind = "structured"
    clusters: int = 30
    leaf: int = 30
    codes: int = 1024
    memorise: bool = True
    retrieve: int = 3
    drop_words: float = 0.0
    measured: int = 200
    columns: Columns = field(default_factory=Columns)
    training: Training = field(default_factory=lambda: Training(epochs=10, batch=16, lr=3e-3))
    lora: Lora = field(default_factory=lambda: Lora(rank=16, alpha=32))

    def __post_init__(self) -> None:
        least = {
            "clusters": 2,
            "leaf": 2,
            "codes": 2,
            "measured": 1,
            "retrieve": 1,
            "keep_layers": 0,
        }
        refuse_unless(
            self,
            {
                **{
                    name: (f"at least {low}", getattr(self, name) >= low)
                    for name, low in least.items()
                },
                "drop_words": ("in 0..1, 1 excluded", 0 <= self.drop_words < 1),
            },
        )
        for kind, names in {"structured": ("clusters", "leaf"), "vokens": ("codes",)}.items():
            if self.identifiers != kind:
                why, of = (f"identifiers={one!r}" for one in (self.identifiers, kind))
                refuse_idle(self, names, why, of=of)


def open_grace_job(config: GraceConfig) -> GraceJob:
    """Read the pictures and captions, and make the job.

    Raises:
        FinetuneError: the base, the captions, a picture or the encoder cannot be had.
    """
    captioned = _captioned(config, config.captions)
    held_out = _captioned(config, config.held_out) if config.held_out else []
    try:
        encoder = load_encoder(config.encoder)
        pictures = look(captioned, encoder, held_out)
    except (EncoderError, UnreadablePicture) as error:
        raise FinetuneError(str(error)) from error
    return job_of(config, pictures, encoder.name)


def size(config: GraceConfig) -> Size:
    """Count the examples, and about how many tokens one has.

    Raises:
        FinetuneError: the captions cannot be read.
    """
    captioned = _captioned(config, config.captions)
    captions = [caption for one in captioned for caption in one.captions]
    examples = len(captions) * config.retrieve + len(captioned) * config.memorise
    tokens = round(2 * mean(len(one.split()) for one in captions)) + IDENTIFIER
    asked = min(config.measured, len(captions))
    return Size(len(captioned), examples, tokens, asked * (tokens + BEAMS * IDENTIFIER))


def _captioned(config: GraceConfig, path: Path) -> list[Captioned]:
    try:
        return read_captions(
            path, config.pictures, home=dialens_home(), choice=config.columns.choice
        )
    except DatasetError as error:
        raise FinetuneError(str(error)) from error


def job_of(config: GraceConfig, pictures: Sequence[GracePicture], encoder: str) -> GraceJob:
    """Make the job of pictures that are encoded already.

    Raises:
        FinetuneError: the base does not fit.
    """
    try:
        opened = open_base(config.base, config.lora, config.training)
        cut(opened.model, config.keep_layers)
    except CheckpointError as error:
        raise FinetuneError(str(error)) from error
    prompting = IdentifierPrompts(opened.tokenizer, len(pictures[0].vector))
    scheme, named = fit_scheme(
        config.identifiers,
        [IdentifierSource(one.vector, one.captions[0]) for one in pictures],
        tokenise=prompting.tokenise,
        end=opened.tokenizer.eos_token_id,
        clusters=config.clusters,
        leaf=config.leaf,
        codes=config.codes,
        seed=config.training.seed,
    )
    writer = _writer(config, opened, pictures, named)
    some = pictures[:CALIBRATED]
    writer.calibrate(prompting.of([one.captions[0] for one in some]), pictured=False)
    writer.calibrate(prompting.of([one.vector for one in some]), pictured=True)
    return GraceJob(
        model=writer,
        prompting=prompting,
        scheme=scheme,
        kind=config.identifiers,
        stand=Stand(config.base, opened.name, config.lora.bits, config.keep_layers, encoder),
        pictures=pictures,
        named=named.identifiers,
        memorise=config.memorise,
        retrieve=config.retrieve,
        drop_words=config.drop_words,
        measured=config.measured,
    )


def fit(model: Any, config: GraceConfig) -> IdentifierWriter:
    """Put what is trained into a base without weights: as many symbols as there may be.

    Raises:
        CheckpointError: the base has fewer layers than are to be kept.
        EncoderError: the pictures' encoder cannot be loaded, whose vectors' length counts.
    """
    cut(model, config.keep_layers)
    pictures = len(_captioned(config, config.captions)) if config.captions.exists() else 1
    levels = (pictures > config.leaf) + (pictures > config.leaf * config.clusters)
    symbols = {
        "atomic": pictures,
        "vokens": config.codes,
        "structured": levels * config.clusters + config.leaf,
    }
    with torch.device("cpu"):
        rows = Rows(
            dict.fromkeys(map(str, range(symbols.get(config.identifiers, 0)))),
            centre=np.zeros(load_encoder(config.encoder).dim, np.float32),
            width=model.config.hidden_size,
            spread=1.0,
        )
    return IdentifierWriter(adapted(model, replace(config.lora, bits=0)), rows, [])


def _writer(
    config: GraceConfig,
    opened: OpenedCheckpoint,
    pictures: Sequence[GracePicture],
    named: Identifiers,
) -> IdentifierWriter:
    model = opened.model
    embedded = model.get_input_embeddings().weight
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.training.seed)
        rows = Rows(
            named.anchors,
            centre=np.mean([one.vector for one in pictures], axis=0),
            width=embedded.shape[1],
            spread=float(embedded.float().std()),
        ).to(embedded.device)
        base = adapted(model, config.lora, checkpointing=config.training.checkpointing)
    tokens = {one for name in named.identifiers for one in name if isinstance(one, int)}
    return IdentifierWriter(base, rows, sorted(tokens))


RECIPE = Recipe(
    name="grace",
    about="a language model learns identifiers of pictures; search writes them, comparing nothing",
    config=GraceConfig,
    open=open_grace_job,
    size=size,
    part=first_part.of_captions,
    fit=fit,
)
