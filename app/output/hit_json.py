r"""A hit as JSON, for scripts. A byte of a path that is no UTF-8 shows as `\xff`; -0 gives it."""

from pathlib import Path
from typing import Any

from app.output.json_output import as_utf8
from retrievers.hit import Hit, Picture
from retrievers.places.told import place_told


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return what there is to know of one hit, as plain values."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        **picture_json(hit.picture),
        "why": {
            "scores": {stage: round(score, 6) for stage, score in hit.why.scores.items()},
            "ranks": dict(hit.why.ranks),
            "words": list(hit.why.words),
            "held": list(hit.why.held),
            "failed": list(hit.why.failed),
        },
    }


def picture_json(picture: Picture) -> dict[str, Any]:
    """Return a picture's record as plain values."""
    return {
        "id": picture.id,
        "path": _named(picture.path),
        "paths": [_named(path) for path in picture.paths],
        "sha256": picture.sha256,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
        "taken": picture.taken_text or None,
        "taken_from": picture.taken_from,
        "zone": picture.zone,
        "camera": picture.camera,
        "gps": list(picture.gps) if picture.gps else None,
        "place": place_told(picture.gps) or None,
        "caption": picture.caption,
        "text": picture.text,
        "tags": list(picture.tags),
        "title": picture.title,
        "description": picture.description,
        "rating": picture.rating,
    }


def _named(path: Path) -> str:
    return as_utf8(str(path))
