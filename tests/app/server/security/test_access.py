"""What must not get in, or out: each is refused with a clear 4xx, and the server lives on."""

import http.client
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from app.server.contract.settings import Settings, read_tokens
from tests.app.server.running import Server, running

ANNE, BERT = "token-of-anne-000001", "token-of-bert-000002"


def refused(answer: httpx.Response, *statuses: int) -> None:
    """Expect one of these statuses and a line that says why."""
    assert answer.status_code in (statuses or range(400, 500)), answer.text
    detail = answer.json()["detail"]
    assert detail and "Traceback" not in str(detail)


@pytest.fixture(scope="module")
def shared(server_home: Callable[[], Path], shapes: Path) -> Iterator[Server]:
    """A server of two users."""
    home = server_home()
    (home / "tokens").write_text(f"anne {ANNE}\nbert {BERT}\n")
    (home / "tokens").chmod(0o600)
    given = "--token-file", str(home / "tokens"), "--folder", str(shapes)
    with running(home, *given) as server:
        yield server


def as_user(server: Server, token: str) -> httpx.Client:
    return server.client(headers={"authorization": f"Bearer {token}"})


OUT = (
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fetc",
    "..\\..\\etc",
    "/etc/passwd",
    "a\0b",
    ".",
    "..",
)


def test_a_job_is_its_users_alone_and_the_collection_says_that_it_is_indexed(
    shared: Server,
) -> None:
    with as_user(shared, ANNE) as anne, as_user(shared, BERT) as bert:
        begun = anne.post("/api/v1/collections/Shapes/index", json={})
        assert begun.status_code == 202, begun.text
        at = f"/api/v1/jobs/{begun.json()['number']}"
        for asked in ("GET", "DELETE"):
            assert bert.request(asked, at).status_code == 404
        assert bert.get(f"{at}/events").status_code == 404
        assert bert.get("/api/v1/jobs").json()["jobs"] == []
        assert len(anne.get("/api/v1/jobs").json()["jobs"]) == 1
        state = anne.get(at).json()["state"]
        shown = bert.get("/api/v1/collections/Shapes").json()["indexing"]
        assert shown or anne.get(at).json()["state"] not in ("waiting", "running"), state
        told = anne.get(f"{at}/events").text
        assert '"state":"done"' in told
        (one,) = bert.get("/api/v1/collections").json()["collections"]
        assert one["indexing"] is False


@pytest.mark.parametrize("out", OUT)
@pytest.mark.parametrize(
    "path",
    [
        "/api/collections/{}/pictures/0123456789abcdef/image",
        "/api/collections/Shapes/pictures/{}/image",
        "/api/collections/Shapes/pictures/{}/file",
        "/api/sessions/{}",
        "/api/sessions/{}/export",
        "/api/uploads/{}/image",
        "/static/{}",
        "/s/{}",
    ],
)
def test_no_path_leads_out(api: httpx.Client, path: str, out: str) -> None:
    for written in (out, quote(out, safe=""), quote(quote(out, safe=""), safe="")):
        try:
            answer = api.get(path.format(written), follow_redirects=False)
        except httpx.InvalidURL:  # a client of good manners does not even send it
            continue
        assert 400 <= answer.status_code < 500 or answer.status_code in (200, 307)
        assert "root:" not in answer.text
        if answer.status_code == 200:  # `.` and `..` are taken out by the client itself
            assert answer.headers["content-type"].startswith(("application/json", "text/html"))


@pytest.mark.parametrize("raw", ["/../../../etc/passwd", "/static/../../../../etc/passwd"])
def test_no_raw_path_leads_out(served: Server, raw: str) -> None:
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", raw, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"root:" not in answer.read()
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/sessions/hers", None),
        ("POST", "/api/sessions/hers/turns", {"said": "red"}),
        ("POST", "/api/sessions/hers/events", {"said": "red"}),
        ("PATCH", "/api/sessions/hers", {"name": "mine"}),
        ("DELETE", "/api/sessions/hers", None),
        ("GET", "/api/sessions/hers/export", None),
        ("POST", "/page/hers/turns", {"said": "red"}),
        ("GET", "/s/hers", None),
        ("GET", "/page/hers/pictures/0123456789abcdef", None),
    ],
)
def test_a_session_of_another_user_does_not_exist(
    shared: Server, method: str, path: str, body: object
) -> None:
    with as_user(shared, ANNE) as anne, as_user(shared, BERT) as bert:
        anne.post("/api/sessions", json={"collection": "Shapes", "name": "hers"})
        refused(bert.request(method, path, json=body), 404)
        assert [one["name"] for one in bert.get("/api/sessions").json()["sessions"]] == []
        assert anne.get("/api/sessions/hers").status_code == 200


def test_sessions_of_one_name_and_uploads_of_two_users_never_mix(shared: Server) -> None:
    with as_user(shared, ANNE) as anne, as_user(shared, BERT) as bert:
        for user, said in ((anne, "circle"), (bert, "square")):
            user.post("/api/sessions", json={"collection": "Shapes", "name": "both"})
            user.post("/api/sessions/both/turns", json={"said": said})
        assert anne.get("/api/sessions/both").json()["turns"][0]["said"] == "circle"
        assert bert.get("/api/sessions/both").json()["turns"][0]["said"] == "square"
        bert.delete("/api/sessions/both")
        picture = (shared.home / "hers.png").with_suffix(".png")
        Image.new("RGB", (9, 9), "red").save(picture)
        upload = anne.post("/api/uploads", content=picture.read_bytes()).json()["id"]
        refused(bert.get(f"/api/uploads/{upload}/image"), 404)
        search = {"examples": [upload]}
        refused(bert.post("/api/collections/Shapes/search", json=search), 404)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong-token-of-nobody"},
        {"authorization": f"Bearer {ANNE.upper()}"},
        {"authorization": f"Basic {ANNE}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer ü".encode()},
        {"cookie": "dialens_session=wrong"},
        {"cookie": f"dialens_session={ANNE}"},
        {"cookie": f"dialens_token={ANNE}"},
        {"cookie": f"other={ANNE}; dialens_session="},
        {"x-forwarded-user": "anne", "x-forwarded-for": "127.0.0.1"},
    ],
)
def test_without_a_token_of_a_user_nothing_is_shown(
    shared: Server, headers: dict[str, str]
) -> None:
    with shared.client(headers=headers) as nobody:
        for path in ("/api/collections", "/metrics", "/openapi.json", "/v1/models", "/"):
            refused(nobody.get(path), 401)
        assert nobody.get("/health").status_code == 200


def test_a_browser_signs_in_once_and_keeps_a_cookie_that_scripts_cannot_read(
    shared: Server,
) -> None:
    with shared.client(headers={"accept": "text/html"}) as browser:
        assert browser.get("/").headers["location"] == "/login?next=%2F"
        wrong = browser.post("/login?next=%2Fs%2Fa%23b", data={"token": "wrong"})
        assert wrong.status_code == 303  # Back must not find a form that was sent
        assert wrong.headers["location"] == "/login?wrong=1&next=%2Fs%2Fa%23b"
        assert "No user has this token" in browser.get(wrong.headers["location"]).text
        right = browser.post("/login", data={"token": ANNE})
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400),
        ({"host": "127.0.0.1.evil.example"}, 400),
        ({"host": "evil.example:80@127.0.0.1"}, 400),
        ({"host": "["}, 400),
        ({"host": ""}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "none"}, 403),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 403),
    ],
)
def test_a_request_from_elsewhere_is_refused(
    api: httpx.Client, headers: dict[str, str], status: int
) -> None:
    asked = {"collection": "Shapes"}
    refused(api.post("/api/sessions", json=asked, headers=headers), status)


def test_a_second_host_header_is_refused(served: Server) -> None:
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", "/health", skip_host=True)
    connection.putheader("Host", "127.0.0.1")
    connection.putheader("Host", "evil.example")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize(
    "name", ["x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url"]
)
def test_headers_of_proxies_change_nothing(api: httpx.Client, name: str) -> None:
    answer = api.get("/api/collections", headers={name: "/etc/passwd"})
    assert answer.status_code == 200
    assert api.get("/health", headers={name: "evil.example"}).json()["status"] == "ok"


def test_what_is_forged_into_a_request_id_never_comes_back(api: httpx.Client) -> None:
    given = "abcdefgh\tset-cookie: a=b"
    assert api.get("/health", headers={"x-request-id": given}).headers["x-request-id"] != given


def test_a_huge_header_ends_the_connection_and_not_the_server(served: Server) -> None:
    with served.client() as client:
        try:
            status = client.get("/health", headers={"x-junk": "a" * 200_000}).status_code
        except httpx.TransportError:  # it was cut off while it was still sending
            status = 400
        assert status in (400, 431)
        assert client.get("/health").status_code == 200


def test_a_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame(api: httpx.Client) -> None:
    headers = api.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_only_folders_that_were_named_can_become_collections(
    api: httpx.Client, shapes: Path
) -> None:
    for folder in ("/etc", str(shapes.parent / ".." / ".."), "relative", "~", f"{shapes}\0x"):
        refused(api.post("/api/collections/new/index", json={"folder": folder}))
    link = shapes.parent / "way out"
    link.symlink_to("/etc", target_is_directory=True)
    refused(api.post("/api/collections/new/index", json={"folder": str(link)}), 403)


def test_others_may_reach_a_server_only_with_a_token() -> None:
    with pytest.raises(ValueError, match="can be reached by others, and there is no token"):
        Settings(host="0.0.0.0")
    with pytest.raises(ValueError, match="has 5 characters; 16 are due"):
        Settings(tokens={"short": "anne"})
    assert "0.0.0.0" not in Settings(host="0.0.0.0", tokens={ANNE: "anne"}).hosts


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("anne", "line 1 must be NAME TOKEN"),
        (f"# ours\n../anne {ANNE}", "line 2 must be NAME TOKEN"),
        (f"anne {ANNE}\nbert {ANNE}", "line 2 gives 'bert' the token of another user"),
    ],
)
def test_a_file_of_tokens_is_checked(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "tokens").write_text(text)
    (tmp_path / "tokens").chmod(0o600)
    with pytest.raises(ValueError, match=wrong):
        read_tokens(tmp_path / "tokens")


def test_a_damaged_collection_is_said_to_be_damaged_and_the_others_go_on(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    broken = home / "collections" / "Broken"
    broken.mkdir()
    (broken / "records.db").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    cut = home / "collections" / "Cut"
    shutil.copytree(home / "collections" / "Shapes", cut)
    vectors = next(cut.glob("vectors*"))
    os.truncate(vectors, vectors.stat().st_size // 2)
    with running(home) as server, server.client() as client:
        listed = {one["name"]: one for one in client.get("/api/collections").json()["collections"]}
        assert listed["Broken"]["error"] and not listed["Shapes"]["error"]
        refused(client.post("/api/collections/Cut/search", json={"text": "a"}), 409)
        refused(client.post("/api/collections/Broken/search", json={"text": "a"}), 409)
        good = client.post("/api/collections/Shapes/search", json={"text": "circle"})
        assert len(good.json()["hits"]) == 12
        lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
        assert all("Traceback" not in json.loads(line)["message"] for line in lines)
