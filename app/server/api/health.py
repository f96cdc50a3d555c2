"""Whether the server is well, and its figures."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from app.server.api.auth_schemes import KEYS
from app.server.api.request_context import SharedState

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """What a watchdog wants to know."""

    status: str = "ok"
    working: int
    places: int


@router.get("/health")
async def health(state: SharedState) -> Health:
    """Say that the server answers, and how much it has to do."""
    return Health(working=state.work.inside, places=state.work.most)


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {}}}},
    response_class=Response,
    dependencies=KEYS,
)
async def metrics(state: SharedState) -> Response:
    """Return the figures in Prometheus' form."""
    return Response(generate_latest(state.figures.registry), media_type=CONTENT_TYPE_LATEST)
