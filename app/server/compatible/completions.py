"""`/v1/chat/completions`: existing chat front ends talk about a collection.

Such a front end sends the whole conversation each time. Here each user's message is a turn of a
session of the user's; a conversation whose earlier messages are known goes on where it was, and one
that is not, because the server was restarted or a message was edited, is replayed.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.sse import format_sse_event
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from agent.turn import Turn
from app.server.api.asked import ERRORS, InHouse, User
from app.server.api.bodies import TurnIn
from app.server.api.shapes import TurnOut, turn_out
from app.server.compatible.contents import picture_bytes
from app.server.compatible.models import Named, named
from app.server.compatible.reply import written
from app.server.errors import NotFoundError, ServerError
from app.server.house import House
from app.server.signed import signed
from app.server.talks import Talk

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS)


class Url(BaseModel):
    """Where a picture is: a data URL, or a URL where the server allows it."""

    url: str


class Part(BaseModel):
    """A part of a message; parts of other types are passed over."""

    type: str
    text: str | None = Field(default=None, max_length=20_000)
    image_url: Url | None = None


class Message(BaseModel):
    """One message; those that are not the user's are passed over."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None


class CompletionIn(BaseModel):
    """A conversation about a collection; what steers a language model's sampling is passed over."""

    model: str = Field(max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool = False
    n: Literal[1] = 1


class Choice(BaseModel):
    """The answer."""

    index: int = 0
    message: dict[str, str]
    finish_reason: str = "stop"


class CompletionOut(BaseModel):
    """OpenAI's shape; `dialens` is the turn as the rest of this API gives it."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: dict[str, int]
    dialens: TurnOut


@router.post(
    "/chat/completions",
    response_model=CompletionOut,
    responses={200: {"content": {"text/event-stream": {}}}, 415: {"description": "No picture."}},
)
async def completions(
    asked: CompletionIn, request: Request, house: InHouse, user: User
) -> Response | CompletionOut:
    """Take the last message of a user as a turn of the conversation before it."""
    model = named(asked.model, house)
    said = [one for one in asked.messages if one.role == "user"]
    if not said:
        raise ServerError("messages must hold one of the user's")
    talk, turn = await _taken(said, model, house, user)
    roots = house.desks.desk(talk.collection).store.roots()
    out = turn_out(turn, talk.collection, roots)
    url = str(request.base_url).rstrip("/")
    text = written(out, talk, lambda path: url + signed(path, user, house.settings))
    answer = CompletionOut(
        id=f"chatcmpl-{talk.name}-{turn.number}",
        created=int(time.time()),
        model=asked.model,
        choices=[Choice(message={"role": "assistant", "content": text})],
        usage=_usage(asked.messages, text),
        dialens=out,
    )
    if not asked.stream:
        return answer
    return StreamingResponse(_streamed(answer, text), media_type="text/event-stream")


async def _taken(said: list[Message], model: Named, house: House, user: str) -> tuple[Talk, Turn]:
    """Go on with the conversation that the messages before the last one are, or replay them."""
    talk = await _known(_key(user, model, said[:-1]), house, user) if said[1:] else None
    missing = said[-1:] if talk else said
    talk = talk or await house.begin(user, model.collection)
    for message in missing:
        turn = await house.take(user, talk, await _asked(message, model, house, user))
    house.replays.keep(_key(user, model, said), talk.name)
    return talk, turn


async def _known(key: str, house: House, user: str) -> Talk | None:
    session = house.replays.take(key)
    try:
        return await house.find(user, session) if session else None
    except NotFoundError:  # deleted meanwhile
        return None


async def _asked(message: Message, model: Named, house: House, user: str) -> TurnIn:
    parts = message.content if isinstance(message.content, list) else []
    text = (
        message.content
        if isinstance(message.content, str)
        else " ".join(part.text for part in parts if part.text)
    )
    images = [part.image_url.url for part in parts if part.image_url]

    def work() -> str | None:
        kept = [house.uploads.take(user, picture_bytes(one, house)) for one in images]
        return kept[-1] if kept else None

    example = await house.work.run(work) if images else None
    return TurnIn(said=text[:2000], example=example, stages=model.stages)


def _key(user: str, model: Named, said: list[Message]) -> str:
    plain: list[Any] = [user, *model, *(one.model_dump(mode="json") for one in said)]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _usage(messages: list[Message], text: str) -> dict[str, int]:
    read = sum(len(one.content.split()) for one in messages if isinstance(one.content, str))
    told = len(text.split())
    return {"prompt_tokens": read, "completion_tokens": told, "total_tokens": read + told}


async def _streamed(answer: CompletionOut, text: str) -> AsyncIterator[bytes]:
    """Tell the answer line by line, as OpenAI's clients read it."""
    head = {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
    }
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": line} for line in text.splitlines(keepends=True)]
    for delta in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield format_sse_event(data_str=json.dumps({**head, "choices": [choice]}))
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield format_sse_event(data_str=json.dumps({**head, "choices": [last]}))
    yield format_sse_event(data_str="[DONE]")
