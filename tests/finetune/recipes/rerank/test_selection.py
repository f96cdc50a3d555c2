"""Selection tuning: what is trained is what the rerankers `pick` and `yesno` ask."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL.Image import Image

from agent.mllm.mllm import Message
from agent.mllm.open_mllm import open_mllm as open_agent
from agent.rerank.mllm_choices import Pick, YesNo
from agent.rerank.pointwise import PointwiseReranker
from agent.stages.config import Stages
from agent.stages.first_stage import with_adapter
from finetune.error import FinetuneError
from finetune.recipes.rerank.settings import Method
from finetune.recipes.rerank.shortlists import pixels
from finetune.settings import Lora, Training
from retrievers.checkpoints.adapter import read_adapter
from tests.finetune.recipes.rerank.steps import take_steps
from tests.threads import assert_threads_are_answered_as_one

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def job(open_mllm: Open) -> Any:
    """A job that no test trains."""
    job = open_mllm("pick")
    job.model.eval()
    return job


def test_a_lesson_is_the_question_of_the_reranker_with_the_gold_pictures_letter(job: Any) -> None:
    asked = job.lessons[5]
    for number in range(8):
        (lesson,) = job.selection.lessons(asked, random.Random(number))
        seed = random.Random(number).getrandbits(32)
        together = Pick(None, pixels, k=4, seed=seed).together  # type: ignore[arg-type]
        shown, letters, message = together.shown(asked.said, asked.hits)
        assert lesson.message.role == message.role
        assert list(map(_seen, lesson.message.parts)) == list(map(_seen, message.parts))
        assert shown[lesson.right].picture.id == asked.gold.id
        assert list(lesson.options) == letters


def _seen(part: Any) -> Any:
    return part.tobytes() if isinstance(part, Image) else part


def test_the_right_letter_is_another_from_time_to_time(job: Any) -> None:
    places = {job.selection.lessons(job.lessons[0], random.Random(n))[0].right for n in range(40)}
    assert places == {0, 1, 2, 3}


def test_yes_goes_to_the_gold_picture_and_no_to_another_of_the_shortlist(open_mllm: Open) -> None:
    yesno = open_mllm("yesno")
    asked = yesno.lessons[0]
    others = [pixels(hit.picture) for hit in asked.hits if hit.picture.id != asked.gold.id]
    wrong = set()
    for number in range(20):
        yes, no = yesno.selection.lessons(asked, random.Random(number))
        assert (yes.options[yes.right], no.options[no.right]) == ("yes", "no")
        assert _picture(yes) == pixels(asked.gold).tobytes()
        wrong.add(_picture(no))
    assert wrong == {other.tobytes() for other in others}


def _picture(lesson: Any) -> bytes:
    (picture,) = (part for part in lesson.message.parts if isinstance(part, Image))
    return picture.tobytes()


@pytest.mark.parametrize("method", ["pick", "yesno"])
def test_the_loss_is_the_cross_entropy_of_what_search_chooses_by(
    method: Method, open_mllm: Open
) -> None:
    job = open_mllm(method)
    job.model.eval()
    with torch.no_grad():
        loss = float(job.model(**job.batch([0, 1, 2], random.Random(3))))
    chance, wanted = random.Random(3), []
    for place in range(3):
        for lesson in job.selection.lessons(job.lessons[place], chance):
            logs = job.mllm.choose([lesson.message], list(lesson.options))
            wanted.append(-logs[lesson.right])
    assert loss == pytest.approx(float(np.mean(wanted)), abs=1e-5)


def test_a_shortlist_of_fewer_pictures_has_fewer_letters(open_mllm: Open) -> None:
    job = open_mllm("pick")
    job.lessons[0] = _without_some(job.lessons[0])
    job.model.eval()
    with torch.no_grad():
        together = job.model(**job.batch([0, 1], random.Random(0)))
        chance = random.Random(0)
        apart = [job.model(**job.batch([place], chance)) for place in (0, 1)]
    assert float(together) == pytest.approx(float(sum(apart)) / 2, abs=1e-5)


def _without_some(asked: Any) -> Any:
    other = next(hit for hit in asked.hits if hit.picture.id != asked.gold.id)
    gold = next(hit for hit in asked.hits if hit.picture.id == asked.gold.id)
    return replace(asked, hits=(other, gold))


@pytest.mark.parametrize("method", ["pick", "yesno"])
def test_the_saved_adapter_reranks_in_the_pipeline_as_in_training(
    method: Method, open_mllm: Open, mllm: Callable[[str], Path], tmp_path: Path
) -> None:
    job = open_mllm(method)
    losses = take_steps(job, 6, batch=4)
    assert losses[-1] < losses[0]
    figures = job.validate()
    job.save(tmp_path / "adapter")
    adapter = read_adapter(tmp_path)
    assert (adapter.kind, adapter.fact("reranker")) == ("llm", method)
    model = open_agent(f"transformers:{mllm('qwen2_5_vl')}", adapter=tmp_path / "adapter")
    rerankers = {
        "pick": Pick(model, pixels),
        "yesno": PointwiseReranker(YesNo(model, pixels)),
    }
    right = 0
    for asked in job.shortlisted:
        *_, order = rerankers[method].orders(asked.said, asked.hits)  # type: ignore[attr-defined]
        right += order[0].picture.id == asked.gold.id
        (lesson, *_) = job.selection.lessons(asked, random.Random(0)) if _holds(asked) else [None]
        if lesson:
            found = model.choose([lesson.message], list(lesson.options))
            wanted = job.mllm.choose([lesson.message], list(lesson.options))
            np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert figures["R@1"] == right / len(job.shortlisted)


def test_the_adapters_folder_is_all_that_a_search_needs_to_be_told(
    open_mllm: Open, mllm: Callable[[str], Path], tmp_path: Path
) -> None:
    job = open_mllm("pick", k=3, max_pixels=5000)
    job.save(tmp_path / "adapter")
    stages = with_adapter(Stages(adapter=str(tmp_path)))
    assert (stages.reranker, stages.reranker_options) == ("pick", {"k": 3})
    assert stages.mllm == f"transformers:{mllm('qwen2_5_vl')}"
    assert stages.mllm_options == {"max_pixels": 5000, "adapter": str(tmp_path / "adapter")}
    model = open_agent(stages.mllm, **stages.mllm_options)
    assert model.choose([Message("user", ("red boat",))], ["A", "B"]).shape == (2,)


def _holds(asked: Any) -> bool:
    return any(hit.picture.id == asked.gold.id for hit in asked.hits)


def test_only_the_language_models_lora_is_trained(open_mllm: Open) -> None:
    job = open_mllm("pick")
    before = {name: one.detach().clone() for name, one in job.model.named_parameters()}
    take_steps(job, 2, batch=4)
    changed = {
        name for name, one in job.model.named_parameters() if not torch.equal(one, before[name])
    }
    assert changed == {name for name in before if "lora_" in name}
    assert all("language_model" in name for name in changed)


@pytest.mark.parametrize("family", ["qwen2_5_vl", "smolvlm", "llava"])
def test_partial_lora_acts_on_pictures_alone(
    family: str, open_mllm: Open, mllm: Callable[[str], Path], tmp_path: Path
) -> None:
    job = open_mllm("yesno", family, partial=True)
    take_steps(job, 2, batch=2)
    job.save(tmp_path / "adapter")
    spec = f"transformers:{mllm(family)}"
    tuned, base = open_agent(spec, adapter=tmp_path / "adapter"), open_agent(spec)
    lesson = job.selection.lessons(job.lessons[0], random.Random(0))[0]
    shown, unseen = [lesson.message], [_blind(lesson.message)]
    assert (
        tuned.choose(unseen, ["yes", "no"]).tolist() == base.choose(unseen, ["yes", "no"]).tolist()
    )
    moved = tuned.choose(shown, ["yes", "no"]) - base.choose(shown, ["yes", "no"])
    assert np.abs(moved).max() > 1e-4
    trained = job.mllm.choose(shown, ["yes", "no"])
    np.testing.assert_allclose(tuned.choose(shown, ["yes", "no"]), trained, atol=1e-5)
    assert tuned.generate(unseen, max_tokens=8) == base.generate(unseen, max_tokens=8)


def test_threads_do_not_take_partial_lora_s_mask_from_each_other(
    open_mllm: Open, mllm: Callable[[str], Path], tmp_path: Path
) -> None:
    job = open_mllm("yesno", "smolvlm", partial=True)
    take_steps(job, 2, batch=2)
    job.save(tmp_path / "adapter")
    tuned = open_agent(f"transformers:{mllm('smolvlm')}", adapter=tmp_path / "adapter")
    lesson = job.selection.lessons(job.lessons[0], random.Random(0))[0]
    asked = [[lesson.message], [_blind(lesson.message)]]
    assert_threads_are_answered_as_one(
        lambda messages: tuned.choose(messages, ["yes", "no"]).round(5).tolist(), asked * 3
    )
    network = tuned._opened.model  # type: ignore[attr-defined]
    prompts = [
        job.prompting.tensors([job.prompting.ask(messages)], room=1)["input_ids"]
        for messages in asked
    ]

    def bare(ids: torch.Tensor) -> Any:
        with torch.inference_mode():
            return network(input_ids=ids, use_cache=False).logits[0, -1].tolist()

    assert_threads_are_answered_as_one(bare, prompts)


def _blind(message: Any) -> Any:
    return replace(message, parts=tuple(one for one in message.parts if isinstance(one, str)))


def test_a_batch_without_a_picture_gives_every_lora_weight_a_gradient_of_zero(
    open_mllm: Open,
) -> None:
    job = open_mllm("yesno", partial=True)
    take_steps(job, 1, batch=2)
    lesson = job.selection.lessons(job.lessons[0], random.Random(0))[0]
    asked = [job.prompting.ask([_blind(lesson.message)])]
    batch = {**job.batch([0], random.Random(0)), "prompts": job.prompting.tensors(asked, room=1)}
    batch |= {"options": torch.tensor([2]), "right": torch.tensor([0])}
    job.model.zero_grad()
    job.model(**batch).backward()
    weights = [one for one in job.model.parameters() if one.requires_grad]
    assert weights
    assert all(one.grad is not None and not one.grad.any() for one in weights)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "llama"}, r"base: .* reads text only; 'pick' shows pictures"),
        ({"family": "blip2", "partial": True, "lora": Lora(targets=("q_proj",))}, "picture"),
        ({"family": "blip2_t5", "partial": True}, "partial: partial LoRA needs a decoder"),
    ],
)
def test_a_model_that_cannot_do_it_is_named(
    options: dict[str, Any], message: str, open_mllm: Open
) -> None:
    with pytest.raises(FinetuneError, match=message):
        open_mllm("pick", **options).batch([0], random.Random(0))


def test_checkpointing_trains_to_the_same_losses(open_mllm: Open) -> None:
    saving = open_mllm("yesno", training=Training(device="cpu", checkpointing=True), partial=True)
    plain = open_mllm("yesno", partial=True)
    assert take_steps(saving, 2, batch=2) == pytest.approx(take_steps(plain, 2, batch=2), abs=1e-4)
