"""The rules that keep the rooms apart: who imports whom, what an import costs, what is public, what is written down."""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import instructerc

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "instructerc"

# A room imports only from those before it; only the command line knows everybody.
ROOMS = (
    *(
        "errors",
        "compat",
        "sharing",
        "digests",
        "conversation",
        "labels",
        "formats",
        "corpora",
        "prompts",
        "retrieval",
        "backbones",
        "evaluation",
    ),
    *("training", "recognition", "experiments", "leaderboard", "report", "serving", "scale", "client", "cli"),
    "__main__",
)
HEAVY = ("torch", "transformers", "onnxruntime", "sentence_transformers", "sklearn")
TORCH_FREE = (
    *("errors", "sharing", "digests", "conversation", "labels", "formats", "corpora", "prompts", "retrieval"),
    *("recognition", "evaluation", "leaderboard", "report", "serving", "scale", "client", "cli"),
)
MOST_FILES = 25
MODULES = sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path, *, inside_functions: bool = True) -> Iterator[tuple[int, str]]:
    """Yields line and dotted name of everything that a module imports; `from a import b` gives `a.b`."""
    stack: list[ast.AST] = [_tree(path)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the whole name"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not inside_functions and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                continue
            stack.extend(ast.iter_child_nodes(node))


def test_every_room_is_listed_and_every_listed_one_is_there():
    rooms = {_room(path) for path in MODULES if any(True for _ in _imports(path))} - {"__init__"}
    assert rooms == set(ROOMS), "name a new room in ROOMS, at its place in the order; take out one that is gone"


def test_no_folder_has_more_files_than_a_reader_can_look_through():
    folders = Counter(path.parent.relative_to(PACKAGE) for path in MODULES)
    assert {str(folder): count for folder, count in folders.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("part", ["tests", "benchmarks", "web/src"])
def test_code_beside_the_package_has_rooms_too(part):
    folders = Counter(path.parent for kind in ("py", "ts", "tsx") for path in (ROOT / part).rglob(f"*.{kind}"))
    crowded = [folder for folder, count in folders.items() if count > MOST_FILES]
    # Where there are rooms inside, what is left stands for itself.
    flat = [
        folder for folder in crowded if not any(one.is_dir() and one.name[0] not in "_." for one in folder.iterdir())
    ]
    assert [str(folder.relative_to(ROOT)) for folder in flat] == []


def test_rooms_import_only_from_those_before_them():
    faults = []
    for path in MODULES:
        room = _room(path)
        if room == "__init__":
            continue
        for line, name in _imports(path):
            parts = name.split(".")
            if parts[0] != "instructerc" or name == "instructerc.__version__":
                continue
            place = f"{path.relative_to(ROOT)}:{line}: {name}"
            if len(parts) == 1 or parts[1] not in ROOMS:
                faults.append(f"{place} (import from the room itself)")
            elif ROOMS.index(parts[1]) > ROOMS.index(room):
                faults.append(f"{place} ({room} stands before {parts[1]})")
    assert not faults, "\n".join(faults)


def test_rooms_of_the_base_install_import_no_torch_when_they_are_loaded():
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in MODULES
        if _room(path) in TORCH_FREE
        for line, name in _imports(path, inside_functions=False)
        if name.split(".")[0] in {"torch", "transformers", "safetensors", "accelerate", "sentence_transformers"}
    ]
    assert not faults, "\n".join(faults)


def _modules_after(code: str) -> set[str]:
    """Returns the top-level modules that a fresh interpreter has loaded when `code` has run."""
    script = (
        f"import contextlib, io, json, sys\n{code}\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_is_light():
    loaded = _modules_after("import instructerc")
    assert "instructerc" in loaded
    assert loaded.isdisjoint({*HEAVY, "numpy", "rich", "pydantic", "yaml"})


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["recognize", "--help"], ["annotate", "--help"], ["train", "--help"], ["evaluate", "--help"]],
)
def test_help_is_light(arguments):
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, function = scripts["instructerc"].split(":")
    loaded = _modules_after(
        f"from {module} import {function}\n"
        f"sys.argv = ['instructerc', *{arguments}]\n"
        "with contextlib.redirect_stdout(io.StringIO()) as shown:\n"
        "    try:\n"
        f"        {function}()\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        "assert 'Usage' in shown.getvalue(), shown.getvalue()\n"
    )
    assert loaded.isdisjoint(HEAVY)


def _public_names(module: ModuleType) -> set[str]:
    incidental = {"annotations", "TYPE_CHECKING"}
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name not in incidental
    }


def test_exports_are_exactly_what_all_says():
    assert instructerc.__all__ == sorted(instructerc.__all__)
    assert dir(instructerc) == sorted(instructerc.__all__)
    for name in instructerc.__all__:
        assert getattr(instructerc, name) is not None
    lazy = {"Recognition", "Recognizer", "load_model"}
    assert _public_names(instructerc) | lazy == set(instructerc.__all__) - {"__version__"}
    with pytest.raises(AttributeError, match="no attribute 'Recogniser'"):
        _ = instructerc.Recogniser


@pytest.mark.parametrize(
    "room", [room for room in ROOMS if room != "cli" and (PACKAGE / room / "__init__.py").exists()]
)
def test_each_room_exports_what_it_lists(room):
    module = importlib.import_module(f"instructerc.{room}")
    listed = getattr(module, "__all__", [])
    assert len(set(listed)) == len(listed)  # their order is ruff's to check (RUF022)
    for name in listed:
        assert getattr(module, name) is not None
    assert _public_names(module) <= set(listed)


def _classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in MODULES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                yield path, node


def test_no_two_classes_have_one_name():
    found: dict[str, list[str]] = {}
    for path, node in _classes():
        # A private one is known in its module alone.
        if not node.name.startswith("_"):
            found.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def _errors() -> dict[str, tuple[Path, list[str]]]:
    """Returns the module and the bases of every class of the package that can be raised, by its name."""
    kinds = {
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    bases = {node.name: (path, [ast.unparse(base).split(".")[-1] for base in node.bases]) for path, node in _classes()}
    found: dict[str, tuple[Path, list[str]]] = {}
    while True:
        new = {
            name: (path, of)
            for name, (path, of) in bases.items()
            if name not in found and any(base in kinds | set(found) or base == "Exception" for base in of)
        }
        if not new:
            return found
        found |= new


def test_every_error_of_the_package_stands_under_one_root_with_its_status_and_code():
    errors = importlib.import_module("instructerc.errors")
    found = _errors()
    assert {name for name, (_, bases) in found.items() if not set(bases) & set(found)} == {"InstructERCError"}
    for name, (path, _) in found.items():
        module = importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
        kind = getattr(module, name)
        assert issubclass(kind, errors.InstructERCError)
        # Without a status it is no fault of a request: a client's, of another service.
        ours = not issubclass(kind, errors.ServiceError)
        assert 400 <= kind.status < 600 if ours else kind.status is None, name
        assert re.fullmatch("[a-z_]+", kind.code), name
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__)) | {"InstructERCError"}
    assert drawn == {name for name in found if not name.startswith("_")}, "draw it in errors.py"


# What belongs to one machine or one network and to no reader: home and work folders, addresses of package indexes.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.~$}/-])/(?:work|home|root|Users|mnt|media|srv)/\w"
    r"|\bfile://"
    r"|\b(?:pypi\.org/[s]imple|files\.pythonhosted\.org|download\.pytorch\.org)"
    r"|--(?:extra-)?index[-]url\b"
)


def _tracked_texts() -> Iterator[tuple[Path, str]]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so the files that belong to the project are not known")
    for name in done.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or not path.is_file() or path == Path(__file__):
            continue
        raw = path.read_bytes()
        if b"\0" not in raw[:8192]:
            yield path, raw.decode("utf-8", errors="replace")


def test_no_file_names_a_machine_or_a_registry():
    faults = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in _tracked_texts()
        for match in OF_ONE_MACHINE.finditer(text)
    ]
    assert not faults, "\n".join(faults)


def test_constraints_are_names_and_versions():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines, key=str.casefold)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9A-Za-z.]+", line) for line in lines)
