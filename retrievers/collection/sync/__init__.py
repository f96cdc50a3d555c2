"""A collection kept in step with folders: what is new, moved, edited or gone."""
