"""The interpreter that a command asks for: the built-in one, or one that asks a language model."""

from agent.mllm.open_mllm import SPECS, open_mllm
from agent.profile import profiles
from agent.understanding.interpretation import Interpreter
from agent.understanding.interpreters.tagging_interpreter import interpret
from agent.understanding.llm.llm_interpreter import LlmInterpreter
from prompts.load import load
from retrievers.files.home import dialens_home


def chosen_interpreter(llm: str | None) -> Interpreter:
    """Return the built-in interpreter, or the one that asks this model.

    Args:
        llm: a model as `open_mllm` takes it, or a profile that names one; none: built in.

    Raises:
        MllmError: there is no such model, or it can't be opened.
        ProfileError: the file of profiles is malformed.
        PromptError: the user's own prompt is malformed.
        ValueError: the profile names no model that writes.
    """
    if llm is None:
        return interpret
    spec = llm
    if ":" not in llm and llm not in SPECS and (profile := profiles().get(llm)):
        if not profile.llm:
            raise ValueError(f"profile {llm!r} names no llm; add one, such as llm = {SPECS[1]!r}")
        spec = profile.llm
    prompt = load("understand/edits", own=dialens_home() / "prompts")
    return LlmInterpreter(open_mllm(spec), prompt=prompt)
