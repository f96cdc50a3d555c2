"""What a server tells of itself: a log line per request, its id, and figures for Prometheus."""

import json
import logging
import re
import sys
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.turns.turn import Turn
from app.server.operation.worker_pool import WorkerPool
from app.server.security.access import problem_response

LOG = logging.getLogger("dialens.server")
ID = re.compile(r"[\w-]{8,64}")
SPAN, MOST = 10.0, 500  # seconds, and records of a kind that are written within them
LONGEST = 200  # letters of a path in the log
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)


class ServerMetrics:
    """Counters of one server; several servers in a process keep their own."""

    def __init__(self, pool: WorkerPool) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dialens_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "dialens_request_seconds",
            "From the request to the end of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "dialens_stage_seconds",
            "Of a search, by stage.",
            ["stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.lost = Counter(
            "dialens_stages_lost",
            "Stages that failed and were passed over.",
            ["stage"],
            registry=self.registry,
        )
        inside = Gauge("dialens_work", "Searches under way or waiting.", registry=self.registry)
        inside.set_function(lambda: pool.inside)

    def searched(self, turn: Turn) -> None:
        """Count what a turn's stages took."""
        for stage, seconds in turn.seconds.items():
            self.stages.labels(stage).observe(seconds)
        for reason in turn.lost:
            self.lost.labels(reason.partition(":")[0]).inc()


class Record:
    """Give each request an id, count it, log it, and answer 500 in one line if it breaks."""

    def __init__(self, app: ASGIApp, figures: ServerMetrics) -> None:
        self.app, self.figures = app, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status = perf_counter(), 0
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if ID.fullmatch(given) else uuid4().hex
        scope["request_id"] = request_id

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception:
            LOG.exception(
                "broken", extra={"request_id": request_id, "path": scope["path"][:LONGEST]}
            )
            if not status:
                broken = f"something broke; the log has it as {request_id}"
                await problem_response(500, broken, scope["path"])(scope, receive, sending)
        finally:
            self._told(scope, request_id, status, perf_counter() - begin)

    def _told(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.figures.requests.labels(method, route, status).inc()
        self.figures.seconds.labels(route).observe(seconds)
        LOG.info(
            "request",
            extra={
                "request_id": request_id,
                "method": method,
                "path": scope["path"][:LONGEST],
                "status": status,
                "seconds": round(seconds, 4),
                "user": scope.get("user", ""),
            },
        )


class Sparing(logging.Filter):
    """Let so many records by; the first of the next span says how many of its kind did not get by.

    Answered and refused requests, warnings and errors are a kind each, so that none hides another.
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: dict[tuple[int, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = (record.levelno, getattr(record, "status", 0) // 100), monotonic()
        begun, seen = self._spans.get(kind, (now, 0))
        if now - begun > SPAN:
            if seen > MOST:
                vars(record)["left_out"] = seen - MOST
            begun, seen = now, 0
        self._spans[kind] = begun, seen + 1
        return seen < MOST


def log_as_json(level: int = logging.INFO) -> None:
    """Write the server's log to standard error, a JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            json_ensure_ascii=True,
            json_serializer=json.dumps,
        )
    )
    handler.addFilter(Sparing())
    logging.basicConfig(level=level, handlers=[handler], force=True)
