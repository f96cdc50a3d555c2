"""Texts and pictures in the shapes that others send them in.

A string; `{"text": ...}`; `{"image": ...}` as Jina has it; and as OpenAI has it
`{"type": "image_url", "image_url": ...}`, its URL alone or in an object; `{"type": "image", ...}`
with a `source` as Anthropic has it, or its `base64`, `data` or `url` beside it as LangChain has it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Annotated, Any

import numpy as np
from PIL.Image import Image
from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.server.compatible.client_body import ClientBody
from app.server.compatible.data_urls import from_text
from app.server.contract.bodies import Some
from app.server.contract.errors import ForbiddenError, ServerError
from app.server.state.server_state import ServerState
from retrievers.encoder import Encoder, Vectors, encode_documents

MOST = 2048  # in a list
AT_ONCE = 8  # pictures that are held decoded
TEXTS_AT_ONCE = 32
TOKENS = (
    "holds tokens of another model, which cannot be read here; send text"
    " (langchain_openai: check_embedding_ctx_length=False)"
)


PART = "must be a string, or an object with text or a picture"


PICTURES = ("image", "input_image", "media", "file")
INSIDE = ("source", "inline_data", "inlineData", "image", "image_url", "file")
HELD = ("url", "data", "base64", "file_data", "b64_json")
KINDS = ("media_type", "mime_type", "mediaType", "mimeType")
"""Names in other people's spellings: types of a picture's part, objects in it, data, MIME types."""


class Url(ClientBody):
    """Where a picture is: a data URL, or a URL where the server allows it."""

    url: str


class Content(ClientBody):
    """A text or a picture; the bytes of a picture as base64, a data URL, or a URL."""

    type: str | None = None
    text: str | None = None
    image: str | Url | None = None
    image_url: str | Url | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"text": given}
        if isinstance(given, list) or type(given) is int:
            raise ValueError(TOKENS)
        if not isinstance(given, dict | Content):
            raise ValueError(PART)
        return given if not isinstance(given, dict) else _with_picture(given)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(core)]}

    @property
    def picture(self) -> str | None:
        """Where the picture is, if it is one."""
        held = self.image or self.image_url
        return held.url if isinstance(held, Url) else held


def _with_picture(given: dict[str, Any]) -> dict[str, Any]:
    """Put a picture that is sent in another's spelling where ours are."""
    if isinstance(given.get("text"), str):
        return given
    nested = {name: one for name in INSIDE if isinstance(one := given.get(name), dict)}
    outer = given if given.get("type") in PICTURES else {}
    for held in (*nested.values(), outer):
        kinds = [str(held[name]) for name in KINDS if held.get(name)]
        image = next((one for name in HELD if isinstance(one := held.get(name), str) and one), None)
        if image and all(kind.lower().startswith("image/") for kind in kinds):
            return {**{name: one for name, one in given.items() if name not in nested}} | {
                "image": image
            }
    return given


def _listed(given: Any) -> Any:
    if not isinstance(given, str | dict | list | Content):
        raise ValueError(f"{PART}, or a list of these")
    return given if isinstance(given, list) else [given]


def _or_one(schema: dict[str, Any]) -> None:
    """Say in the document that one may stand without a list."""
    several = {name: schema.pop(name) for name in ("type", "maxItems")}
    schema["anyOf"] = [{**several, "items": schema["items"]}, schema.pop("items")]


Contents = Annotated[
    Some[Content], BeforeValidator(_listed), Field(max_length=MOST, json_schema_extra=_or_one)
]
"""One, or a list of them."""


def words_in(contents: Sequence[Content]) -> int:
    """Count words, which others bill by."""
    return sum(len((one.text or "").split()) for one in contents)


async def fetched(images: Iterable[str | None], state: ServerState) -> dict[str, bytes]:
    """Return the bytes of those pictures that are URLs, by these; no search waits for them.

    Raises:
        ForbiddenError: the server fetches none, or not from there.
        FullError, TooLargeError, UpstreamError: see `Remote.fetch`.
    """
    urls = list(dict.fromkeys(one for one in images if one and _is_url(one)))
    if urls and not state.settings.remote:
        raise ForbiddenError("this server fetches no pictures; send the picture as a data URL")
    data = await state.remote.fetch(*(one.strip() for one in urls)) if urls else []
    return dict(zip(urls, data, strict=True))


@contextmanager
def naming(fields: Sequence[str]) -> Iterator[Callable[[Iterable[bytes]], Iterator[bytes]]]:
    """Name the field of the picture that was taken last in what is refused meanwhile.

    Gives a function through which the pictures are taken, one for each of the fields.
    """
    last = [""]

    def each(pictures: Iterable[bytes]) -> Iterator[bytes]:
        pictures = iter(pictures)
        for last[0] in fields:
            yield next(pictures)

    try:
        yield each
    except ServerError as error:
        if error.field or not last[0]:
            raise
        raise type(error)(f"cannot be read: {error}", field=last[0]) from error


def picture_bytes(image: str, known: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a picture; `known` are those that were fetched.

    Raises:
        NotAPictureError: it is no base64.
    """
    return known[image] if _is_url(image) else from_text(image)


def _is_url(image: str) -> bool:
    return image[:100].lstrip()[:6].lower().startswith(("http:", "https:"))


async def vectors(
    given: Sequence[Content],
    field: str,
    encoder: Encoder,
    state: ServerState,
    known: Mapping[str, bytes],
    *,
    stored: bool = False,
) -> Vectors:
    """Return a unit row for each text or picture; `known` are the pictures that were fetched.

    A text is one that is searched for, or one that is stored to be found.

    Raises:
        FullError: too much waits.
        NotAPictureError, TooLargeError: see `Uploads.together`.
        ServerError: one is neither text nor picture, or both; `field` is what it is called.
    """
    rows = np.zeros((len(given), encoder.dim), dtype=np.float32)
    for at, one in enumerate(given):
        if (one.text is None) == (one.picture is None):
            raise ServerError("must be a text or a picture", field=f"{field}[{at}]")
    texts = {at: one.text for at, one in enumerate(given) if one.text is not None}
    encode = partial(encode_documents, encoder) if stored else encoder.encode_texts
    for some in _blocks(list(texts)):
        said = [texts[at] for at in some]
        rows[some] = await state.work.run(partial(encode, said))
    shown = [at for at, one in enumerate(given) if one.picture is not None]
    if shown:
        fields = [f"{field}[{at}]" for at in shown]
        with naming(fields) as each:
            pictures = each(pictures_in([given[at] for at in shown], known))
            rows[shown] = await _picture_vectors(pictures, encoder, state)
    return rows


def _blocks(places: list[int]) -> Iterator[list[int]]:
    """Yield a few at a time, so that others have their turn between them."""
    return (places[at : at + TEXTS_AT_ONCE] for at in range(0, len(places), TEXTS_AT_ONCE))


async def _picture_vectors(
    pictures: Iterable[bytes], encoder: Encoder, state: ServerState
) -> Vectors:
    """Decode and encode a few at a time, each where it holds up nothing else."""
    images = state.uploads.together(pictures)

    def decoded() -> list[Image]:
        return list(islice(images, AT_ONCE))

    def encoded(some: Sequence[Image]) -> list[Vectors]:
        return [encoder.encode_images([image]) for image in some]

    rows: list[Vectors] = []
    while some := await state.reading.run(decoded):
        rows += await state.work.run(partial(encoded, some))
    return np.concatenate(rows)


def pictures_in(given: Sequence[Content], known: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the bytes of the pictures; raises as `picture_bytes`."""
    return (picture_bytes(one.picture, known) for one in given if one.picture)
