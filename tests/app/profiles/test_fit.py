"""Which profiles fit a machine, told from what the machine says of itself."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.profile import shipped
from app.cli import app
from app.profiles.auto import OPEN, candidates
from app.profiles.fit import fits
from app.profiles.machine import Machine, this_machine

SMALL = Machine(cores=2, memory=2_000_000_000)
LARGE = Machine(cores=16, memory=64_000_000_000, gpu="NVIDIA", gpu_memory=24_000_000_000)


def test_what_a_machine_lacks_is_named() -> None:
    lacks = {one.profile.name: one.lacks for one in fits(SMALL)}
    assert lacks["offline"] == ()
    assert lacks["laptop"] == ("2.5 GB of memory",)
    assert lacks["gpu"] == ("8 GB of memory", "a GPU with 6 GB")
    assert not any(lacks for _, lacks in ((one.profile.name, one.lacks) for one in fits(LARGE)))


def test_only_open_weights_are_chosen_and_the_larger_ones_with_a_gpu() -> None:
    assert [one.name for one in candidates(SMALL)] == ["laptop"]
    assert [one.name for one in candidates(LARGE)] == ["gpu", "laptop"]
    for machine in (SMALL, LARGE):
        assert all(one.licence in OPEN for one in candidates(machine))
    assert shipped()["mobile"].licence not in OPEN


def test_the_driver_tells_the_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho '8192, NVIDIA Small'\necho '24576, NVIDIA Large'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    machine = this_machine()
    assert (machine.gpu, machine.gpu_memory) == ("NVIDIA Large", 24576 << 20)
    driver.write_text("#!/bin/sh\nexit 9\n")
    assert this_machine().gpu_memory == 0
    assert this_machine().cores >= 1
    assert this_machine().memory > 100_000_000


def test_the_command_tells_licence_size_and_figure() -> None:
    ran = CliRunner().invoke(app, ["profiles", "--json"])
    told = {one["name"]: one for one in json.loads(ran.stdout)}
    assert told["auto"]["encoder"] == told["laptop"]["encoder"]
    assert told["laptop"]["licence"] == "Apache-2.0"
    assert told["laptop"]["download"] == 786
    assert "COCO 53.2" in told["laptop"]["published"]
    assert told["offline"]["here"]
    assert told["offline"]["pictures_a_second"] is None
    shown = CliRunner().invoke(app, ["profiles"]).stdout
    assert "This machine: " in shown
    assert "research only" in shown
