"""The server as one ASGI application: what is refused, what is counted, and all doors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.server.api import (
    collections,
    health,
    jobs,
    listing,
    migrations,
    pictures,
    reference,
    sessions,
    sign_ins,
)
from app.server.compatible import routers
from app.server.contract.settings import Settings
from app.server.contract.versions import Versions
from app.server.error_responses import answer_errors
from app.server.http.heads import Heads
from app.server.operation.telemetry import Record
from app.server.page import routes as page
from app.server.security.access import OPEN, Access
from app.server.security.request_bounds import FORM, WORDS, Bounded
from app.server.state.server_state import ServerState

ABOUT = (
    "Search pictures by talking about them. Every error is JSON: `detail` says what and why; who"
    " accepts text/html gets a page that says it."
)
STATIC = Path(__file__).parent / "page" / "static"
WITH_PICTURES = ("/api/v1/uploads", "/v1/", "/v2/")


def make_app(settings: Settings) -> FastAPI:
    """Put the server together; nothing is loaded before the first request."""
    state = ServerState(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await state.close()

    app = FastAPI(
        title="dialens",
        version=version("dialens"),
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,  # its scripts come from another host; `reference` has none
        redoc_url=None,
    )
    app.state.server_state = state
    doors = (collections, migrations, jobs, listing, pictures, sessions, sign_ins, health, page)
    for router in (*(door.router for door in (*doors, reference)), *routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    answer_errors(app)
    pictured = settings.upload_bytes * 4 // 3 + WORDS  # base64 takes four bytes for three
    app.add_middleware(Heads)

    def most(path: str) -> int:
        return FORM if path in OPEN else pictured if path.startswith(WITH_PICTURES) else WORDS

    app.add_middleware(Bounded, most=most)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(Versions)
    app.add_middleware(Record, figures=state.figures)
    return app
