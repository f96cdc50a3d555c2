"""What a prompt of someone else's is kept from, at the command line and in a file of stages."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.stages.config import prompt_hashes, read_stages
from prompts.load import PromptError, load, parse

HEADER = '+++\nmethod = "m"\nsource = "s"\ninputs = [{}]\noutput = "o"\nversion = 1\n+++\n'
HARMLESS = [
    ("{{ q | join(', ') }}", "a, b"),
    ("{% for one in q | reverse %}{{ loop.index }}{{ one | upper }}{% endfor %}", "1B2A"),
    ("{% if q | length > 1 %}{{ q[0] }}{% else %}none{% endif %}", "a"),
    ("{{ q | first | replace('a', 'c') }}", "c"),
]
HOSTILE = [
    "{{ image.__globals__.os.system('touch OWNED') }}{{ q }}",
    "{{ q.__class__.__mro__ }}",
    "{{ q['__class__'] }}",
    "{{ q | attr('__class__') }}",
    "{{ q | sort(attribute='__class__') }}",
    "{{ q | map('attr', '__class__') | list }}",
    "{{ q.append('x') }}",
    "{{ lipsum.__globals__ }}{{ q }}",
    "{% for one in q %}{{ loop._iterator }}{% endfor %}",
    "{{ 'x' * 9999999999 }}{{ q }}",
    "{{ 9 ** 9 ** 9 }}{{ q }}",
    "{{ '%9999999999s' % q }}",
    "{{ q | center(9999999999) }}",
    "{% set a = q ~ q %}{{ a }}",
    "{% for a in 'aaaa' %}{% for b in 'aaaa' %}{{ q }}{% endfor %}{% endfor %}",
    "{% for a in q %}{% for b in q %}{% for c in q %}.{% endfor %}{% endfor %}{% endfor %}",
    "{% include '../../secret' %}{{ q }}",
    "{% macro m() %}{{ q }}{% endmacro %}{{ m() }}",
    "{{ " + "(" * 5000 + "q" + ")" * 5000 + " }}",
    "{{ q | nothing }}",
]


def put(home: Path, body: str, name: str = "pick/yesno") -> Path:
    path = home / "prompts" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER.format('"q"') + body, encoding="utf-8")
    return path


def dialens(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    def poor() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    return subprocess.run(
        [sys.executable, "-m", "app.cli", "prompts", *arguments],
        env={**os.environ, "DIALENS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=poor,
        check=False,
    )


@pytest.mark.parametrize(("body", "text"), HARMLESS)
def test_a_prompt_fills_in_repeats_and_chooses(body: str, text: str) -> None:
    assert parse("x/y", HEADER.format('"q"') + body).render(q=["a", "b"]) == (text,)


@pytest.mark.parametrize("body", HOSTILE)
def test_a_prompt_reaches_nothing_but_its_inputs(body: str) -> None:
    with pytest.raises(PromptError, match=r"^prompt 'x/y' [^\n]*$"):
        parse("x/y", HEADER.format('"q"') + body).render(q=["a", "b"])


def test_a_hostile_prompt_in_the_home_runs_nothing_and_is_said_in_a_line(tmp_path: Path) -> None:
    put(tmp_path, "{{ q.__class__.__base__.__subclasses__() }}")
    done = dialens(tmp_path, "render", "pick/yesno", "--input", "q=a")
    assert done.returncode != 0 and "unsafe" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_odd_files_among_prompts_are_listed_with_their_reason(tmp_path: Path) -> None:
    path = put(tmp_path, "{{ q }}\x1b[2J")
    folder = path.parent
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "dead.md").symlink_to("nowhere.md")
    (folder / "endless.md").symlink_to("/dev/zero")
    (folder / "deep.md").write_text("+++\ninputs = " + "[" * 5000 + "\n+++\nx", encoding="utf-8")
    (folder / "huge.md").write_bytes(b"x" * 200_000)
    done = dialens(tmp_path, "list")
    assert done.returncode == 0, done.stderr
    rows = {row.split()[0]: row for row in done.stdout.splitlines()}
    for name in ("pipe", "folder", "dead", "endless", "deep", "huge"):
        assert "v1" not in rows[f"pick/{name}"].split(), rows[f"pick/{name}"]
    assert "(your own)" in rows["pick/yesno"] and "cirevl/edit" in rows
    assert "\x1b" not in dialens(tmp_path, "show", "pick/yesno").stdout


NAMES = [
    "../secret",
    "pick/../../secret",
    "/etc/passwd",
    "pick\\yesno",
    "pick/yes\0no",
    "a/b/c",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_prompts_name_is_a_folder_and_a_file(name: str, tmp_path: Path) -> None:
    put(tmp_path, "{{ q }}", "../secret") if name else None
    with pytest.raises(PromptError, match="is FOLDER/FILE"):
        load(name, own=tmp_path / "prompts")


def test_a_prompt_behind_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = put(tmp_path / "elsewhere", "{{ q }}")
    own = tmp_path / "prompts"
    own.mkdir()
    (own / "pick").symlink_to(secret.parent)
    with pytest.raises(PromptError, match="a link out of"):
        load("pick/yesno", own=own)


@pytest.mark.parametrize("named", ["../../secret", "/etc/passwd", "pick/../../secret"])
def test_a_file_of_stages_names_no_prompt_outside(named: str, tmp_path: Path) -> None:
    stages = tmp_path / "stages.toml"
    text = f'reranker = "yesno"\n[prompts]\n"pick/yesno" = "{named}"\n'
    stages.write_text(text, encoding="utf-8")
    with pytest.raises(PromptError, match="is FOLDER/FILE"):
        prompt_hashes(read_stages(stages))
