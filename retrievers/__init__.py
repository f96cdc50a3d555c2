"""Turn pictures and text into vectors, keep them, find them. Knows nothing of agents or LLMs."""
