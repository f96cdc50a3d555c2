"""Server-sent events, of which the first decides the status: what is refused is refused in time.

FastAPI writes each event; its EventSourceResponse has sent 200 before the first is known.
"""

from collections.abc import AsyncIterator

from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from app.server.contract.errors import REFUSALS
from app.terminal.command_errors import one_line

EVENTS: dict[int | str, dict[str, object]] = {200: {"content": {"text/event-stream": {}}}}


async def event_stream(events: AsyncIterator[tuple[str, str]]) -> StreamingResponse:
    """Answer with events of a name and one line of data; an error later on is an event `error`."""
    first = await anext(events)

    async def stream() -> AsyncIterator[bytes]:
        yield _event(*first)
        try:
            async for kind, data in events:
                yield _event(kind, data)
        except REFUSALS as error:
            yield _event("error", one_line(error))

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


def _event(kind: str, data: str) -> bytes:
    return format_sse_event(event=kind, data_str=data)
