"""Interpreters: an utterance in its context to acts."""
