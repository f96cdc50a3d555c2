import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from agent.mllm.mllm import MllmError
from agent.mllm.offline_mllm import OfflineMllm
from agent.ocr import TextReader, can_read
from retrievers.offline.encoder import OfflineEncoder
from retrievers.pictures import UnreadablePicture
from retrievers.recorded_files import record_of
from tests.agent.signs import sign

SIGNS = (
    *("EXIT", "NO PARKING", "Platform 9", "Bakery since 1923", "Happy Birthday Anna"),
    *("Please keep off the grass", "Invoice 2024-117", "Total 35,90 EUR", "Ausfahrt freihalten"),
    *("Sortie de secours", "Chapter One", "www.example.org", "Flight LH 1234 Gate B7"),
    *("Emergency stop", "Room 215", "Grand Hotel"),
)
needs_ocr = pytest.mark.skipif(not can_read(), reason="pip install 'dialens[ocr]'")


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(threads=1)


@needs_ocr
def test_most_signs_are_read_as_they_are_written(reader: TextReader) -> None:
    read = [
        " ".join(reader.lines(sign(says, size=20 + 6 * (number % 6), ink=number))) == says
        for number, says in enumerate(SIGNS)
    ]
    assert sum(read) >= 0.8 * len(SIGNS), [says for says, ok in zip(SIGNS, read, strict=True) if ok]


@needs_ocr
def test_lines_come_from_the_top_down(reader: TextReader) -> None:
    assert reader.lines(sign("first line here and the second line", width=360)) == [
        "first line here and",
        "the second line",
    ]


@needs_ocr
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_nothing_is_read_where_nothing_is_written(reader: TextReader, mode: str) -> None:
    assert reader.lines(Image.new(mode, (300, 200))) == []
    assert reader.lines(Image.new(mode, (1, 1))) == []


@needs_ocr
def test_a_lone_letter_is_no_text(reader: TextReader) -> None:
    assert reader.lines(sign("O", size=300)) == []


@needs_ocr
def test_files_are_read_and_bad_ones_named(reader: TextReader, tmp_path: Path) -> None:
    sign("Grand Hotel").save(tmp_path / "a.png")
    hotel = record_of(tmp_path / "a.png")
    assert reader.of_pictures([hotel]) == ["Grand Hotel"]
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(UnreadablePicture, match=r"a\.png"):
        reader.of_pictures([hotel])


@needs_ocr
def test_reading_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: object, **options: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert TextReader(threads=1).lines(sign("EXIT")) == ["EXIT"]


@needs_ocr
def test_a_caption_says_what_is_written() -> None:
    encoder = OfflineEncoder(threads=1)
    (reading,) = OfflineMllm(encoder, threads=1).caption([sign("Grand Hotel")])
    (blind,) = OfflineMllm(encoder, threads=1, reads=False).caption([sign("Grand Hotel")])
    assert reading == f'{blind}, that says "Grand Hotel"'
    assert OfflineMllm(encoder).name != OfflineMllm(encoder, reads=False).name


def test_asking_for_text_without_the_ocr_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.mllm.offline_mllm.can_read", lambda: False)
    with pytest.raises(MllmError, match=r"pip install 'dialens\[ocr\]'"):
        OfflineMllm(OfflineEncoder(), reads=True)
    assert "rapidocr" not in OfflineMllm(OfflineEncoder()).name


def test_the_ocr_is_not_imported_before_it_reads() -> None:
    program = (
        "import sys; from agent.mllm.offline_mllm import OfflineMllm; OfflineMllm();"
        "sys.exit('rapidocr' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
