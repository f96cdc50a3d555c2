"""The socket that a server listens on."""

import ipaddress
import socket
from collections.abc import Iterable


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        OSError: the address is taken, or is not this machine's.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        both = family is socket.AF_INET6 and socket.has_dualstack_ipv6() and _is_any(host)
        listening = socket.create_server(
            (host, port), family=family, backlog=512, dualstack_ipv6=both
        )
    except OSError as error:
        raise OSError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    # inherited by what it accepts; without it the second part of an answer waits 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def address(listening: socket.socket) -> str:
    """Return where this machine's browser finds the server, under a name that it answers to."""
    host, port = listening.getsockname()[:2]
    if host == "127.0.0.1" or _is_any(host):
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def elsewhere(listening: socket.socket, names: Iterable[str]) -> str:
    """Say how other machines find a server that listens on all addresses; else nothing."""
    host, port = listening.getsockname()[:2]
    if not _is_any(host):
        return ""
    known = ", ".join(f"http://{name}:{port}" for name in names)
    return f"from other machines: {known or 'by each name that --name allows, and none is given'}\n"


def _is_any(host: str) -> bool:
    """Whether it stands for all addresses of this machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
