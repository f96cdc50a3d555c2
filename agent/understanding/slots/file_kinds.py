"""Which kinds of files are meant: "pngs", "raw files", "JPEG oder HEIC"."""

import re

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import translations
from retrievers.query import Filters

_ENDINGS: dict[str, tuple[str, ...]] = {
    "jpg": ("*.jp*g",),
    "jpeg": ("*.jp*g",),
    "tiff": ("*.tif*",),
    "tif": ("*.tif*",),
    "heic": ("*.hei[cf]",),
    "heif": ("*.hei[cf]",),
    "photoshop": ("*.psd",),
    "raw": tuple(f"*.{one}" for one in "dng cr2 cr3 nef arw raf orf rw2 pef raw".split()),
    "video": tuple(f"*.{one}" for one in "mp4 mov avi m4v mkv webm".split()),
}
_KIND = re.compile(
    r"(?<![a-z])\.?(jpe?g|png|gif|webp|tiff?|bmp|heic|heif|avif|svg|psd|dng|cr[23]|nef|arw|raf|orf"
    r"|rw2|pdf|mp4|mov|eps|ico|jp2|xcf|mkv|avi)s?(?![a-z])",
    re.IGNORECASE,
)


def file_kind(text: str, context: Context) -> Filters | None:
    """Read kinds of files; one of several is enough."""
    kinds = [one.lower() for one in _KIND.findall(text)]
    for said in translations(text, "kinds"):
        kinds += [word.text for word in said if word.known and word.text.isalpha()]
    named = [glob for kind in kinds for glob in _ENDINGS.get(kind, (f"*.{kind}",))]
    globs = tuple(dict.fromkeys(named))
    if len(globs) < 2:
        return Filters(paths=globs) if globs else None
    return Filters(one_of=(tuple(Filters(paths=(glob,)) for glob in globs),))
