"""Training a generative retriever: what it learns from, and how far it has come."""
