"""The conversation as LangChain pieces: a retriever, a compressor, typed tools and an agent."""
