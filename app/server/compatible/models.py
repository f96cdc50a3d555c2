"""What can be named as a model: a collection, alone or with the stages that search it."""

from typing import NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel

from app.library.library import names
from app.server.api.auth_schemes import KEYS
from app.server.api.request_context import ERRORS, SharedState
from app.server.contract.errors import NotFoundError
from app.server.state.server_state import ServerState

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS, dependencies=KEYS)


class Model(BaseModel):
    """A model, as OpenAI lists it."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "dialens"


class Models(BaseModel):
    """All of them."""

    object: str = "list"
    data: list[Model]


class ModelName(NamedTuple):
    """A collection and the name of stages, which is empty for the default."""

    collection: str
    stages: str


@router.get("/models")
@router.get("/models/", include_in_schema=False)
def models(state: SharedState) -> Models:
    """List the collections, each alone and with each of the stages."""
    return Models(data=[Model(id=one) for one in known(state)])


@router.get("/models/{model:path}")
def one_model(model: str, state: SharedState) -> Model:
    """Say that there is such a model."""
    named(model, state)
    return Model(id=model)


def known(state: ServerState) -> list[str]:
    """Return everything that can be named."""
    stages = state.collections.stages
    return [one for name in names() for one in (name, *(f"{name}/{way}" for way in stages))]


def named(model: str, state: ServerState) -> ModelName:
    """Read a model's name; NotFoundError if there is none of that name."""
    collection, _, stages = model.partition("/")
    if collection not in names() or (stages and stages not in state.collections.stages):
        there = ", ".join(known(state)) or "none"
        raise NotFoundError(f"names no model {model!r}; there are {there}", field="model")
    return ModelName(collection, stages)
