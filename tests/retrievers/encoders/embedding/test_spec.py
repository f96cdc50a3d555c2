from pathlib import Path

import pytest

from retrievers.encoder import EncoderError
from retrievers.encoders.embedding.spec import EmbeddingSpec, part, read_spec


@pytest.mark.parametrize(
    ("which", "spec"),
    [
        ("our/net", EmbeddingSpec("our/net")),
        ("our/net@main?dim=512", EmbeddingSpec("our/net@main", dim=512)),
        (
            "our/net?instruction=Is it a dog?&first=words",
            EmbeddingSpec("our/net", instruction="Is it a dog?", first="words"),
        ),
        (
            "our/net?instruction=black %26 white&document=&picture=Look.+Now.",
            EmbeddingSpec(
                "our/net", instruction="black & white", document="", picture="Look. Now."
            ),
        ),
        ("net?x=1?pixels=99&tokens=7", EmbeddingSpec("net?x=1", pixels=99, tokens=7)),
    ],
)
def test_what_is_said_is_read(which: str, spec: EmbeddingSpec) -> None:
    assert read_spec(which) == spec


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("dim=0", "dim must be a whole number from 1; got '0'"),
        ("dim=many", "dim must be a whole number from 1; got 'many'"),
        ("first=both", "first must be picture or words; got 'both'"),
        ("dim=1&dim=2", "dim is said twice"),
        ("dim=1&size=2", "unknown option 'size'; options are dim, instruction, document"),
        ("instruction=black & white", "with %26 for an &"),
        ("instruction=" + "a" * 501, "instruction must have at most 500 letters; got 501"),
    ],
)
def test_what_cannot_be_is_refused(options: str, says: str) -> None:
    with pytest.raises(EncoderError, match=says.replace("?", r"\?")):
        read_spec(f"our/net?{options}")


def test_a_folder_may_be_called_like_an_option(tmp_path: Path) -> None:
    folder = tmp_path / "net?dim=5"
    folder.mkdir()
    assert part(str(folder)) == (str(folder), "")
    assert part(f"{folder}?dim=7") == (str(folder), "?dim=7")
