"""`/docs`: the OpenAPI document as a page, without a script."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from app.pages.page import templates

router = APIRouter(include_in_schema=False)
TEMPLATES = Path(__file__).parent / "templates"
METHODS = ("get", "post", "patch", "put", "delete")
BOUNDS = {
    "minimum": "from {}",
    "maximum": "to {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "minItems": "{} or more",
    "maxItems": "{} at most",
}
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One line of a table: a parameter, a field, an answer."""

    name: str
    kind: Markup
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for; its `tag` says what it belongs to."""

    method: str
    path: str
    tag: str
    about: str
    parameters: list[ReferenceRow] = field(default_factory=list)
    body: Markup = field(default_factory=Markup)
    answers: list[ReferenceRow] = field(default_factory=list)


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> str:
    """Show what the API takes and gives."""
    document = request.app.openapi()
    shapes = document["components"]["schemas"]
    return (
        templates(TEMPLATES)
        .get_template("reference.html")
        .render(
            about=document["info"]["description"],
            version=document["info"]["version"],
            keys=document["components"]["securitySchemes"],
            operations=list(operations(document)),
            shapes={name: (one, rows(one)) for name, one in sorted(shapes.items())},
            kind=kind,
        )
    )


def operations(document: Schema) -> Iterator[Operation]:
    """Yield everything that can be asked for, in the document's order."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if told := methods.get(method):
                yield _operation(method, path, told)


def rows(schema: Schema) -> list[ReferenceRow]:
    """Return the fields of an object."""
    due = schema.get("required", [])
    return [
        ReferenceRow(name, kind(one), _about(one, due=name in due))
        for name, one in schema.get("properties", {}).items()
    ]


def kind(schema: Schema) -> Markup:
    """Say in words what a value may be; shapes of the document are links."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if several := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return Markup(" or ").join(dict.fromkeys(kind(one) for one in several))
    if allowed := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return Markup(" | ").join(str(one) for one in allowed)
    if schema.get("type") == "array":
        return Markup("list of ") + kind(schema.get("items", {}))
    bounds = [words.format(schema[name]) for name, words in BOUNDS.items() if name in schema]
    plain = str(schema.get("format") or schema.get("type") or "anything")
    return escape(", ".join([plain, *bounds]))


def _operation(method: str, path: str, told: Schema) -> Operation:
    parameters = [
        ReferenceRow(
            one["name"], kind(one["schema"]), f"in the {one['in']}; {_described(one)}".strip("; ")
        )
        for one in told.get("parameters", [])
    ]
    return Operation(
        method=method.upper(),
        path=path,
        tag=told["tags"][0],
        about=told.get("description") or told["summary"],
        parameters=parameters,
        body=_content(told.get("requestBody", {})),
        answers=[
            ReferenceRow(status, _content(one), one.get("description", ""))
            for status, one in told["responses"].items()
        ],
    )


def _described(parameter: Schema) -> str:
    due = bool(parameter.get("required"))
    whole = {**parameter["schema"], "description": parameter.get("description", "")}
    return _about(whole, due=due)


def _about(schema: Schema, *, due: bool) -> str:
    default = schema.get("default")
    usual = f"else {default}" if default not in (None, "", [], {}) else ""
    return "; ".join(
        filter(None, ["must be given" if due else usual, schema.get("description", "")])
    )


def _content(told: Schema) -> Markup:
    """Return what a body is, by its media type."""
    return Markup(", ").join(
        Markup("{} ({})").format(kind(one["schema"]), media) if one.get("schema") else media
        for media, one in told.get("content", {}).items()
    )
