"""What all bodies of requests share: what may be left out, what is refused, how long texts are."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from retrievers.text.lettering import whole

T = TypeVar("T")
Some = Annotated[list[T], FailFast()]
"""A list of which the first wrong item is told: a long one makes no long list of errors."""

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Words = Annotated[str, StringConstraints(max_length=2000)]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Several = 100


def small(given: Any) -> Any:
    """Return a word as it is written in the contract, however it was sent."""
    return given.strip().lower() if isinstance(given, str) else given


class Body(BaseModel):
    """What a request brings; null, for what may be left out, means that it is left out."""

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if None not in given.values():
            return whole(given)
        optional = {name for name, one in cls.model_fields.items() if not one.is_required()}
        return {
            name: value
            for name, value in whole(given).items()
            if value is not None or name not in optional
        }


class Sent(Body):
    """A body of our own; a field that does not exist is refused, and those that do are named."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if isinstance(given, dict) and (
            names := [str(one) for one in given if one not in cls.model_fields]
        ):
            fields = ", ".join(cls.model_fields)
            told = {"names": names[:Several], "fields": fields}
            raise PydanticCustomError("unknown_fields", "does not exist; there are {fields}", told)
        return given
