"""What is rewritten is whole or as it was, also where the disk is full."""

import resource
import subprocess
import sys
from pathlib import Path

from retrievers.files.whole_file import write_whole


def test_a_link_to_a_list_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "list.txt", tmp_path / "linked.txt"
    path.write_bytes(b"/a\n")
    link.symlink_to(path)
    write_whole(link, b"/a\n/b\n")
    assert path.read_bytes() == b"/a\n/b\n" and link.is_symlink()


FULL = """
import signal, sys
from pathlib import Path
from agent.conversation.saved_lists import save
from retrievers.hit import Hit, Picture, Why
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def hits(start, end):
    return [Hit(Picture(id=f"{n:016x}", sha256="", paths=(Path(f"/photos/{n:090}.jpg"),), width=1,
        height=1, bytes=1), 0.0, n, Why()) for n in range(start, end)]
print(save("trip", hits(0, 20), Path(sys.argv[1])))
try:
    save("trip", hits(20, 200), Path(sys.argv[1]))
except OSError as error:
    print(error.strerror)
"""


def test_a_full_disk_does_not_tear_a_saved_list(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "session.jsonl")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000)),
    )
    assert done.stdout.splitlines()[1:] == ["File too large"], done.stderr
    (left,) = (tmp_path / "session").iterdir()
    assert len(left.read_bytes().splitlines()) == 20
