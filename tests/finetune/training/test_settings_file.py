from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.error import FinetuneError
from finetune.recipes.grace import recipe
from finetune.settings import Lora, Training
from finetune.training.settings_file import checked, defaults, read_config, written
from tests.finetune.lines import LineConfig


def _file(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_a_file_sets_and_the_command_line_wins(tmp_path: Path) -> None:
    path = _file(tmp_path, 'slope = 2\nnames = ["a"]\n[training]\nbatch = 4\n[lora]\nrank = 16\n')
    config = read_config(LineConfig, path, ["lora.rank=32", "training.lr=2e-3", "path=a b.csv"])
    assert config.lora == Lora(rank=32)
    assert config.training == Training(batch=4, lr=2e-3)
    assert (config.slope, config.names) == (2.0, ("a",))
    assert config.path == Path("a b.csv").absolute()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("lora.rang=1", "lora.rang: there is no such key; there are rank, alpha"),
        (
            "training.batch=many",
            "training.batch: must be a whole number, without quotes; got 'many'",
        ),
        ("training.batch=0", "training.batch: must be at least 1; got 0"),
        ("lora.bits=3", "lora.bits: must be one of 0, 4 or 8; got 3"),
        ("rank", "a change is NAME=VALUE, such as lora.rank=16; got 'rank'"),
        ("slope.a=1", "slope: must be a number, without quotes; got {'a': 1}"),
        *(
            (f"training.lr={value}", r"training.lr: must be (above 0|a finite number); got ")
            for value in ("inf", "-inf", "nan", "1e400", "-1", "0")
        ),
        ("training.lr=Infinity", "training.lr: must be a number, without quotes; got 'Infinity'"),
        ("training.weight_decay=inf", "training.weight_decay: must be a finite number; got inf"),
        ("training.weight_decay=-1", "training.weight_decay: must be at least 0"),
        ("training.betas=[0.9, nan]", r"training.betas\[1\]: must be a finite number; got nan"),
        ("training.betas=[0.9, 1.5]", "training.betas: must be in 0..1, 1 excluded"),
        ("training.clip=1e999", "training.clip: must be a finite number; got inf"),
        ("slope=nan", "slope: must be a finite number; got nan"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(change: str, said: str) -> None:
    with pytest.raises(FinetuneError, match=said) as raised:
        read_config(LineConfig, None, [change])
    assert "\n" not in str(raised.value)


def test_each_wrong_setting_has_a_line(tmp_path: Path) -> None:
    path = _file(tmp_path, "[training]\nepochs = 0\nlr = 0\n[lora]\nrank = 0\n")
    with pytest.raises(FinetuneError) as raised:
        read_config(LineConfig, path)
    assert str(raised.value).splitlines() == [
        f"{path}: training.epochs: must be at least 1; got 0",
        f"{path}: training.lr: must be above 0; got 0.0",
        f"{path}: lora.rank: must be at least 1; got 0",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match=r"absent.toml cannot be read: No such file"):
        read_config(LineConfig, tmp_path / "absent.toml")
    with pytest.raises(FinetuneError, match=r"config.toml cannot be read as TOML"):
        read_config(LineConfig, _file(tmp_path, "a = = 1"))


@given(
    slope=st.floats(allow_nan=False, allow_infinity=False),
    names=st.lists(st.text(st.characters(codec="utf-8"))),
    rank=st.integers(1, 99),
    dora=st.booleans(),
)
def test_settings_read_back_as_they_were_written(
    slope: float, names: list[str], rank: int, dora: bool
) -> None:
    import tomllib

    config = LineConfig(slope=slope, names=tuple(names), lora=Lora(rank=rank, dora=dora))
    assert checked(LineConfig, tomllib.loads(written(config)), "it") == config


def test_a_table_given_in_part_keeps_the_recipes_own_defaults() -> None:
    config = read_config(recipe.RECIPE.config, None, ["captions=a.csv", "training.epochs=3"])
    assert (config.training.epochs, config.training.lr, config.lora.rank) == (3, 3e-3, 16)
    assert defaults(recipe.RECIPE.config)["training"]["lr"] == 3e-3
