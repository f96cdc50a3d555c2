"""Ask a server for /health ten times a second, from a process that does nothing else.

    python -m benchmarks.serving.health_watch 127.0.0.1:8000

Each time on a connection of its own; writes what each took, in seconds, until its input ends. In a
process that also plays twenty people, an answer waits for them and not for the server.
"""

import socket
import sys
from select import select
from time import perf_counter

ASK = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


def asked(host: str, port: int) -> float:
    """Return the seconds from the connection to the end of the answer; a minute without one."""
    begin = perf_counter()
    try:
        with socket.create_connection((host, port), timeout=60) as held:
            held.sendall(ASK)
            answer = b""
            while part := held.recv(4096):
                answer += part
    except OSError:
        return 60.0
    return perf_counter() - begin if b" 200 " in answer[:20] else 60.0


def main() -> None:
    host, _, port = sys.argv[1].partition(":")
    while not select([sys.stdin], [], [], 0.1)[0]:
        print(asked(host, int(port)), flush=True)


if __name__ == "__main__":
    main()
