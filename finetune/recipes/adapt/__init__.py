"""Fitting an encoder to a user's own captions, and to what a user called right or wrong."""
