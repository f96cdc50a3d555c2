"""Picture files: find them in a folder, read them, or say in one line why not.

Knows nothing of encoders or collections.
"""

from retrievers.pictures.files.unreadable import UnreadablePicture, printable_path
from retrievers.pictures.folders.walk import SUFFIXES, FoundFile, find_pictures
from retrievers.pictures.read import ReadPicture, read_facts, read_picture

__all__ = [
    "SUFFIXES",
    "FoundFile",
    "ReadPicture",
    "UnreadablePicture",
    "find_pictures",
    "printable_path",
    "read_facts",
    "read_picture",
]
