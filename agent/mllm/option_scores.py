"""How probable a model finds each of a few answers to a prompt: sums over the answers' tokens.

Training takes gradients of what search takes the largest of.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from agent.mllm.chat_template import ChatTemplate, TemplatedPrompt, Tensors
from retrievers.checkpoints.generative import OpenedCheckpoint

Answers = Sequence[tuple[int, ...]]
"""Each answer's tokens."""

TOKENWISE = ("input_ids", "attention_mask", "mm_token_type_ids", "token_type_ids")


def tokens_of(
    options: Sequence[str],
    prompt: TemplatedPrompt,
    prompting: ChatTemplate,
    opened: OpenedCheckpoint,
) -> list[tuple[int, ...]]:
    """Return the tokens of each option as the answer.

    Where one option begins another, the token that ends an answer counts too, as the shorter one
    would otherwise always win.
    """
    answers = [prompting.answer_tokens(prompt, option) for option in options]
    if any(_begins(one, other) for one in answers for other in answers):
        end = opened.tokenizer.eos_token_id
        return [(*answer, end) for answer in answers]
    return answers


def option_scores(
    opened: OpenedCheckpoint,
    prompts: Tensors,
    answers: Answers,
    *,
    batch: int,
    read: Callable[[Tensors], None] = lambda tensors: None,
) -> Tensor:
    """Return the sums [B, N] of the answers' token log-probabilities after each of B prompts.

    An answer's last token need not be read, only foretold; and an answer whose others begin
    another's is foretold in passing. So yes or no, or a letter, costs one forward.

    Args:
        opened: the model.
        prompts: of one shape, padded on the left.
        answers: to all of the prompts.
        batch: how many answers are read per forward.
        read: is told what the model is about to read.
    """
    heads = {answer[:-1] for answer in answers}
    rows = sorted(head for head in heads if not any(_begins(head, other) for other in heads))
    found: dict[tuple[int, ...], Tensor] = {}
    for at in range(0, len(rows), batch):
        some = rows[at : at + batch]
        found |= zip(some, _foretold(opened, prompts, some, read), strict=True)
    sums = []
    for answer in answers:
        row = next(row for row in rows if row[: len(answer) - 1] == answer[:-1])
        steps = list(range(len(answer)))
        sums.append(found[row][:, steps, list(answer)].sum(dim=1))  # [B]
    return torch.stack(sums, dim=1)


def _foretold(
    opened: OpenedCheckpoint, prompts: Tensors, rows: Answers, read: Callable[[Tensors], None]
) -> Tensor:
    """Return log-probabilities [R, B, T + 1, V] of what follows each prompt and each token."""
    model: Any = opened.model
    text: Any = model.config.get_text_config()
    many, longest = len(prompts["input_ids"]), max(map(len, rows))
    pad = opened.tokenizer.pad_token_id or 0
    tails = torch.tensor(
        [[*row, *[pad] * (longest - len(row))] for row in rows for _ in range(many)],
        dtype=torch.long,
        device=opened.machine.device,
    ).reshape(len(rows) * many, longest)  # [R * B, T]
    tensors = {key: torch.cat([value] * len(rows)) for key, value in prompts.items()}
    if text.is_encoder_decoder:
        start = tails.new_full((len(tails), 1), int(text.decoder_start_token_id or 0))
        tensors["decoder_input_ids"] = torch.cat([start, tails], dim=1)
    else:
        tensors = _lengthened(tensors, tails, [len(row) for row in rows for _ in range(many)])
    read(tensors)
    if "logits_to_keep" in opened.accepts:
        tensors["logits_to_keep"] = longest + 1
    logits = model(**tensors).logits[:, -(longest + 1) :]
    logs = torch.log_softmax(logits.float(), dim=-1)
    return logs.reshape(len(rows), many, *logs.shape[1:])


def _begins(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether the other goes on after all of the one."""
    return len(one) < len(other) and other[: len(one)] == one


def _lengthened(tensors: Tensors, tails: Tensor, lengths: Sequence[int]) -> Tensors:
    """Append the tails to the prompts; what pads them lies behind, where no token looks."""
    read = torch.zeros_like(tails)  # [R * B, T]
    for at, length in enumerate(lengths):
        read[at, :length] = 1
    added = {"input_ids": tails, "attention_mask": read}
    return tensors | {
        key: torch.cat([tensors[key], added.get(key, torch.zeros_like(tails))], dim=1)
        for key in TOKENWISE
        if key in tensors
    }
