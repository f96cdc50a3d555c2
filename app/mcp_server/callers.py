"""Who calls a tool."""

from mcp.server.mcpserver import Context


def user_of(context: Context) -> str:
    """Return whose token the request brought; over standard input there is one user."""
    request = context.request_context.request
    return str(request.scope.get("user", "")) if request else ""
