"""A whole answer, part of it, or that it is known already, as the request's headers say (RFC 9110).

Several ranges at once are answered with the whole, as a server may. Starlette's FileResponse opens
a path; what is sent here are the very bytes that were found to be the indexed ones.
"""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from app.server.security.access import problem_response

_TAG = re.compile(r'(W/)?("[^"]*")')
_RANGE = re.compile(r"(\d{0,30})-(\d{0,30})", re.ASCII)


def answered(
    request: Request, data: bytes, *, tag: str, kind: str, headers: Mapping[str, str]
) -> Response:
    """Answer a GET for these bytes.

    Args:
        request: may ask for a part, or name what its sender has.
        data: all of them.
        tag: changes with them, without quotes.
        kind: their media type.
        headers: further ones.
    """
    range_header, own, path = request.headers, f'"{tag}"', request.url.path
    all_headers = {**headers, "etag": own, "accept-ranges": "bytes"}
    if (wanted := range_header.get("if-match")) is not None and not _names(wanted, own, weak=False):
        return problem_response(
            412, "the file is not the one that If-Match names", path, {"etag": own}
        )
    if (known := range_header.get("if-none-match")) is not None and _names(known, own, weak=True):
        return Response(status_code=304, headers=all_headers)
    part = _part(range_header.get("range", ""), len(data))
    if part is None or range_header.get("if-range", own) != own:
        return Response(data, media_type=kind, headers=all_headers)
    if not part:
        told = f"the file has {len(data)} bytes; got Range {range_header['range'][:100]!r}"
        return problem_response(416, told, path, {"content-range": f"bytes */{len(data)}"})
    all_headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], 206, all_headers, kind)


def _names(field: str, own: str, *, weak: bool) -> bool:
    tags = _TAG.findall(field)
    return field.strip() == "*" or any(tag == own and (weak or not mark) for mark, tag in tags)


def _part(headers: str, size: int) -> range | None:
    """Return which bytes are asked for, none if there are no such; None: all, or not to be read."""
    unit, _, ranges = headers.partition("=")
    first, *others = [one.strip() for one in ranges.split(",") if one.strip()] or [""]
    found = _RANGE.fullmatch(first)
    if unit.strip().lower() != "bytes" or others or not found or first == "-":
        return None
    begin, end = (int(one) if one else None for one in found.groups())
    if begin is None:
        return range(max(0, size - (end or 0)), size)
    if end is not None and end < begin:
        return None
    return range(begin, size if end is None else min(end + 1, size))
