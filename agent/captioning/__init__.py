"""Captions and texts of pictures: written by a model once, kept, and put into a collection."""
