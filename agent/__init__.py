"""Everything that thinks: interpreter, session, feedback, and the stages that ask a language model.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.asker import Asker, ShortlistAsker
    from agent.captions import Captions
    from agent.interpreter import interpret
    from agent.journal import Journal, SessionError
    from agent.mllm.mllm import Message, Mllm, MllmError, ReplyError, Usage
    from agent.mllm.open import open_mllm
    from agent.pipeline import Found, Pipeline
    from agent.question import Questioner
    from agent.rerank.blip2 import open_blip2
    from agent.rerank.choices import Listwise, Pairwise, Pick, YesNo
    from agent.rerank.cross_encoder import open_cross_encoder
    from agent.rerank.fused import Fused
    from agent.rerank.pointwise import Judge, PointwiseReranker
    from agent.rerank.propositions import Propositions
    from agent.rerank.reranker import Reranker
    from agent.rewrite.cirevl import Cirevl
    from agent.rewrite.eiirwqr import Eiirwqr
    from agent.rewrite.plugir import Plugir
    from agent.rewrite.rewriter import Rewriter
    from agent.session import Session
    from agent.stages import StageError, Stages, read_stages
    from agent.turn import Turn
    from agent.wiring import open_asker, open_pipeline

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
    "agent.asker": "Asker ShortlistAsker",
    "agent.captions": "Captions",
    "agent.interpreter": "interpret",
    "agent.journal": "Journal SessionError",
    "agent.mllm.mllm": "Message Mllm MllmError ReplyError Usage",
    "agent.mllm.open": "open_mllm",
    "agent.pipeline": "Found Pipeline",
    "agent.question": "Questioner",
    "agent.rerank.blip2": "open_blip2",
    "agent.rerank.choices": "Listwise Pairwise Pick YesNo",
    "agent.rerank.cross_encoder": "open_cross_encoder",
    "agent.rerank.fused": "Fused",
    "agent.rerank.pointwise": "Judge PointwiseReranker",
    "agent.rerank.propositions": "Propositions",
    "agent.rerank.reranker": "Reranker",
    "agent.rewrite.cirevl": "Cirevl",
    "agent.rewrite.eiirwqr": "Eiirwqr",
    "agent.rewrite.plugir": "Plugir",
    "agent.rewrite.rewriter": "Rewriter",
    "agent.session": "Session",
    "agent.stages": "StageError Stages read_stages",
    "agent.turn": "Turn",
    "agent.wiring": "open_asker open_pipeline",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
