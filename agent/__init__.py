"""Everything that thinks: interpreter, session, feedback, and the stages that ask a language model.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.captioning.captions import Captions
    from agent.clarify.asker import Asker, ShortlistAsker
    from agent.clarify.plugir_question import Questioner
    from agent.conversation.journal import Journal, SessionError
    from agent.conversation.session import Session
    from agent.mllm.mllm import Message, Mllm, MllmError, ReplyError, Usage
    from agent.mllm.open_mllm import open_mllm
    from agent.rerank.blip2 import open_blip2
    from agent.rerank.cross_encoder import open_cross_encoder
    from agent.rerank.mllm_choices import Listwise, Pairwise, Pick, YesNo
    from agent.rerank.pointwise import Judge, PointwiseReranker
    from agent.rerank.propositions import Propositions
    from agent.rerank.reranker import Reranker
    from agent.rerank.score_fusion import Fused
    from agent.rewrite.cirevl import Cirevl
    from agent.rewrite.eiirwqr import Eiirwqr
    from agent.rewrite.plugir import Plugir
    from agent.rewrite.rewriter import Rewriter
    from agent.stages.config import StageError, Stages, read_stages
    from agent.stages.pipeline import Found, Pipeline
    from agent.stages.pipeline_builder import open_asker, open_pipeline
    from agent.turns.turn import Turn
    from agent.understanding.interpreters.tagging_interpreter import interpret

__all__ = [
    "Asker",
    "Captions",
    "Cirevl",
    "Eiirwqr",
    "Found",
    "Fused",
    "Journal",
    "Judge",
    "Listwise",
    "Message",
    "Mllm",
    "MllmError",
    "Pairwise",
    "Pick",
    "Pipeline",
    "Plugir",
    "PointwiseReranker",
    "Propositions",
    "Questioner",
    "ReplyError",
    "Reranker",
    "Rewriter",
    "Session",
    "SessionError",
    "ShortlistAsker",
    "StageError",
    "Stages",
    "Turn",
    "Usage",
    "YesNo",
    "interpret",
    "open_asker",
    "open_blip2",
    "open_cross_encoder",
    "open_mllm",
    "open_pipeline",
    "read_stages",
]

_HOMES = {
    "agent.clarify.asker": "Asker ShortlistAsker",
    "agent.captioning.captions": "Captions",
    "agent.understanding.interpreters.tagging_interpreter": "interpret",
    "agent.conversation.journal": "Journal SessionError",
    "agent.mllm.mllm": "Message Mllm MllmError ReplyError Usage",
    "agent.mllm.open_mllm": "open_mllm",
    "agent.stages.pipeline": "Found Pipeline",
    "agent.clarify.plugir_question": "Questioner",
    "agent.rerank.blip2": "open_blip2",
    "agent.rerank.mllm_choices": "Listwise Pairwise Pick YesNo",
    "agent.rerank.cross_encoder": "open_cross_encoder",
    "agent.rerank.score_fusion": "Fused",
    "agent.rerank.pointwise": "Judge PointwiseReranker",
    "agent.rerank.propositions": "Propositions",
    "agent.rerank.reranker": "Reranker",
    "agent.rewrite.cirevl": "Cirevl",
    "agent.rewrite.eiirwqr": "Eiirwqr",
    "agent.rewrite.plugir": "Plugir",
    "agent.rewrite.rewriter": "Rewriter",
    "agent.conversation.session": "Session",
    "agent.stages.config": "StageError Stages read_stages",
    "agent.turns.turn": "Turn",
    "agent.stages.pipeline_builder": "open_asker open_pipeline",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
