"""Utterances read by a language model (LLM), as edits by constrained decoding.

The built-in interpreter reads commands that begin with a slash, answers to an open question and
pictures that are handed in; it is the check on what the model says, and reads what the model can't.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.mllm.mllm import Mllm, MllmError, ReplyError, user_message
from agent.resources import Resources
from agent.stage_failure import lost
from agent.understanding.acts import Act, Answer, Filter, Unclear
from agent.understanding.interpretation import Context, Interpretation, Interpreter
from agent.understanding.interpreters.tagging_interpreter import interpret
from agent.understanding.llm.certain_slots import agreed
from agent.understanding.llm.edit_schema import SCHEMA, read_edits
from agent.understanding.llm.edits_as_acts import Reader
from prompts.load import Prompt, load
from retrievers.query import Filters

LONGEST = 500
"""Characters of an utterance that a model is given; what is longer is read by the built-in one."""
TOKENS = 320  # of a reply
_ASKED = "Say it in other words?"


class LlmInterpreter:
    """Read utterances.

    Args:
        mllm: reads; it need not see.
        builtin: the check, and what reads if the model can't.
        prompt: `understand/edits`, or one with the same inputs.
    """

    def __init__(
        self, mllm: Mllm, *, builtin: Interpreter = interpret, prompt: Prompt | None = None
    ) -> None:
        self.mllm, self.builtin = mllm, builtin
        self.prompt = prompt or load("understand/edits")

    @property
    def name(self) -> str:
        """Weights and prompt."""
        return f"llm@{self.mllm.name}+{self.prompt.hash}"

    def __call__(
        self, said: str, context: Context, handed_in: Sequence[Path] = ()
    ) -> Interpretation:
        builtin = self.builtin(said, context, handed_in)
        answers = any(isinstance(act, Answer) for act in builtin.acts)
        if handed_in or answers or said.startswith("/") or not 0 < len(said.strip()) <= LONGEST:
            return builtin
        try:
            acts = self._acts(said, context, builtin)
        except (MllmError, ReplyError) as error:
            return replace(builtin, lost=lost("understand", error))
        return Interpretation(tuple(acts), "; ".join(type(act).__name__.lower() for act in acts))

    def _acts(self, said: str, context: Context, builtin: Interpretation) -> list[Act]:
        message = user_message(
            self.prompt,
            said=said,
            constraints=list(context.constraints),
            shown=context.shown,
            first=context.first,
            today=f"{context.today:%A} {context.today}",
            earlier=list(context.earlier),
        )
        reply = self.mllm.generate([message], max_tokens=TOKENS, schema=SCHEMA)
        edits = read_edits(reply, self.prompt.name)
        reader = Reader(
            said,
            context,
            condition=lambda text: self._condition(text, context),
            refusal=lambda text: self._condition(f"not {text}", context),
        )
        if not (acts := reader.acts(edits)):
            raise ReplyError(self.prompt.name, "edits that can be, in the person's words", reply)
        asked = [
            replace(one, message=one.message or _ASKED) if isinstance(one, Unclear) else one
            for one in acts
        ]
        return agreed(asked, builtin.acts)

    def _condition(self, text: str, context: Context) -> Filters | None:
        """Read words as one condition, as the built-in interpreter does amid a search."""
        for words in (text, f"only {text}"):
            acts = self.builtin(words, replace(context, asked=True, alternatives=())).acts
            if len(acts) == 1 and isinstance(acts[0], Filter):
                return acts[0].adds
        return None


def open_llm_interpreter(resources: Resources) -> Interpreter:
    """Open it as `agent.stages.stage_table` asks."""
    return LlmInterpreter(resources.llm, prompt=resources.prompt("understand/edits"))
