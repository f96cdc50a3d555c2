"""Searching a collection: query vector, exact or HNSW, full text, fusion."""
