"""What the README tells a person to do, done in a fresh environment."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAX_INSTALLED_MB = 250
TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack")

fresh = pytest.mark.skipif(os.environ.get("CI") != "true", reason="installs packages: set CI=true to run it")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of what git would give a new user."""
    folder = tmp_path_factory.mktemp("clone") / "instructerc"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return folder


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


@fresh
def test_make_demo_and_the_commands_after_it(clone):
    demo = subprocess.run(["make", "demo"], cwd=clone, capture_output=True, text=True, timeout=600)
    assert demo.returncode == 0, demo.stderr
    assert "joy" in demo.stdout
    assert "anger" in demo.stdout
    site = next((clone / ".venv/lib").glob("python*/site-packages"))
    assert not (site / "torch").exists()
    # pip and setuptools come with the environment, not with us.
    ours = [path for path in _files(site) if not path.relative_to(site).parts[0].startswith(TOOLS)]
    assert len(ours) > 1000
    size = sum(path.stat().st_size for path in [*ours, *_files(clone / "src")])
    assert size / 1e6 <= MAX_INSTALLED_MB
    command = "instructerc recognize examples/support_chat.txt"
    assert command in README
    done = subprocess.run([f".venv/bin/{word}" if word == "instructerc" else word for word in command.split()],
                          cwd=clone, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Dana" in done.stdout
    missing = subprocess.run([".venv/bin/instructerc", "train", "recipes/embedded.yaml"],
                             cwd=clone, capture_output=True, text=True, timeout=60)  # fmt: skip
    doctor = subprocess.run([".venv/bin/instructerc", "doctor"], cwd=clone, capture_output=True, text=True, timeout=60)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert missing.returncode == 2
    assert "pip install 'instructerc[train]'" in missing.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/serving.md"])
def test_every_command_exists(name):
    from typer.main import get_command

    from instructerc.cli.main import app

    group = get_command(app)
    commands = [
        shlex.split(found[1].split(" > ")[0], comments=True)
        for block in re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
        for line in block.splitlines()
        if (found := re.search(r"(?:^|/|\$ |\| )(?:\.venv/bin/)?instructerc (.*)", line))
    ]
    assert len(commands) >= 7
    for line in commands:
        words = line
        command = group
        # A group that does something by itself may be followed by options.
        while hasattr(command, "commands") and not (command.invoke_without_command and words[0].startswith("-")):
            assert words[0] in command.commands, words
            command, words = command.commands[words[0]], words[1:]
        known = {name for option in command.params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= known, words


def test_the_python_example_runs(capsys):
    example = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    assert float(printed[0].split()[1]) > 0
