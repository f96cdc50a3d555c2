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
from app.server.api.request_context import ERRORS, SharedState, User
from app.server.compatible.chat_schema import Choice, CompletionIn, CompletionOut, Message, usage
from app.server.compatible.client_presence import while_present
from app.server.compatible.contents import fetched, naming, picture_bytes
from app.server.compatible.markdown_reply import written
from app.server.compatible.models import ModelName, named
from app.server.compatible.tasks import done, task_of
from app.server.compatible.unwrapped_message import unwrapped
from app.server.contract.bodies import Several
from app.server.contract.errors import ServerError
from app.server.contract.requests import TurnIn
from app.server.contract.responses import turn_out
from app.server.security.signed_links import signed
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS, dependencies=KEYS)


@router.post(
    "/chat/completions",
    response_model=CompletionOut,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def completions(
    body: CompletionIn, request: Request, state: SharedState, user: User
) -> Response:
    """Take the last message of a user as a turn of the conversation before it.

    A front end's own request for a title and its kin is answered without a turn.
    """
    model = named(body.model, state)
    said = [one for one in body.messages if one.role == "user"]
    if not said:
        raise ServerError("must hold one of the user's", field="messages")
    if kind := await to_thread(task_of, body.messages):
        text = await to_thread(done, kind, body.messages, model.collection)
        made, out = uuid4().hex, None
    else:
        open_session, turn = await while_present(request, _taken(said, model, state, user))
        made = f"{open_session.name}-{turn.number}"
        roots = state.collections.roots(open_session.collection)
        out = turn_out(turn, open_session.session, open_session.collection, roots)
        url = str(request.base_url).rstrip("/")
        text = written(
            out, open_session, lambda path: url + signed(path, user, state.settings), url
        )
        if body.response_format.type != "text":
            text = out.model_dump_json()
    message = {"role": "assistant", "content": text, "refusal": None}

    def answered() -> tuple[CompletionOut, str]:
        answer = CompletionOut(
            id=f"chatcmpl-{made}",
            created=int(time.time()),
            model=body.model,
            choices=[Choice(index=at, message=message) for at in range(body.n)],
            usage=usage(body.messages, text),
            ignored=body.ignored,
            dialens=out,
        )
        return answer, "" if body.stream else answer.model_dump_json()

    answer, whole = await to_thread(answered)
    if not body.stream:
        return Response(whole, media_type="application/json")
    told = _streamed(answer, text, with_usage=body.stream_options.include_usage)
    return StreamingResponse(told, media_type="text/event-stream")


async def _taken(
    said: list[Message], model: ModelName, state: ServerState, user: str
) -> tuple[OpenSession, Turn]:
    """Go on from as many messages as are known, wherever the session went from there."""
    keys = await to_thread(_keys, user, model, said)
    known, open_session, base = await _known(keys[:-1], state, user)
    if open_session is None:
        open_session = await state.begin(user, model.collection, kept_from=2)
    for key, message in zip(keys[known:], said[known:], strict=True):
        turn = await state.take(
            user, open_session, await _turn_in(message, model, state, user), base=base
        )
        base = turn.head
        await to_thread(state.replays.keep, key, open_session.name, turn)
    return open_session, turn


async def _known(
    keys: list[str], server_state: ServerState, user: str
) -> tuple[int, OpenSession | None, int | None]:
    """Return how many messages are known, and the conversation with the turn that they led to."""
    states = await to_thread(server_state.replays.find, keys)
    for known in range(len(keys), 0, -1):
        if state := states.get(keys[known - 1]):
            with suppress(ServerError):  # deleted or damaged meanwhile: said again it is all there
                open_session = await server_state.find(user, state.session)
                if turn := state.of(open_session.session.turns):
                    return known, open_session, turn.head
    return 0, None, None


async def _turn_in(message: Message, model: ModelName, state: ServerState, user: str) -> TurnIn:
    images = list(message.pictures.values())
    if len(images) > Several:
        raise ServerError(f"may hold {Several} pictures each; got {len(images)}", field="messages")

    known = await fetched(images, state)

    def work() -> list[str]:
        with naming([*message.pictures]) as each:
            pictures = each(picture_bytes(one, known) for one in images)
            return state.uploads.take_all(user, pictures)

    examples = await state.reading.run(work) if images else []
    return TurnIn(said=unwrapped(message.text)[:2000], examples=examples, stages=model.stages)


def _keys(user: str, model: ModelName, said: list[Message]) -> list[str]:
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
