"""Folders of pictures: walking them, globs, and files that are not opened here."""
