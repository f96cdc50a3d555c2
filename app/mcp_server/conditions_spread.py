"""Conditions as arguments of a tool: agents fill flat fields in more surely than nested ones."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeVar

from pydantic import Field

from app.server.contract.conditions import Conditions

R = TypeVar("R")


def spread(tool: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
    """Make each field of the conditions that a tool takes an argument of its own, null or given."""

    @wraps(tool)
    async def wrapped(*given: Any, **named: Any) -> R:
        fields = {name: named.pop(name, None) for name in Conditions.model_fields}
        return await tool(*given, **named, conditions=Conditions(**fields))

    own = signature(tool)
    kept = [one for name, one in own.parameters.items() if name != "conditions"]
    fields = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[(one.annotation | None, Field(), *one.metadata)],
        )
        for name, one in Conditions.model_fields.items()
        if one.annotation
    ]
    vars(wrapped)["__signature__"] = own.replace(parameters=[*kept, *fields])
    return wrapped
