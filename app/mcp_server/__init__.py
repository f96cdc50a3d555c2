"""`dialens mcp`: collections for agents, over the Model Context Protocol."""
