"""What docs/serving.md says, done: its curl lines, its Python, its tables; and what the container files hold."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

pytest.importorskip("fastapi", reason="the extra serve is not installed")

from instructerc.errors import InputError, InstructERCError, LabelError
from instructerc.serving.contract.refusals import Refused
from instructerc.serving.contract.schemas.fields import MAX_CHARACTERS, MAX_CONVERSATIONS, MAX_LABELS, MAX_TURNS
from instructerc.serving.metrics import Metrics
from instructerc.serving.settings import ServeSettings

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```console\n(.*?)```", DOCUMENT, re.S) if "curl " in block]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
TIMED_OUT = 28


@pytest.fixture(scope="module")
def places(start_service, tmp_path_factory):
    """The address of a service without keys, that of one with keys, and the database of the latter."""
    database = f"sqlite:///{tmp_path_factory.mktemp('keys') / 'sessions.db'}"
    environment = {**os.environ, "INSTRUCTERC_DATABASE": database}
    subprocess.run(
        [sys.executable, "-m", "instructerc", "keys", "create", "first"],
        check=True,
        capture_output=True,
        env=environment,
    )
    return start_service()[0], start_service("--require-keys", INSTRUCTERC_DATABASE=database)[0], database


def _steps(block):
    """Returns the commands of a block, each with what is shown below it."""
    return [
        (command, shown.strip("\n"))
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_every_curl_command_answers_what_is_shown(places, tmp_path):
    open_place, keyed_place, database = places
    (tmp_path / ".curlrc").write_text('silent\nshow-error\nmax-time = 20\nnoproxy = "*"\n')
    (tmp_path / "instructerc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m instructerc "$@"\n')
    (tmp_path / "instructerc").chmod(0o755)
    steps, script = [], []
    for block in BLOCKS:
        place = keyed_place if "keys create" in block else open_place
        for command, shown in _steps(block):
            steps.append((command, shown))
            # Streams go on for ever, so they are read for a moment.
            run = command.replace("curl --no-buffer", "curl --no-buffer --max-time 1")
            script += [run.replace("http://127.0.0.1:8000", place), 'printf "\\n%s %s\\n" --done-- $?']
    environment = {
        **os.environ,
        "CURL_HOME": str(tmp_path),
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "INSTRUCTERC_DATABASE": database,
    }
    done = subprocess.run(
        ["bash"], input="\n".join(script), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    results = re.findall(r"(.*?)\n--done-- (\d+)\n", done.stdout, re.S)
    assert len(results) == len(steps) >= 20, done.stderr
    for (command, shown), (output, status) in zip(steps, results, strict=True):
        assert int(status) in ({0, TIMED_OUT} if "--no-buffer" in command else {0}), (command, done.stderr)
        pattern = ".*".join(map(re.escape, shown.split("…"))) if shown else '(?!{"code")'
        assert re.match(pattern, output.strip("\n"), re.S), f"{command}\nshown: {shown}\nfound: {output}"


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", DOCUMENT, re.S))
def test_the_python_examples_run(places, example, capsys):
    exec(
        compile(example.replace("http://127.0.0.1:8000", places[0]), "docs/serving.md", "exec"), {"__name__": "example"}
    )
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "joy"
    assert printed[1:] in ([], [line for line in printed if line.startswith("conversation,turn,speaker,text")])


def test_every_refusal_is_in_the_table():
    rows = dict(re.findall(r"^\| (\d{3}) \| (`.*?`) \|", DOCUMENT, re.MULTILINE))
    listed = {(int(status), code) for status, codes in rows.items() for code in re.findall(r"`(\w+)`", codes)}
    kinds = (InstructERCError, InputError, LabelError, *Refused.__subclasses__())
    raised = {(kind.status, kind.code) for kind in kinds}
    for path in (ROOT / "src/instructerc/serving").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
                if node.func.id == "WrongJson":
                    raised.add((400, first[0]))
                elif node.func.id == "Refused" and len(first) == 2:
                    raised.add(tuple(first))
    assert len(raised) > 20
    assert raised <= listed


def test_the_limits_are_those_of_the_code():
    settings = ServeSettings()
    table = DOCUMENT.split("## Limits")[1].split("\n\n")[1]
    for bound in (
        f"{settings.max_body_bytes // 2**20} MiB",
        f"{settings.body_timeout_s:g} s each",
        f"{MAX_TURNS:,} turns, {MAX_CONVERSATIONS:,} conversations (413); {MAX_CHARACTERS:,} characters a turn",
        f"2 to {MAX_LABELS} labels",
        f"{settings.live_wait_s:g} s for a live turn, {settings.batch_wait_s:g} s for whole conversations",
        f"| {settings.deadline_s:g} s |",
        f"{settings.max_sessions:,} and {settings.max_session_turns:,}",
        f"{settings.max_streams:,}; ",
    ):
        assert bound in table
    assert settings.header_timeout_s == settings.body_timeout_s
    assert f"{settings.retention_days:g} days after its last turn" in DOCUMENT


def test_every_metric_is_in_the_table():
    metrics = Metrics()
    metrics.watch(lambda: [], lambda: 0, lambda: 0)
    names = set(re.findall(r"^# HELP (\w+) ", metrics.render().decode(), re.MULTILINE))
    names = {name for name in names if not name.endswith("_created")}
    table = DOCUMENT.split("| metric | what |")[1].split("\n\n")[0]
    assert names == set(re.findall(r"`(instructerc_\w+)`", table))
    [rules] = re.findall(r"```yaml\n(groups:.*?)```", DOCUMENT, re.S)
    used = set(re.findall(r"instructerc_\w+", str(yaml.safe_load(rules)["groups"][0]["rules"])))
    assert {name.removesuffix("_bucket") for name in used} <= names


def _instructions():
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def test_the_image_installs_extras_that_exist_and_runs_as_nobody_in_particular():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [extras] = re.findall(r"--constraint constraints\.txt '\.\[([\w,]+)\]'", DOCKERFILE)
    assert set(extras.split(",")) == {"serve", "postgresql", "office"}
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    final = _instructions()
    last_stage = max(index for index, (name, _) in enumerate(final) if name == "FROM")
    stage = dict(final[last_stage:])
    assert int(stage["USER"].split(":")[0]) > 0
    assert "/healthz" in stage["HEALTHCHECK"]
    assert shlex.split(stage["EXPOSE"]) == ["8000"]
    assert stage["ENTRYPOINT"] == '["instructerc"]'
    assert stage["CMD"] == '["serve", "--host", "0.0.0.0"]'
    check = yaml.safe_load(stage["HEALTHCHECK"].split("CMD ", 1)[1])
    compile(check[2], "HEALTHCHECK", "exec")


def test_the_image_copies_what_is_there_and_sent():
    sent = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    copied = {
        source
        for name, value in _instructions()
        if name == "COPY" and not value.startswith("--from")
        for source in value.split()[:-1]
    }
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)


def test_the_health_check_finds_a_service(places):
    [check] = [value for name, value in _instructions() if name == "HEALTHCHECK"]
    code = yaml.safe_load(check.split("CMD ", 1)[1])[2]
    for address, healthy in ((places[0], True), ("http://127.0.0.1:9", False)):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("http://127.0.0.1:8000", address)], capture_output=True, timeout=30
        )
        assert (done.returncode == 0) == healthy


def test_what_starts_the_service_exists():
    from typer.main import get_command

    from instructerc.cli.main import app

    unit = (ROOT / "examples" / "instructerc.service").read_text(encoding="utf-8")
    [started] = re.findall(r"^ExecStart=\S+/instructerc (.*)", unit, re.MULTILINE)
    [by_default] = [value for name, value in _instructions() if name == "CMD"]
    commands = get_command(app).commands
    for command, *words in (shlex.split(started), yaml.safe_load(by_default)):
        known = {name for option in commands[command].params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_the_composition_asks_for_its_password():
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    passwords = [
        value for service in services.values() for name, value in service["environment"].items() if "PASSWORD" in name
    ]
    assert len(passwords) == 2
    assert all(value.startswith("${POSTGRES_PASSWORD:?") for value in passwords)
    service, database = services["service"], services["database"]
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert service["read_only"]
    assert database["healthcheck"]["test"][1] == "pg_isready"
    user = database["environment"]["POSTGRES_USER"]
    assert service["environment"]["INSTRUCTERC_DATABASE"] == f"postgresql://{user}@database/instructerc"
