"""Dialogues about pictures, as training data: read from files, or made of captions."""
