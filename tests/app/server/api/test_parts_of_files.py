"""A picture's file is sent whole, in part or not at all, as a client asks for it (RFC 9110)."""

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def path(api: httpx.Client) -> str:
    listed = api.get("/api/v1/collections/Shapes/pictures", params={"limit": 1}).json()
    return str(listed["pictures"][0]["image"]).removesuffix("/image") + "/file"


@pytest.fixture
def whole(api: httpx.Client, path: str) -> Iterator[httpx.Response]:
    answer = api.get(path)
    assert answer.status_code == 200 and answer.headers["accept-ranges"] == "bytes"
    yield answer


def test_a_part_is_sent_with_its_place(api: httpx.Client, path: str, whole: httpx.Response) -> None:
    size = len(whole.content)
    for asked, begin, end in (
        ("bytes=0-99", 0, 99),
        ("Bytes=100-", 100, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=-{10 * size}", 0, size - 1),
        (f"bytes=5-{10**20}", 5, size - 1),
        ("bytes=, 3-3 ,", 3, 3),
    ):
        told = api.get(path, headers={"range": asked})
        assert told.status_code == 206, asked
        assert told.content == whole.content[begin : end + 1]
        assert told.headers["content-range"] == f"bytes {begin}-{end}/{size}"
        assert told.headers["etag"] == whole.headers["etag"]
        assert told.headers["content-disposition"] == whole.headers["content-disposition"]


def test_a_part_that_there_is_not_is_refused_with_the_size(
    api: httpx.Client, path: str, whole: httpx.Response
) -> None:
    size = len(whole.content)
    for asked in (f"bytes={size}-", f"bytes={10**25}-", "bytes=-0"):
        told = api.get(path, headers={"range": asked})
        assert told.status_code == 416
        assert told.headers["content-range"] == f"bytes */{size}"
        assert told.json()["detail"].startswith(f"the file has {size} bytes; got Range")


def test_what_is_no_single_range_of_bytes_is_answered_with_the_whole(
    api: httpx.Client, path: str, whole: httpx.Response
) -> None:
    for asked in (
        *("bytes=9-5", "bytes=a-b", "bytes=-", "bytes", "bytes=", "lines=1-2", "bytes=1-2-3"),
        *("bytes=0-1,4-5", "bytes=１-２", "bytes=" + "9" * 5000 + "-"),
    ):
        told = api.get(path, headers={b"range": asked.encode()})
        assert (told.status_code, told.content) == (200, whole.content), asked


def test_a_file_that_is_known_already_is_not_sent_again(
    api: httpx.Client, path: str, whole: httpx.Response
) -> None:
    tag = whole.headers["etag"]
    for known in (tag, f"W/{tag}", f'"a, b", {tag}', "*"):
        told = api.get(path, headers={"if-none-match": known, "range": "bytes=0-1"})
        assert (told.status_code, told.content) == (304, b"")
        assert told.headers["etag"] == tag
    assert api.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert api.get(path, headers={"if-match": '"other"'}).status_code == 412
    assert api.get(path, headers={"if-match": f"W/{tag}"}).status_code == 412
    assert api.get(path, headers={"if-match": tag}).status_code == 200


def test_the_rest_of_a_download_is_sent_if_the_file_is_the_same(
    api: httpx.Client, path: str, whole: httpx.Response
) -> None:
    rest = {"range": "bytes=50-"}
    same = api.get(path, headers={**rest, "if-range": whole.headers["etag"]})
    assert (same.status_code, same.content) == (206, whole.content[50:])
    for other in ('"other"', f"W/{whole.headers['etag']}", "Sat, 28 Nov 2026 00:00:00 GMT"):
        told = api.get(path, headers={**rest, "if-range": other})
        assert (told.status_code, told.content) == (200, whole.content)


def test_a_head_tells_of_the_whole(api: httpx.Client, path: str, whole: httpx.Response) -> None:
    told = api.head(path, headers={"range": "bytes=0-9"})
    assert (told.status_code, told.content) == (200, b"")
    for name in ("content-length", "etag", "accept-ranges", "content-type", "content-disposition"):
        assert told.headers[name] == whole.headers[name]
    known = {"if-none-match": whole.headers["etag"]}
    assert api.head(path, headers=known).status_code == 304
