from pathlib import Path

import pytest

import agent.profile
from agent.profile import DEFAULT, Models, ProfileError, default_profile, profile, profiles
from agent.typed_toml import read_toml, typed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    return tmp_path


def test_the_shipped_profiles_each_name_an_encoder_and_say_what_they_are_for() -> None:
    assert list(profiles()) == ["auto", "offline", "laptop", "gpu", "server", "mobile"]
    assert all(one.encoder and one.about for one in profiles().values())
    assert all(one.licence for one in profiles().values() if one.encoder != "auto")
    assert profile(DEFAULT).encoder == "auto"


def test_the_environment_names_the_profile_of_new_collections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIALENS_PROFILE", "gpu")
    assert default_profile().name == "gpu"
    monkeypatch.setenv("DIALENS_PROFILE", "none such")
    with pytest.raises(ProfileError, match=r"\$DIALENS_PROFILE: no profile 'none such'"):
        default_profile()
    monkeypatch.delenv("DIALENS_PROFILE")
    assert default_profile() == profile(DEFAULT)


def test_the_shipped_profiles_are_what_a_users_may_be() -> None:
    """They are read without the checks of a user's file, which take 0.15 s to import."""
    shipped = Path(agent.profile.__file__).with_name("profiles.toml")
    assert list(typed(dict[str, Models], read_toml(shipped), shipped)) == list(profiles())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_user_file_replaces_a_profile_of_the_same_name_and_adds_others(
    home: Path, encoding: str
) -> None:
    (home / "profiles.toml").write_text(
        '[laptop]\nencoder = "open_clip:/models/mine"\nthreads = 2\n[mine]\nencoder = "offline"\n',
        encoding,
    )
    assert profile("laptop").encoder == "open_clip:/models/mine"
    assert profile("laptop").threads == 2
    assert profile("mine").name == "mine"
    assert profile("gpu").device == "cuda"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[broken", "cannot be read as TOML"),
        ("loose = 1", r"toml: loose: must be a table; got 1"),
        ('[a]\nabout = "no encoder"', r"toml: a\.encoder: is missing"),
        (
            '[a]\nencoder = "offline"\nspeed = 3',
            r"toml: a\.speed: there is no such key; there are encoder",
        ),
        ("[a]\nencoder = 3", r"toml: a\.encoder: must be a text in quotes; got 3"),
        (
            '[a]\nencoder = "offline"\nthreads = true',
            r"a\.threads: must be a whole number, without quotes; got True",
        ),
    ],
)
def test_a_malformed_user_file_is_refused_by_name(home: Path, text: str, message: str) -> None:
    (home / "profiles.toml").write_text(text)
    with pytest.raises(ProfileError, match=message) as refusal:
        profiles()
    assert str(home / "profiles.toml") in str(refusal.value)


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"no profile 'huge'; there are auto, offline, "):
        profile("huge")
