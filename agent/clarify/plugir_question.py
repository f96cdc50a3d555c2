"""The PlugIR question (ACL 2024, section 3.2): what to ask so that the shortlist splits best.

The shortlist falls into clusters; the captions of one picture of each tell the LLM what is left to
tell apart. A question that the dialogue answers is dropped; of the others the one is asked whose
text moves the search least, because a question is not yet a fact about the picture.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from agent.mllm.mllm import Mllm, ReplyError, user_message
from agent.turns.clarifying_question import Alternative, ClarifyingQuestion
from prompts.load import Prompt, load
from retrievers.encoder import Encoder, Vectors
from retrievers.hit import Picture

FALLBACK = "Which of these is closest?"
MOST = 5  # questions of one reply that are looked at
SHARPNESS = 100.0  # turns cosines into a distribution, as CLIP's logit scale does
ROUNDS = 20  # of k-means
TRIES = 3  # to find a question that the dialogue does not answer, as in the paper
KNOWN, UNCERTAIN = "known", "uncertain"


class Questioner:
    """Ask about a shortlist.

    Args:
        mllm: proposes and judges questions; it need not see.
        captions: one sentence per picture, such as `agent.captioning.captions.Captions.of`.
        encoder: the one that made the shortlist's vectors.
        clusters: kinds of picture that the LLM is told of at most.
        propose: `plugir/ask`, or a prompt with the same inputs.
        judge: `plugir/answerable`, or a prompt with the same inputs.
    """

    def __init__(
        self,
        mllm: Mllm,
        captions: Callable[[Sequence[Picture]], Sequence[str]],
        encoder: Encoder,
        *,
        clusters: int = 10,
        propose: Prompt | None = None,
        judge: Prompt | None = None,
    ) -> None:
        if clusters < 2:
            raise ValueError(f"clusters must be at least 2, not {clusters!r}")
        self.mllm, self.captions, self.encoder, self.clusters = mllm, captions, encoder, clusters
        self.propose = propose or load("plugir/ask")
        self.judge = judge or load("plugir/answerable")

    def ask(
        self, turns: Sequence[str], pictures: Sequence[Picture], vectors: Vectors
    ) -> ClarifyingQuestion | None:
        """Return the question that splits the shortlist; none if there is nothing to split.

        Args:
            turns: what was said so far, questions and answers alike.
            pictures: the shortlist.
            vectors: a unit row for each picture.

        Raises:
            MllmError: a model cannot be reached.
            UnreadablePicture: the file of a picture is gone.
        """
        chosen = [pictures[at] for at in representatives(vectors, self.clusters)]
        if len(chosen) < 2:
            return None
        captions = list(self.captions(chosen))
        pairs = zip(captions, chosen, strict=True)
        alternatives = tuple(Alternative(caption, picture) for caption, picture in pairs)
        text = self._calmest(turns, self._open(turns, captions), vectors)
        return ClarifyingQuestion(text or FALLBACK, alternatives)

    def _open(self, turns: Sequence[str], captions: Sequence[str]) -> list[str]:
        """Return questions that the dialogue does not answer; what it answers is told as said."""
        said = list(turns)
        for _ in range(TRIES):
            try:
                proposed = self._proposed(said, captions)
                left = [one for one in proposed if not self._known(turns, one)]
            except ReplyError:
                return []
            if left or not proposed:
                return left
            said += proposed
        return []

    def _proposed(self, turns: Sequence[str], captions: Sequence[str]) -> list[str]:
        message = user_message(self.propose, turns=list(turns), candidates=list(captions))
        lines = self.mllm.generate([message], max_tokens=160).splitlines()
        questions = [line.lstrip(" \t-*0123456789.)").strip() for line in lines]
        kept = [one for one in dict.fromkeys(questions) if len(one) > 1 and one.endswith("?")]
        return [one for one in kept if one not in turns][:MOST]

    def _known(self, turns: Sequence[str], question: str) -> bool:
        message = user_message(self.judge, turns=list(turns), question=question)
        known, uncertain = self.mllm.choose([message], [KNOWN, UNCERTAIN])
        return bool(known >= uncertain)

    def _calmest(
        self, turns: Sequence[str], questions: Sequence[str], vectors: Vectors
    ) -> str | None:
        if not questions:
            return None
        texts = [", ".join(turns), *(", ".join([*turns, one]) for one in questions)]
        logs = _log_softmax(self.encoder.encode_texts(texts) @ vectors.T)  # [1 + questions, n]
        moved = (np.exp(logs[0]) * (logs[0] - logs[1:])).sum(axis=1)  # KL(before || after)
        return questions[int(moved.argmin())]


def representatives(vectors: Vectors, clusters: int) -> list[int]:
    """Return a row of each cluster: the one whose similarities to all rows have least entropy."""
    if not len(vectors):
        return []
    labels = _k_means(vectors, min(clusters, len(vectors)))
    logs = _log_softmax(vectors @ vectors.T)
    entropy = -(np.exp(logs) * logs).sum(axis=1)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(int(rows[entropy[rows].argmin()]) for rows in members)


def _k_means(vectors: Vectors, k: int) -> NDArray[np.intp]:
    """Label each row; the first centres are row 0 and, each time, the row farthest from them.

    faiss.Kmeans would split a cluster to fill one that has no row; here copies stay together.
    """
    rows = [0]
    nearest = vectors @ vectors[0]
    for _ in range(k - 1):
        rows.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[rows[-1]])
    centres = vectors[rows].copy()
    for _ in range(ROUNDS):
        labels: NDArray[np.intp] = (vectors @ centres.T).argmax(axis=1)
        for label in np.unique(labels):
            mean = vectors[labels == label].mean(axis=0)
            centres[label] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return labels


def _log_softmax(cosines: Vectors) -> NDArray[np.float64]:
    logits = SHARPNESS * cosines.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logs
