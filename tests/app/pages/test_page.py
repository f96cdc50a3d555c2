"""Pages stand alone, keep what is data from becoming markup, and name every picture."""

import os
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from agent.turns.turn import Turn
from app.pages.page import conversation_page, gallery_page
from retrievers.hit import Hit, Picture, Why
from tests.hostile import odd_names, photo, saved

NOW = datetime(2024, 5, 6, 7, 8, 9)
VOID = {"meta", "img", "br", "link", "path", "circle"}


class Tags(HTMLParser):
    """Collect a page's tags and text, and check that every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def hit(path: Path, rank: int = 1, **facts: object) -> Hit:
    digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else "0" * 64
    picture = Picture(f"{rank:016}", digest, (path,), 120, 80, 1234, **facts)  # type: ignore[arg-type]
    return Hit(picture, 0.31, rank, Why({"vector": 0.31}, {"vector": 2}, ("boat",)))


@pytest.fixture
def boat(tmp_path: Path) -> Path:
    path = tmp_path / "photos" / "boat.jpg"
    path.parent.mkdir()
    path.write_bytes(saved(photo(), "JPEG"))
    return path


def test_a_gallery_shows_every_hit_with_number_score_reason_and_facts(boat: Path) -> None:
    taken = hit(boat, taken=datetime(2019, 7, 4), camera="Canon EOS 5D", caption="a red boat")
    page = Tags(gallery_page([taken, hit(boat, 2)], boat.parent.parent / "a.html", asked="boats"))
    assert [image["alt"] for image in page.all("img")] == ["a red boat", "picture 2, boat.jpg"]
    assert [link["href"] for link in page.all("a")][1:] == ["./photos/boat.jpg"] * 2
    for text in ("boats", "2 pictures", "0.310", "vector 0.310 (#2) · found boat", "4 July 2019"):
        assert text in page.text
    assert "120 × 80" in page.text
    assert "Canon EOS 5D" in page.text


def test_a_page_needs_nothing_beside_it(boat: Path) -> None:
    page = Tags(gallery_page([hit(boat)], boat.with_suffix(".html")))
    assert all((image["src"] or "").startswith("data:image/webp") for image in page.all("img"))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    policy = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy[0] is not None
    assert policy[0].startswith("default-src 'none'")


def test_nothing_found_is_said(tmp_path: Path) -> None:
    assert "Nothing meets these conditions." in gallery_page([], tmp_path / "a.html")
    assert "Nothing was said yet." in conversation_page([], tmp_path / "a.html")


def test_a_picture_that_is_gone_leaves_its_reason(tmp_path: Path) -> None:
    page = gallery_page([hit(tmp_path / "gone.jpg")], tmp_path / "a.html")
    assert "there is no such file" in page
    assert Tags(page).all("img") == []


def test_a_conversation_shows_each_turn_and_links_to_it(boat: Path) -> None:
    turns = [
        Turn(1, "boats", NOW, understood="boats", hits=(hit(boat),)),
        Turn(2, "why 1?", NOW, reply="1 is boat.jpg", lost=("rerank: no answer",)),
    ]
    page = Tags(conversation_page(turns, boat.with_suffix(".html")))
    ids = {section["id"] for section in page.all("section")}
    assert {f"#{name}" for name in ids} < {link["href"] for link in page.all("a")}
    for text in ("boats", "why 1?", "1 is boat.jpg", "passed over: rerank: no answer"):
        assert text in page.text


def test_what_was_said_and_what_files_hold_never_becomes_markup(boat: Path) -> None:
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}\udcff'
    found = hit(boat, caption=evil, camera=evil)
    turns = [Turn(1, evil, NOW, understood=evil, reply=evil, lost=(evil,), hits=(found,))]
    for page in (
        conversation_page(turns, boat.with_suffix(".html")),
        gallery_page([found], boat.with_suffix(".html"), asked=evil),
    ):
        assert "script" not in {tag for tag, _ in Tags(page).tags}
        assert "{{ 7 * 7 }}" in page
        page.encode("utf-8")


def test_links_lead_to_files_of_any_name(tmp_path: Path) -> None:
    for rank, name in enumerate(odd_names(), 1):
        path = tmp_path / name
        path.write_bytes(saved(photo(), "PNG"))
        page = Tags(gallery_page([hit(path, rank)], tmp_path / "a.html"))
        link = page.all("a")[1]["href"] or ""
        assert Path(os.fsdecode(unquote_to_bytes(tmp_path.name + link[1:]))).name == name
        assert link.isascii()
