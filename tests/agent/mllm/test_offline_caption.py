from datetime import datetime

import pytest

from agent.mllm.offline_caption import QUOTED, circumstances, composed
from retrievers.hit import Picture


def _picture(taken: datetime | None = None, camera: str | None = None) -> Picture:
    return Picture("0" * 16, "0" * 64, (), 4, 3, 9, taken=taken, camera=camera)


def test_a_caption_gives_the_second_kind_only_if_it_is_likely() -> None:
    kinds = [("tabby", 0.4), ("tiger cat", 0.3), ("lynx", 0.2)]
    assert composed(kinds, ["brown", "white"]) == "Tabby or tiger cat, mostly brown and white"
    assert composed([("tabby", 0.9), ("lynx", 0.05)], []) == "Tabby"


def test_a_caption_quotes_the_text_in_the_picture() -> None:
    said = composed([("street sign", 0.9)], ["green"], ["EXIT 4", 'to "Rome"'])
    assert said == "Street sign, mostly green, that says \"EXIT 4 to 'Rome'\""


@pytest.mark.parametrize("lines", [["word " * 100], ["w" * 500], ["one"] * 90])
def test_a_caption_quotes_no_more_than_fits(lines: list[str]) -> None:
    quoted = composed([("menu", 0.9)], [], lines).split('"')[1]
    assert 0 < len(quoted) <= QUOTED
    assert " ".join(lines).startswith(quoted)


@pytest.mark.parametrize(
    ("taken", "camera", "said"),
    [
        (None, None, ""),
        (datetime(2019, 7, 4), None, "taken on Thursday 4 July 2019"),
        (datetime(2019, 7, 4, 18, 30), None, "taken on Thursday 4 July 2019 in the evening"),
        (datetime(2020, 1, 1, 23, 0), None, "taken on Wednesday 1 January 2020 at night"),
        (None, "Canon EOS 5D", "taken with Canon EOS 5D"),
        (datetime(2019, 7, 4, 9), "X", "taken on Thursday 4 July 2019 in the morning with X"),
    ],
)
def test_circumstances_say_what_exif_knows(
    taken: datetime | None, camera: str | None, said: str
) -> None:
    assert circumstances(_picture(taken, camera)) == said
