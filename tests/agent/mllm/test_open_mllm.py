import pytest

from agent.mllm.mllm import MllmError
from agent.mllm.open_mllm import open_mllm


def test_the_offline_model_is_opened_by_its_name() -> None:
    assert open_mllm("offline", threads=1).name.startswith("offline:")


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("openai:qwen3-vl@http://localhost:8000/v1", "openai:qwen3-vl@localhost:8000"),
        ("openai:org/model@2@https://api.example.org", "openai:org/model@2@api.example.org"),
    ],
)
def test_a_served_model_is_named_with_its_address(spec: str, name: str) -> None:
    assert open_mllm(spec, dialect="llama.cpp", price=[1, 2]).name == name


@pytest.mark.parametrize(
    "spec", ["", "gpt", "offline:x", "openai:m", "openai:@http://a", "transformers:"]
)
def test_any_other_name_is_refused_with_those_there_are(spec: str) -> None:
    with pytest.raises(MllmError, match=r"a model is one of offline, openai:MODEL@URL"):
        open_mllm(spec)


def test_an_option_that_a_model_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="temperature"):
        open_mllm("offline", temperature=1)


def test_a_checkpoint_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(MllmError) as caught:
        open_mllm("transformers:nobody/nothing@main", adapter="lora")
    assert "\n" not in str(caught.value)
