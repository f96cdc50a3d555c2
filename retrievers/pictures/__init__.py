"""Picture files: find them in a folder, read them, or say in one line why not.

Knows nothing of encoders or collections.
"""

from retrievers.pictures.read import ReadPicture, read_facts, read_picture
from retrievers.pictures.unreadable import UnreadablePicture, shown
from retrievers.pictures.walk import SUFFIXES, FoundFile, find_pictures

__all__ = [
    "SUFFIXES",
    "FoundFile",
    "ReadPicture",
    "UnreadablePicture",
    "find_pictures",
    "read_facts",
    "read_picture",
    "shown",
]
