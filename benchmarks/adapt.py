"""What does fitting the offline encoder to captions gain, in a language that it handles badly?

A text map (`dialens finetune adapt`, its defaults) learns from the captions of one half of the Tux
Paint stamps in a language; the captions of the other half ask. English is asked before and after as
well, since what was known must not be lost. The step is chosen within the training half.

    python -m benchmarks.adapt              # German and Japanese
    python -m benchmarks.adapt fr ru ka
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.published.tux_paint_stamps import STAMPS, Stamp, load_stamps
from eval.metrics import score_matrix
from eval.significance import compare
from finetune.data.training_data import encoded
from finetune.recipes.adapt.recipe import RECIPE, AdaptConfig
from finetune.settings import Training
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from retrievers.encoder import Encoder, Vectors
from retrievers.encoders.load import load_encoder


def caption(stamp: Stamp, language: str) -> str:
    return stamp.caption if language == "en" else stamp.captions[language]


def adapted(language: str, folder: Path) -> Encoder:
    """Return the encoder that the training half's captions in a language make."""
    lines = [
        json.dumps({"file": one.below, "caption": caption(one, language)})
        for one in load_stamps("train")
        if language in one.captions
    ]
    captions = folder / f"{language}.jsonl"
    captions.write_text("\n".join(lines), encoding="utf-8")
    training = Training(epochs=20, batch=64, device="cpu")
    config = AdaptConfig(captions=captions, pictures=STAMPS, training=training)
    job, run = RECIPE.open(config), RunFolder(folder / language)
    run.create(RECIPE.name, config, job.data)
    train(job, training, run)
    return load_encoder(f"tuned:{run.path}")


def ranks(
    encoder: Encoder, stamps: Sequence[Stamp], language: str, vectors: Vectors
) -> NDArray[np.float64]:
    """Return the rank of each stamp by its own caption among all of them."""
    told = encoder.encode_texts([caption(one, language) for one in stamps])
    own = [[at] for at in range(len(stamps))]
    return score_matrix.matrix_ranks(score_matrix.products(told, vectors), own).astype(np.float64)


def main() -> None:
    """Print a row for each language and for English after it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=["de", "ja"])
    options = parser.parse_args().languages
    base, stamps = load_encoder("offline"), load_stamps("eval")
    vectors = encoded(base, [one.path for one in stamps])
    print(f"{len(stamps)} held-out stamps, {base.name}")
    print("| learnt | asked in | R@10 before | after | MRR before | after | p of MRR |")
    print("|---|---|---|---|---|---|---|")
    for language in options:
        with TemporaryDirectory() as folder:
            tuned = adapted(language, Path(folder))
            for said in (language, "en"):
                before, after = (ranks(one, stamps, said, vectors) for one in (base, tuned))
                found = compare(1 / after, 1 / before)
                print(
                    f"| {language} | {said} | {(before <= 10).mean():.3f} |"
                    f" {(after <= 10).mean():.3f} | {(1 / before).mean():.3f} |"
                    f" {(1 / after).mean():.3f} | {found.p:.4f} |"
                )


if __name__ == "__main__":
    main()
