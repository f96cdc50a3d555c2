"""The multimodal LLM: one protocol, three backends (transformers, OpenAI-compatible, offline)."""
