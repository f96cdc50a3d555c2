"""The address that a server prints opens its page, wherever it listens."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.server.contract.settings import Settings
from app.server.operation.socket_listening import address, bound
from tests.app.server.running import running

TOKEN = "a-token-of-the-owner-01"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_the_printed_address_is_one_that_the_server_listens_on_and_answers_to(host: str) -> None:
    with bound(host, 0) as listening:
        url = httpx.URL(address(listening))
        assert url.port == listening.getsockname()[1]
        assert url.host in Settings(host=host, tokens={TOKEN: "owner"}).hosts
        if host == "::":
            with httpx.Client(timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
                client.get(f"http://127.0.0.1:{url.port}/")  # connected, and nobody answers


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_on_all_addresses_prints_one_that_opens_and_the_names_that_are_allowed(
    server_home: Callable[[], Path], host: str
) -> None:
    options = ("--host", host, "--name", "photos.example.org")
    with running(server_home(), *options, token=TOKEN) as server:
        told = server.log.read_text()
        (printed,) = re.findall(r"dialens is at (\S+);", told)
        assert httpx.get(f"{printed}health").status_code == 200
        assert f"http://photos.example.org:{httpx.URL(printed).port}" in told
