"""Utterances without a collection: what each comes to, and how often that is right."""
