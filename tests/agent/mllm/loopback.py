"""An HTTP server on loopback that misbehaves as told: slow, failing, or answering nonsense."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

Answer = tuple[int, dict[str, Any] | str]


def completion(text: str) -> Answer:
    """Build a chat completion as a server without log-probabilities writes it."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}
    facts = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    return 200, {**facts, "choices": [choice], "usage": usage}


class Misbehaving:
    """Gives the answers in turn, the last one for ever; `None` is never answered."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers, self.url = list(answers), ""
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.at_once = self.most_at_once = 0
        self.over, self.lock = Event(), Lock()

    def next(self, body: dict[str, Any], key: str) -> Answer | None:
        with self.lock:
            self.asked.append(body)
            self.keys.append(key)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def enter(self, step: int) -> None:
        with self.lock:
            self.at_once += step
            self.most_at_once = max(self.most_at_once, self.at_once)


@contextmanager
def serving(behaviour: Misbehaving) -> Iterator[Misbehaving]:
    """Listen on a free port for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            behaviour.enter(1)
            answer = behaviour.next(body, self.headers["Authorization"])
            behaviour.over.wait(60 if answer is None else 0.02)
            behaviour.enter(-1)
            if answer is not None:
                self._send(*answer)

        def _send(self, status: int, body: dict[str, Any] | str) -> None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        behaviour.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield behaviour
        behaviour.over.set()
        server.shutdown()
        thread.join()
