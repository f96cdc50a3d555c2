"""The tree keeps its shape: arrows point down, no circles, and the wheel holds every file."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
MAY_IMPORT = {
    "app": {"eval", "finetune", "agent", "retrievers", "prompts"},
    "eval": {"agent", "retrievers", "prompts"},
    "finetune": {"eval", "agent", "retrievers", "prompts"},
    "agent": {"retrievers", "prompts"},
    "retrievers": set(),
    "prompts": set(),
}
ROOMS = [room for room in MAY_IMPORT if (HOUSE / room).is_dir()]
SLOW_TO_IMPORT = {
    *("torch", "torchvision", "transformers", "open_clip", "accelerate", "safetensors"),
    *(
        "sentence_transformers",
        "peft",
        "pydantic",
        "tensorboard",
        "bitsandbytes",
        "xllamacpp",
        "rapidocr",
        "openai",
        "httpx",
        "charset_normalizer",  # 30 ms, and few texts need it
    ),
    *("onnx", "onnxruntime", "faiss", "pyarrow", "tokenizers", "pillow_heif", "PIL"),
    *("rich", "jinja2", "webbrowser", "readline", "numpy", "huggingface_hub"),
}
MOST_MODULES = 16  # of one folder
# They open in a blink and import when called.
DOORS = ("app.start", "app.cli", "app.terminal.command_errors", "app.commands")


def _modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*.py")):
            name = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = _modules()


def _imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text("utf-8"))


@cache
def _every_import(name: str) -> frozenset[str]:
    return frozenset(_imports(ast.walk(_tree(name))))


@cache
def _hidden_imports(name: str) -> frozenset[str]:
    inside = (
        node
        for function in ast.walk(_tree(name))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    )
    return frozenset(_imports(inside))


def _ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if name in MODULES}


def _is_slow(name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether importing it pulls in one of the slow packages, itself or through ours."""
    if name.split(".")[0] in SLOW_TO_IMPORT:
        return True
    if name not in MODULES or name in seen:
        return False
    top = _every_import(name) - _hidden_imports(name)
    return any(_is_slow(other, seen | {name}) for other in top)


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name: str) -> None:
    room = name.split(".")[0]
    upward = {
        other
        for other in _ours(_every_import(name))
        if other.split(".")[0] not in MAY_IMPORT[room] | {room}
    }
    assert not upward, f"{name} imports {upward}; {room} may import {MAY_IMPORT[room] or 'nobody'}"


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: _ours(_every_import(name)) - {name} for name in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("room", ROOMS)
def test_no_two_folders_of_a_room_import_each_other(room: str) -> None:
    """A file at the top of a room stands for itself; fronts and doors of `python -m` are free."""
    graph: dict[Path, set[Path]] = {}
    for name, path in MODULES.items():
        if name.split(".")[0] == room and path.name not in ("__init__.py", "__main__.py"):
            others = {_folder(MODULES[other]) for other in _ours(_every_import(name))}
            inside = {other for other in others if HOUSE / room in other.parents}
            graph.setdefault(_folder(path), set()).update(inside - {_folder(path)})
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def _folder(path: Path) -> Path:
    return path if path.parent.parent == HOUSE else path.parent


def test_no_folder_is_a_heap() -> None:
    held = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    heaps = {str(folder.relative_to(HOUSE)): n for folder, n in held.items() if n > MOST_MODULES}
    assert not heaps, f"more than {MOST_MODULES} modules; part them by subject: {heaps}"


@pytest.mark.parametrize("name", MODULES)
def test_only_what_is_slow_to_import_is_imported_inside_a_function(name: str) -> None:
    if name.startswith(DOORS):
        return
    hidden = {other for other in _hidden_imports(name) if not _is_slow(other)}
    assert not hidden, f"{name} imports {hidden} inside a function"


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_named_after_a_dependency(name: str) -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [line for lines in (project["dependencies"], *extras) for line in lines]
    packages = {line.split(">")[0].split("=")[0].lower().replace("-", "_") for line in wanted}
    assert name.split(".")[-1] not in packages | SLOW_TO_IMPORT


def test_an_encoder_around_another_tells_which_scripts_that_one_reads() -> None:
    """One that forgot let noise outvote the only file of a name in Chinese."""
    around = [
        (name, one.name, {part.name for part in one.body if isinstance(part, ast.FunctionDef)})
        for name, path in MODULES.items()
        for one in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(one, ast.ClassDef)
        and re.search(r"(?<!self)\.encode_texts\(", ast.unparse(one))
    ]
    wrappers = [(name, one, has) for name, one, has in around if "encode_texts" in has]
    assert len(wrappers) >= 3
    assert not [(name, one) for name, one, has in wrappers if "reads" not in has]


def test_no_dependency_owns_our_import_names() -> None:
    owners = packages_distributions()
    taken = {room: set(owners.get(room, [])) - {"dialens"} for room in ROOMS}
    assert not any(taken.values()), f"another distribution installs {taken}"


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (HOUSE / "tests").rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_pre_commit_runs_the_same_ruff() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    (ruff,) = [line for line in project["optional-dependencies"]["dev"] if line.startswith("ruff")]
    hooks = (HOUSE / ".pre-commit-config.yaml").read_text("utf-8")
    assert hooks.count("ruff==") == hooks.count(ruff) == 2


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=HOUSE,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    rooms = [room for room in ROOMS if any((HOUSE / room).rglob("*.py"))]
    files = {
        str(path.relative_to(HOUSE))
        for room in rooms
        for path in (HOUSE / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= held, f"the wheel lacks {sorted(files - held)}"
    assert {f"{room}/py.typed" for room in rooms} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_the_door_opens_without_anything_heavy() -> None:
    heavy = "torch transformers open_clip onnxruntime faiss pyarrow PIL numpy rich".split()
    code = f"import sys, app.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE)
    assert done.stdout.strip() == "[]", done.stderr
