"""Kinds of pictures that are not opened here, by the ends of their names, and what helps."""

from collections.abc import Mapping

_RAW = "develop it, or take the preview out of it: exiftool -b -JpgFromRaw"
_LIGHT = "convert a copy to PNG or TIFF: oiiotool, or ImageMagick's magick"
_MAGICK = "convert a copy to PNG: ImageMagick's magick"
_RAW_ENDS = (
    *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mrw", "nef"),
    *("nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f"),
    *("gpr", "fff", "mos"),
)
_MAGICK_ENDS = (
    *(
        "jpm",
        "jxr",
        "wdp",
        "hdp",
        "pam",
        "tga",
        "pcx",
        "psd",
        "psb",
        "xcf",
        "kra",
        "dds",
        "ico",
        "cur",
        "icns",
        "xpm",
    ),
    *("xbm", "sgi", "rgb", "qoi", "fits", "fit", "fts", "dpx", "cin", "jng", "mng", "flif", "bpg"),
    *("bw", "rgba", "ras", "sun", "icb", "vda", "vst", "tpic", "dcx", "fli", "flc", "ftc", "ftu"),
    *("gbr", "im", "msp", "palm", "pcd", "pxr", "blp", "wmf", "emf", "pict", "pct", "wbmp"),
    *("jls", "ora", "miff", "vtf"),
)
REMEDIES: Mapping[str, str] = {
    ".jxl": "convert a copy: djxl FILE.jxl FILE.png, of libjxl",
    ".svg": "draw it as PNG: rsvg-convert",
    ".svgz": "draw it as PNG: rsvg-convert",
    **dict.fromkeys((".eps", ".ps"), "draw it as PNG: Ghostscript"),
    ".dcm": "convert a copy to PNG: dcmj2pnm, of DCMTK",
    **dict.fromkeys((".hdr", ".exr", ".pfm"), _LIGHT),
    **{f".{end}": _RAW for end in _RAW_ENDS},
    **{f".{end}": _MAGICK for end in _MAGICK_ENDS},
}
"""What opens such a file, by the end of its name in small letters."""


def unopened_lines(others: Mapping[str, int]) -> list[str]:
    """Return a line for each remedy: how many files of which kinds are passed over."""
    by_remedy: dict[str, list[str]] = {}
    for end, count in sorted(others.items(), key=lambda one: (-one[1], one[0])):
        remedy = REMEDIES.get(end, _MAGICK)
        by_remedy.setdefault(remedy, []).append(f"{count} {end}")
    return [
        f"passed over, as dialens does not open them: {', '.join(kinds)}; {remedy}"
        for remedy, kinds in by_remedy.items()
    ]
