"""The doors: command line, chat, web page, HTTP API, `/v1`, MCP, and pages written to disk."""
