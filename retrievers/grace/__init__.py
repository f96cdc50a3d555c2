"""Generative retrieval: a language model writes the identifier of the picture that is meant."""
