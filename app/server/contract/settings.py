"""How a server is run: where it listens, who may use it, and how much it takes on."""

import ipaddress
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.stages.config import Stages
from retrievers.text.encodings import read_text

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SHORTEST_TOKEN = 16
PLAIN = "plain"  # the stages of a collection's profile, and none where it names none
MEGA = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set of a server.

    Attributes:
        host: the address to listen on.
        port: 0 takes a free one.
        tokens: user by token; empty: whoever reaches the server is its one user.
        names: further host names that it answers to, such as `photos.example.org`.
        stages: what can stand behind the first stage, by name; the first is the default.
        folders: new collections are made of these folders and those below them only.
        page: pictures per answer.
        workers: searches at a time.
        waiting: searches that may wait; one more is answered 503.
        upload_bytes: size of an uploaded picture.
        upload_pixels: width times height of an uploaded picture.
        kept_bytes: uploads that are kept per user.
        kept_sessions: conversations that are kept per user.
        session_bytes: what they may have together.
        kept_collections: those that a user may make, of several users.
        remote: whether pictures may be named by a URL.
        same_machine: whether users have this machine's files at hand, and are told paths.
        grace: seconds that requests in flight have when the server is stopped.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    tokens: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    stages: Mapping[str, Stages] = field(default_factory=lambda: {PLAIN: Stages()})
    folders: tuple[Path, ...] = ()
    page: int = 12
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    waiting: int = 16
    upload_bytes: int = 30 * MEGA
    upload_pixels: int = 100 * MEGA
    kept_bytes: int = 500 * MEGA
    kept_sessions: int = 10_000
    session_bytes: int = 1000 * MEGA
    kept_collections: int = 100
    remote: bool = False
    same_machine: bool = False
    grace: int = 30

    def __post_init__(self) -> None:
        if not self.tokens and not is_loopback(self.host):
            raise ValueError(
                f"--host {self.host} can be reached by others, and there is no token; set"
                " DIALENS_TOKEN to 16 characters or more, or name users in a --token-file"
            )
        for token, user in self.tokens.items():
            if len(token) < SHORTEST_TOKEN:
                raise ValueError(f"the token of {user!r} has {len(token)} characters; 16 are due")

    @property
    def several(self) -> bool:
        """Whether there is more than one user, of whom none may take everything."""
        return len(set(self.tokens.values())) > 1

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that a request may be addressed to."""
        own = {self.host.lower()} - {"0.0.0.0", "::"}
        return LOCAL_NAMES | own | {name.lower() for name in self.names}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_tokens(path: Path) -> dict[str, str]:
    """Read a file of lines `NAME TOKEN`; returns the user by token.

    Raises:
        ValueError: it cannot be read, others may read it, a line is malformed, or two users share
            a token.
    """
    try:
        mode = path.stat().st_mode & 0o777
        text = read_text(path)
    except OSError as error:
        due = "it holds a line NAME TOKEN for each user"
        raise ValueError(f"--token-file {path}: {error.strerror}; {due}") from error
    if os.name == "posix" and mode & 0o077:
        remedy = f"chmod 600 {shlex.quote(str(path))}"
        raise ValueError(f"{path}: holds tokens, and others may read it (mode {mode:o}); {remedy}")
    users: dict[str, str] = {}
    for at, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != 2 or not words[0].isidentifier():
            raise ValueError(f"{path}: line {at} must be NAME TOKEN, the name letters and digits")
        if words[1] in users:
            raise ValueError(f"{path}: line {at} gives {words[0]!r} the token of another user")
        users[words[1]] = words[0]
    return users
