"""Can a small language model name 498 pictures, and find them again by words it has not seen?

The Tux Paint stamps, all of them: each is learnt by its English caption and by its vector of the
offline encoder, once for each kind of identifier. Two other texts ask for the same pictures and are
never learnt from: "reworded", the caption's words in another sentence, which asks whether phrasing
matters; and "filed", the words of the stamp's folders and file name, which somebody else chose.
Both are about pictures that were learnt. The offline encoder is asked the same; it learnt nothing.

    python -m benchmarks.grace                      # all six kinds
    python -m benchmarks.grace structured atomic    # some
    python -m benchmarks.grace --new 10             # every tenth is named after the training
"""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch

from eval.benchmarks.captioned import Captioned
from eval.benchmarks.published.tux_paint_stamps import Stamp, load_stamps
from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_ranks, products
from finetune.recipes.grace.job import GraceJob, rank_among
from finetune.recipes.grace.pictures import GracePicture, look
from finetune.recipes.grace.recipe import GraceConfig, IdentifierKind, job_of
from finetune.settings import Lora, Training
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from retrievers.grace.beam import search
from retrievers.grace.identifiers import (
    KINDS,
    Identifier,
    IdentifierError,
    IdentifierSource,
    spelled,
)
from retrievers.grace.trie import Trie
from retrievers.offline.encoder import OfflineEncoder

POOLS = (100, 500, 5000)
TIMED = 20
SENTENCES = ("show me {}", "I am looking for a picture of {}", "do we have {} somewhere?")
Asked = dict[str, list[str]]


def config(kind: IdentifierKind, *, layers: int, epochs: int, drop: float) -> GraceConfig:
    return GraceConfig(
        captions=Path("stamps"),
        keep_layers=layers,
        identifiers=kind,
        codes=128 if kind == "vokens" else GraceConfig.codes,
        drop_words=drop,
        training=Training(
            epochs=epochs, batch=16, lr=3e-3, device="cpu", threads=1, validate_every=10**6
        ),
        lora=Lora(rank=16, alpha=32),
    )


def reworded(stamp: Stamp) -> str:
    """Put the caption's words into another sentence."""
    plain = re.sub(r"^(?:An?|The|Some) ", "", stamp.caption.rstrip(".!? "))
    number = sum(stamp.below.encode()) % len(SENTENCES)
    return SENTENCES[number].format(plain[:1].lower() + plain[1:])


def filed(stamp: Stamp) -> str:
    """Return the words of the folders and the file name."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_\d]+", " ", stamp.below.removesuffix(".png"))
    return " ".join(apart.lower().split())


def trained(job: GraceJob, training: Training) -> float:
    """Train to the end; returns the seconds."""
    begin = perf_counter()
    with TemporaryDirectory() as folder:
        run = RunFolder(Path(folder) / "run")
        run.create("grace", GraceConfig(captions=Path("stamps"), training=training), job.data)
        train(job, training, run)
    job.model.eval()
    return perf_counter() - begin


def measured(job: GraceJob, asked: Asked) -> Iterator[str]:
    """Yield R@1 / R@10 by kind of text, then the share of identifiers that are valid."""
    shares = []
    for texts in asked.values():
        found, valid = job.ranks([(text, at) for at, text in enumerate(texts)])
        shares.append(valid)
        yield f"{recall_at(1, found):.3f} / {recall_at(10, found):.3f}"
    yield f"{min(shares):.0%}"


def repeats(job: GraceJob, texts: Sequence[str]) -> bool:
    """Whether two searches give the same pictures with the same scores in the same order."""
    table, trie = job.model.table(), Trie.of(spelled(_alphabet(job), job.named))
    prompts = job.prompting.of(texts)
    first, second = (search(job.model, table, trie, prompts, k=10) for _ in range(2))
    return first == second


def seconds(job: GraceJob, texts: Sequence[str], pool: int) -> float:
    """Return the median time of a search of its own among so many identifiers."""
    names, anchors = grown(job, pool)
    tokens = {one for name in names for one in name if isinstance(one, int)}
    table = job.model.table(tokens=sorted(tokens), anchors=anchors)
    trie, times = Trie.of(spelled(table.symbols, names)), []
    for text in texts:
        begin = perf_counter()
        search(job.model, table, trie, job.prompting.of([text]), k=10)
        times.append(perf_counter() - begin)
    return median(times)


def grown(job: GraceJob, pool: int) -> tuple[list[Identifier], dict[str, np.ndarray | None]]:
    """Return the first identifiers of the pictures, and made-up ones of the kind beyond those."""
    names = list(job.named[:pool])
    chance = np.random.default_rng(0)
    dim = len(job.pictures[0].vector)
    captions = random.Random(0).choices([one.captions[0] for one in job.pictures], k=2 * pool)
    made_up = [
        IdentifierSource(
            chance.normal(size=dim).astype(np.float32), f"{captions[at]} {captions[-at]}"
        )
        for at in range(pool - len(names))
    ]
    try:
        more = job.scheme.name(made_up, names)
    except IdentifierError:  # the tree is full: any way down will do for the time it takes
        return names + _ways_down(job, set(names), pool - len(names)), {}
    return names + list(more.identifiers), dict(more.anchors)


def _ways_down(job: GraceJob, taken: set[Identifier], n: int) -> list[Identifier]:
    chance, found = random.Random(0), dict[Identifier, None]()
    steps = [one for one in job.model.rows.symbols if not one.startswith("at_")]
    places = [one for one in job.model.rows.symbols if one.startswith("at_")]
    inner = {name[:length] for name in taken for length in range(len(name))}
    while len(found) < n:
        path = (chance.choice(steps), chance.choice(steps), chance.choice(places))
        if path not in taken and path not in inner:
            found[path] = None
    return list(found)


def dual_encoder(encoder: OfflineEncoder, pictures: Sequence[GracePicture], asked: Asked) -> str:
    """Return a row of the table: the offline encoder compares every picture."""
    gallery, cells = np.stack([one.vector for one in pictures]), []
    for texts in asked.values():
        own = [[at] for at in range(len(texts))]
        found = matrix_ranks(products(encoder.encode_texts(texts), gallery), own).tolist()
        cells.append(f"{recall_at(1, found):.3f} / {recall_at(10, found):.3f}")
    begin = perf_counter()
    for text in asked["learnt"][:TIMED]:
        (gallery @ encoder.encode_texts([text])[0]).argsort()
    cells += ["", "", "", f"{(perf_counter() - begin) / TIMED * 1000:.0f}"]
    return f"| dual encoder, untrained | {' | '.join(cells)} | | |"


def report(configs: Sequence[GraceConfig]) -> None:
    """Train and measure each kind, and print a row as soon as there is one."""
    encoder, stamps = OfflineEncoder(threads=1), load_stamps("all")
    pictures = look([Captioned(one.below, one.path, (one.caption,)) for one in stamps], encoder)
    if len(pictures) != len(stamps):
        raise SystemExit(f"{len(stamps)} stamps are {len(pictures)} pictures; two are the same")
    asked = {
        "learnt": [one.caption for one in stamps],
        "reworded": [reworded(one) for one in stamps],
        "filed": [filed(one) for one in stamps],
    }
    print(f"{len(stamps)} stamps; {_settings(configs[0])}; R@1 / R@10")
    print("e.g.", *(texts[0] for texts in asked.values()), sep=" | ")
    pools = " | ".join(f"ms of {pool:,}" for pool in POOLS)
    print(f"| identifiers | {' | '.join(asked)} | valid | repeats | {pools} | trained s |")
    print("|---" * (7 + len(POOLS)) + "|", flush=True)
    print(dual_encoder(encoder, pictures, asked), flush=True)
    for one in configs:
        print(_row(one, job_of(one, pictures, encoder.name), asked), flush=True)


def _row(config: GraceConfig, job: GraceJob, asked: Asked) -> str:
    took = trained(job, config.training)
    with torch.inference_mode():
        cells = list(measured(job, asked))
        cells.append("yes" if repeats(job, asked["filed"][:TIMED]) else "NO")
        texts = asked["filed"][:TIMED]
        cells += [f"{seconds(job, texts, pool) * 1000:.0f}" for pool in POOLS]
    return f"| {config.identifiers} | {' | '.join(cells)} | {took:.0f} |"


def _settings(config: GraceConfig) -> str:
    epochs, words = config.training.epochs, config.drop_words
    return f"SmolLM2-135M's first {config.keep_layers} layers; {epochs} epochs; drop_words {words}"


def report_new(configs: Sequence[GraceConfig], every: int) -> None:
    """Leave some stamps out of the training, name them afterwards, and ask for all of them."""
    encoder, stamps = OfflineEncoder(threads=1), load_stamps("all")
    whole = look([Captioned(one.below, one.path, (one.caption,)) for one in stamps], encoder)
    new = whole[::every]
    old = [one for at, one in enumerate(whole) if at % every]
    print(f"{len(new)} stamps named after a training with {len(old)}; {_settings(configs[0])}")
    print("| identifiers | new, by caption | learnt, by caption |\n|---|---|---|", flush=True)
    for one in configs:
        job = job_of(one, old, encoder.name)
        trained(job, one.training)
        cells = [recalled(job, new, start) for start in (len(old), 0)]
        print(f"| {one.identifiers} | {' | '.join(cells)} |", flush=True)


def recalled(job: GraceJob, new: Sequence[GracePicture], start: int) -> str:
    """Return the recall of pictures from a place on, among those that were learnt and the new."""
    more = job.scheme.name(
        [IdentifierSource(one.vector, one.captions[0]) for one in new], job.named
    )
    names, every = [*job.named, *more.identifiers], [*job.pictures, *new]
    tokens = {one for name in names for one in name if isinstance(one, int)}
    table = job.model.table(tokens=sorted(tokens), anchors=more.anchors)
    trie, places = Trie.of(spelled(table.symbols, names)), list[int | None]()
    for at in range(start, len(every) if start else len(job.pictures)):
        prompts = job.prompting.of([every[at].captions[0]])
        (found,) = search(job.model, table, trie, prompts, k=10)
        places.append(rank_among(found, at))
    return f"{recall_at(1, places):.3f} / {recall_at(10, places):.3f}"


def _alphabet(job: GraceJob) -> tuple[int | str, ...]:
    return (*job.model.tokens, *job.model.rows.symbols)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=KINDS, default=KINDS, metavar="KIND")
    parser.add_argument("--layers", type=int, default=2, help="of the base that are kept")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--drop", type=float, default=0.0, help="share of words left out")
    parser.add_argument("--new", type=int, default=0, help="name every so many-th afterwards")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    settings = {"layers": chosen.layers, "epochs": chosen.epochs, "drop": chosen.drop}
    configs = [config(kind, **settings) for kind in chosen.kinds]
    if chosen.new:
        report_new(configs, chosen.new)
    else:
        report(configs)


if __name__ == "__main__":
    main()
