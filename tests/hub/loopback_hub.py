"""A model hub on 127.0.0.1: the protocol of the hub's client, over HTTP, with faults to switch on.

Large files (`LARGE` and more) are handed out as the real hub does: with the SHA-256 of LFS, from a
second origin that a redirect leads to. What was asked is kept in `asked`.
"""

import hashlib
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = 50_000  # bytes
_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_INFO = re.compile(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?")
_TREE = re.compile(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)(?:/.*)?")
_STORED = re.compile(r"/stored/([0-9a-f]{64})")


@dataclass
class HostedModel:
    """A repository with one commit, which its branch `main` means."""

    files: dict[str, bytes]
    commit: str = "c" * 40
    licence: str | None = "apache-2.0"
    gated: bool = False


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Faults:
    """What goes wrong.

    Attributes:
        cut_after: bytes of a large file after which the connection breaks off.
        cuts: how many times that happens; -1: always.
        wrong: large files hold another byte in their middle.
        silent: nothing is answered at all.
        pause: seconds before each piece of a large file.
        ignore_range: a large file is always sent from its beginning.
    """

    cut_after: int | None = None
    cuts: int = -1
    wrong: bool = False
    silent: bool = False
    pause: float = 0.0
    ignore_range: bool = False


@dataclass
class LoopbackHub:
    models: dict[str, HostedModel] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    asked: list[Request] = field(default_factory=list)
    sent: int = 0  # bytes of large files
    port: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What leads the hub's client here, and past any proxy."""
        direct = {"NO_PROXY": "127.0.0.1,localhost", "HF_HUB_OFFLINE": ""}
        return {"HF_ENDPOINT": self.endpoint, **direct}

    def stored(self, digest: str) -> bytes | None:
        every = (content for model in self.models.values() for content in model.files.values())
        return next((one for one in every if hashlib.sha256(one).hexdigest() == digest), None)


def digest(content: bytes) -> str:
    """How the hub names a content: SHA-256 if it is large, else as git names it."""
    if len(content) >= LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serving(*, port: int = 0) -> Iterator[LoopbackHub]:
    """Serve an empty hub until the block ends."""
    hub = LoopbackHub()

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    hub.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: LoopbackHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, path = self.served, unquote(urlsplit(self.path).path)
        hub.asked.append(Request(self.command, self.path, dict(self.headers)))
        if hub.faults.silent:
            time.sleep(60)
            self.close_connection = True
        elif found := _STORED.fullmatch(path):
            self._store(found[1])
        elif found := _TREE.fullmatch(path):
            if model := self._model(found[1], found[2]):
                self._json([_entry(name, content) for name, content in model.files.items()])
        elif found := _INFO.fullmatch(path):
            if model := self._model(found[1], found[2] or "main"):
                self._json(_info(found[1], model))
        elif found := _RESOLVE.fullmatch(path):
            if model := self._model(found[1], found[2]):
                self._resolve(model, found[3])
        else:
            self._refuse(404, "EntryNotFound")

    def _model(self, repo: str, revision: str) -> HostedModel | None:
        model = self.served.models.get(repo)
        if model is None:
            self._refuse(401, "RepoNotFound")  # which the hub does not tell from a private one
        elif model.gated and "authorization" not in {key.lower() for key in self.headers}:
            self._refuse(401, "GatedRepo")
        elif revision not in ("main", model.commit):
            self._refuse(404, "RevisionNotFound")
        else:
            return model
        return None

    def _refuse(self, code: int, why: str) -> None:
        self._send(code, b"{}", {"X-Error-Code": why, "X-Error-Message": why})

    def _json(self, answer: Any) -> None:
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _resolve(self, model: HostedModel, name: str) -> None:
        if (content := model.files.get(name)) is None:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": model.commit})
            return
        told = {"X-Repo-Commit": model.commit, "ETag": f'"{digest(content)}"'}
        if len(content) < LARGE:
            self._send(200, content, told)
            return
        told["X-Linked-Etag"], told["X-Linked-Size"] = f'"{digest(content)}"', str(len(content))
        told["Location"] = f"http://localhost:{self.served.port}/stored/{digest(content)}"
        self._send(302, b"", told)

    def _send(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _store(self, named: str) -> None:
        hub, faults = self.served, self.served.faults
        content = hub.stored(named)
        if content is None:
            self._refuse(404, "EntryNotFound")
            return
        if faults.wrong:
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(asked[1]) if asked and not faults.ignore_range else 0
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        if self.command != "HEAD":
            self._stream(content, begin)

    def _stream(self, content: bytes, begin: int) -> None:
        hub, faults = self.served, self.served.faults
        cut = faults.cut_after if faults.cuts else None
        end = len(content) if cut is None else min(len(content), begin + cut)
        with suppress(ConnectionError):
            for at in range(begin, end, 1 << 14):
                time.sleep(faults.pause)
                piece = content[at : min(at + (1 << 14), end)]
                self.wfile.write(piece)
                hub.sent += len(piece)
        if end < len(content):
            faults.cuts -= 1
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)


def _info(repo: str, model: HostedModel) -> dict[str, Any]:
    told: dict[str, Any] = {
        "_id": "0" * 24,
        "id": repo,
        "modelId": repo,
        "sha": model.commit,
        "private": False,
        "gated": "manual" if model.gated else False,
        "tags": [],
        "siblings": [
            {"rfilename": name, "blobId": digest(content), "size": len(content)} | _lfs(content)
            for name, content in model.files.items()
        ],
    }
    return told | ({"cardData": {"license": model.licence}} if model.licence else {})


def _lfs(content: bytes) -> dict[str, Any]:
    if len(content) < LARGE:
        return {}
    named = {"sha256": digest(content), "size": len(content), "pointerSize": 134}
    return {"lfs": named, "blobId": hashlib.sha1(content).hexdigest()}


def _entry(name: str, content: bytes) -> dict[str, Any]:
    told = {"type": "file", "path": name, "size": len(content), "oid": digest(content)}
    if len(content) >= LARGE:
        told["oid"] = hashlib.sha1(content).hexdigest()
        told["lfs"] = {"oid": digest(content), "size": len(content), "pointerSize": 134}
    return told
