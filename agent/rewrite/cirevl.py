"""CIReVL (arXiv:2310.09291): picture + instruction -> caption -> edited caption, without training.

A turn that asks for a change of a picture it points at is searched as the words for the result.
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.captioning.captions import Captions
from agent.mllm.mllm import Mllm, ReplyError, user_message
from agent.resources import Resources
from agent.rewrite.rewriter import Rewriter
from prompts.load import Prompt, load
from retrievers.hit import Hit
from retrievers.query import Query

_KEY = "edited description:"


class Cirevl:
    """Rewrite a query that points at one picture; leave any other as it is.

    The picture is the last example, or else the last liked one, and the instruction is the last
    phrase wanted. Captions are kept per picture.

    Args:
        mllm: edits the caption; it need not see.
        captions: describes pictures.
        prompt: `cirevl/edit`, or one with the same inputs.
    """

    turns = 1
    reads_hits = False

    def __init__(self, mllm: Mllm, captions: Captions, *, prompt: Prompt | None = None) -> None:
        self.mllm, self.captions = mllm, captions
        self.prompt = prompt or load("cirevl/edit")

    @property
    def name(self) -> str:
        return f"cirevl@{self.mllm.name}+{self.captions.name}+{self.prompt.hash}"

    def rewrite(self, original: Query, last: Query, hits: Sequence[Hit]) -> Query:
        if not original.wanted or not (original.examples or original.like):
            return last
        *before, instruction = original.wanted
        if original.examples:
            caption = self.captions.of_file(original.examples[-1])
            rest = replace(original, examples=original.examples[:-1])
        else:
            caption = self.captions.of_id(original.like[-1])
            rest = replace(original, like=original.like[:-1])
        message = user_message(self.prompt, caption=caption, instruction=instruction)
        edited = read_edited(self.mllm.generate([message], max_tokens=64))
        return replace(rest, wanted=(*before, edited))


def open_cirevl(resources: Resources) -> Rewriter:
    """Open it as `agent.stages.stage_table` asks."""
    return Cirevl(resources.llm, resources.captions, prompt=resources.prompt("cirevl/edit"))


def read_edited(reply: str) -> str:
    """Return what follows 'Edited Description:', later colons included.

    Raises:
        ReplyError: no line begins so. The paper then searches with the bare instruction; here the
            pipeline searches what was asked, and the failure is counted.
    """
    for line in reply.splitlines():
        if line.strip().lower().startswith(_KEY) and (text := line.strip()[len(_KEY) :].strip()):
            return text
    raise ReplyError("cirevl/edit", "a line that begins 'Edited Description:'", reply)
