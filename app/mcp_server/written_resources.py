"""What a conversation saved or exported, as resources for agents; each user reads their own."""

from urllib.parse import quote

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import ResourceLink

from agent.conversation.saved_lists import saved_paths
from agent.conversation.transcript import markdown
from agent.turns.turn import Written
from app.mcp_server.callers import user_of
from app.mcp_server.picture_address import picture_address
from app.pages.page import conversation_page
from app.server.contract.errors import NotFoundError
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState
from app.terminal.command_errors import one_line
from retrievers.text.display import below

ADDRESS = "dialens://{session}/written/{what}/{name}"
_DOCUMENTS = {"markdown": markdown, "html": conversation_page}
_KINDS = {"markdown": "text/markdown", "html": "text/html"}


def resource_link(written: Written, session: str) -> ResourceLink:
    """Return where an agent reads what was written."""
    address = ADDRESS.format(
        session=quote(session, safe=""), what=written.what, name=quote(written.name, safe="")
    )
    kind = _KINDS.get(written.name, "text/plain") if written.what == "document" else "text/plain"
    return ResourceLink(type="resource_link", uri=address, name=written.name, mime_type=kind)


class WrittenResources:
    """Reads them for the user who asks."""

    def __init__(self, state: ServerState) -> None:
        self.state = state

    async def written(self, context: Context, session: str, what: str, name: str) -> str:
        """Return a saved list, a line for each picture, or a conversation as a document."""
        try:
            open_session = await self.state.find(user_of(context), session)
            return await self.state.drawing.run(lambda: self._text(open_session, what, name))
        except NotFoundError as error:
            raise ResourceNotFoundError(one_line(error)) from error

    def _text(self, open_session: OpenSession, what: str, name: str) -> str:
        session, collection = open_session.session, open_session.collection
        if what == "document" and (write := _DOCUMENTS.get(name)):
            return write(
                session.turns,
                session.journal.path,
                link=lambda picture: picture_address(picture, collection),
            )
        roots = self.state.collections.roots(collection)
        try:
            paths = saved_paths(name, session.journal.path)
        except FileNotFoundError as error:
            raise NotFoundError(f"session {open_session.name!r} has no {what} {name!r}") from error
        return "".join(f"{below(path, roots)}\n" for path in paths)
