"""`/v1/chat/completions`: existing chat front ends talk about a collection.

Such a front end sends the whole conversation each time. Here each user's message is a turn of a
session of the user's; a conversation whose earlier messages are known goes on from there, also when
a later one was edited or is asked for again; one that is not, such as another server's, is
replayed. `Replays` finds it by what was said, after a restart too.
"""

import asyncio
import hashlib
import json
import time
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from agent.turns.turn import Turn
from app.server.api.auth_schemes import KEYS
from app.server.api.request_context import ERRORS, InHouse, User
from app.server.compatible.chat_schema import Choice, CompletionIn, CompletionOut, Message, usage
from app.server.compatible.client_presence import while_present
from app.server.compatible.contents import fetched, naming, picture_bytes
from app.server.compatible.markdown_reply import written
from app.server.compatible.models import Named, named
from app.server.compatible.tasks import done, task_of
from app.server.compatible.unwrapped_message import unwrapped
from app.server.contract.errors import NotFoundError, ServerError
from app.server.contract.requests import Several, TurnIn
from app.server.contract.responses import turn_out
from app.server.security.signed_links import signed
from app.server.state.open_sessions import Talk
from app.server.state.server_state import House

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS, dependencies=KEYS)


@router.post(
    "/chat/completions",
    response_model=CompletionOut,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def completions(
    asked: CompletionIn, request: Request, house: InHouse, user: User
) -> Response:
    """Take the last message of a user as a turn of the conversation before it.

    A front end's own request for a title and its kin is answered without a turn.
    """
    model = named(asked.model, house)
    said = [one for one in asked.messages if one.role == "user"]
    if not said:
        raise ServerError("must hold one of the user's", field="messages")
    if kind := await to_thread(task_of, asked.messages):
        text = await to_thread(done, kind, asked.messages, model.collection)
        made, out = uuid4().hex, None
    else:
        talk, turn = await while_present(request, _taken(said, model, house, user))
        made = f"{talk.name}-{turn.number}"
        out = turn_out(turn, talk.collection, house.desks.roots(talk.collection))
        url = str(request.base_url).rstrip("/")
        text = written(out, talk, lambda path: url + signed(path, user, house.settings))
        if asked.response_format.type != "text":
            text = out.model_dump_json()
    message = {"role": "assistant", "content": text, "refusal": None}

    def answered() -> tuple[CompletionOut, str]:
        answer = CompletionOut(
            id=f"chatcmpl-{made}",
            created=int(time.time()),
            model=asked.model,
            choices=[Choice(index=at, message=message) for at in range(asked.n)],
            usage=usage(asked.messages, text),
            ignored=asked.ignored,
            dialens=out,
        )
        return answer, "" if asked.stream else answer.model_dump_json()

    answer, whole = await to_thread(answered)
    if not asked.stream:
        return Response(whole, media_type="application/json")
    told = _streamed(answer, text, with_usage=asked.stream_options.include_usage)
    return StreamingResponse(told, media_type="text/event-stream")


async def _taken(said: list[Message], model: Named, house: House, user: str) -> tuple[Talk, Turn]:
    """Go on from as many messages as are known, wherever the session went from there."""
    keys = await to_thread(_keys, user, model, said)
    known, talk, base = await _known(keys[:-1], house, user)
    if talk is None:
        talk = await house.begin(user, model.collection, kept_from=2)
    for key, message in zip(keys[known:], said[known:], strict=True):
        turn = await house.take(user, talk, await _asked(message, model, house, user), base=base)
        base = turn.head
        await to_thread(house.replays.keep, key, talk.name, turn)
    return talk, turn


async def _known(keys: list[str], house: House, user: str) -> tuple[int, Talk | None, int | None]:
    """Return how many messages are known, and the conversation with the turn that they led to."""
    states = await to_thread(house.replays.find, keys)
    for known in range(len(keys), 0, -1):
        if state := states.get(keys[known - 1]):
            with suppress(NotFoundError):  # deleted meanwhile
                talk = await house.find(user, state.session)
                if turn := state.of(talk.session.turns):
                    return known, talk, turn.head
    return 0, None, None


async def _asked(message: Message, model: Named, house: House, user: str) -> TurnIn:
    images = list(message.pictures.values())
    if len(images) > Several:
        raise ServerError(f"may hold {Several} pictures each; got {len(images)}", field="messages")

    known = await fetched(images, house)

    def work() -> list[str]:
        with naming([*message.pictures]) as each:
            pictures = each(picture_bytes(one, known) for one in images)
            return house.uploads.take_all(user, pictures)

    examples = await house.reading.run(work) if images else []
    return TurnIn(said=unwrapped(message.text)[:2000], examples=examples, stages=model.stages)


def _keys(user: str, model: Named, said: list[Message]) -> list[str]:
    """Return a key for what was said up to each message."""
    so_far = hashlib.sha256(json.dumps([user, *model]).encode())
    keys = []
    for one in said:
        pictures = [part.picture for part in one.content if part.picture]
        so_far.update(json.dumps([unwrapped(one.text), pictures]).encode())
        keys.append(so_far.hexdigest())
    return keys


async def _streamed(answer: CompletionOut, text: str, *, with_usage: bool) -> AsyncIterator[bytes]:
    """Tell the answer line by line, as OpenAI's clients read it; others have their turn between."""
    head: dict[str, Any] = {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
    }
    if with_usage:
        head["usage"] = None
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": line} for line in text.splitlines(keepends=True)]
    for choice in answer.choices:
        await asyncio.sleep(0)
        lines = [_chunk(head, choices=[_delta(choice, delta, None)]) for delta in deltas]
        last = [_delta(choice, {}, choice.finish_reason)]
        yield b"".join((*lines, _chunk(head, choices=last, ignored=answer.ignored)))
    if with_usage:
        yield _chunk(head, choices=[], usage=answer.usage)
    yield format_sse_event(data_str="[DONE]")


def _delta(choice: Choice, delta: dict[str, str], over: str | None) -> dict[str, Any]:
    return {"index": choice.index, "delta": delta, "finish_reason": over}


def _chunk(head: dict[str, Any], **more: Any) -> bytes:
    return format_sse_event(data_str=json.dumps({**head, **more}))
