"""What the tools for agents return: facts as data, a sheet of pictures to look at, and links."""

from mcp.server.mcpserver import Image
from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel

from agent.turns.turn import Turn
from app.mcp_server.picture_address import picture_address
from app.mcp_server.written_resources import resource_link
from app.output.printable import printable
from app.output.small_pictures import encoded, sheet, shrunk
from app.server.contract.chips import chips_out
from app.server.contract.responses import PictureOut, hit_out, plain
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState
from retrievers.hit import Hit
from retrievers.pictures import UnreadablePicture

CELL = (240, 180)
COLUMNS = 5
WEBP = "image/webp"


class Found(BaseModel):
    """A picture of a result; everything but the number comes from the file."""

    number: int
    id: str
    name: str
    folder: str
    width: int
    height: int
    taken: str
    place: str
    caption: str
    why: str


class Result(BaseModel):
    """What a turn came to; `asked` is what is asked for now, one by one."""

    session: str
    asked: list[str]
    pictures: list[Found]
    reply: str = ""
    doubt: str = ""
    lost: list[str] = []


async def turn_result(open_session: OpenSession, turn: Turn, state: ServerState) -> CallToolResult:
    """State a turn: its facts, then its pictures on one numbered sheet, then a link to each.

    What it saved or exported is linked last.
    """
    result = _result(open_session, turn, state)
    content: list[ContentBlock] = [TextContent(type="text", text=result.model_dump_json(indent=1))]
    if drawn := await state.drawing.run(lambda: _sheet(turn.hits)):
        content.append(Image(data=drawn, format="webp").to_image_content())
    content += [_link(open_session.collection, hit) for hit in turn.hits]
    content += [resource_link(one, open_session.name) for one in turn.written]
    return CallToolResult(content=content, structured_content=result.model_dump(mode="json"))


def _sheet(hits: tuple[Hit, ...]) -> bytes:
    """Draw the pictures with their numbers; empty if none of them can be read."""
    cells = []
    for hit in hits:
        try:
            cells.append((str(hit.rank), shrunk(hit.picture, max(CELL))))
        except UnreadablePicture:  # gone since it was indexed; the facts still name it
            continue
    return encoded(sheet(cells, min(COLUMNS, len(cells)), CELL), "WEBP") if cells else b""


def _link(collection: str, hit: Hit) -> ResourceLink:
    name = printable(hit.picture.path.name)
    caption = hit.picture.caption and printable(hit.picture.caption)
    return ResourceLink(
        type="resource_link",
        uri=picture_address(hit.picture, collection),
        name=f"{hit.rank}: {name}",
        description=caption,
        mime_type=WEBP,
    )


def _result(open_session: OpenSession, turn: Turn, state: ServerState) -> Result:
    roots = state.collections.roots(open_session.collection)
    hits = [hit_out(hit, open_session.collection, roots) for hit in turn.hits]
    return Result(
        session=open_session.name,
        asked=[chip.words for chip in chips_out(open_session.session.current.constraints)],
        pictures=[_found(hit.rank, hit.picture, hit.why.words, hit.score) for hit in hits],
        reply=plain(turn.reply) or "",
        doubt=turn.doubt,
        lost=[plain(one) or "" for one in turn.lost],
    )


def _found(number: int, picture: PictureOut, words: list[str], score: float) -> Found:
    why = f"score {score:.3f}" + (f", words found: {', '.join(words)}" if words else "")
    return Found(
        number=number,
        id=picture.id,
        name=picture.name,
        folder=picture.folder,
        width=picture.width,
        height=picture.height,
        taken=(picture.taken or "")[:10],
        place=picture.place or "",
        caption=picture.caption or "",
        why=why,
    )
