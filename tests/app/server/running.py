"""A server as people run it: its own process, its own home, a real collection."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[3]
COLOURS = {
    "red": (200, 20, 20),
    "green": (20, 150, 40),
    "blue": (20, 40, 200),
    "yellow": (240, 220, 20),
}
SHAPES = ("circle", "square", "stripes", "plain")


@dataclass
class Server:
    """A server that runs.

    Attributes:
        url: of its page, without the slash at the end.
        home: its DIALENS_HOME.
        process: the running one.
        log: the file with its standard error.
    """

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, **options: object) -> httpx.Client:
        """Return a client that speaks to it."""
        return httpx.Client(base_url=self.url, timeout=180, **options)  # type: ignore[arg-type]

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)


@contextmanager
def running(home: Path, *options: str, token: str = "", port: int = 0) -> Iterator[Server]:
    """Start `dialens serve`, and stop it at the end of the block if it still runs."""
    log = home / f"serve-{len(list(home.glob('serve-*.log')))}.log"
    environment = {
        **os.environ,
        "DIALENS_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "DIALENS_TOKEN": token,
    }
    command = [sys.executable, "-m", "app.start", "serve", "--port", str(port), *options]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=home, env=environment, stderr=stderr)
    try:
        yield Server(_url(process, log), home, process, log)
    finally:
        process.kill()
        process.wait(30)


def _url(process: subprocess.Popen[bytes], log: Path) -> str:
    end = monotonic() + 60
    while monotonic() < end:
        text = log.read_text()
        said = re.search(r"dialens is at (http://\S+?)/;", text)
        if said and "Application startup complete" in text:
            return said[1].replace("localhost", "127.0.0.1")
        assert process.poll() is None, text
        sleep(0.05)
    raise AssertionError(f"no server within a minute: {log.read_text()}")


def draw(folder: Path) -> None:
    """Draw sixteen pictures, one of them as a camera would have written it, with its place."""
    for colour, shade in COLOURS.items():
        for shape in SHAPES:
            path = folder / shape / f"{colour}_{shape}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            _picture(shade, shape).save(path, exif=_exif() if shape == "plain" else Image.Exif())


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Model 1"
    exif.get_ifd(0x8769)[0x9003] = "2019:06:01 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    return exif


def _picture(shade: tuple[int, int, int], shape: str) -> Image.Image:
    image = Image.new("RGB", (240, 180), shade if shape == "plain" else "white")
    pen = ImageDraw.Draw(image)
    if shape == "circle":
        pen.ellipse((60, 30, 180, 150), fill=shade)
    elif shape == "square":
        pen.rectangle((60, 30, 180, 150), fill=shade)
    elif shape == "stripes":
        for x in range(0, 240, 40):
            pen.rectangle((x, 0, x + 19, 180), fill=shade)
    return image
