"""The command line as a whole: help, exit statuses, and one line for an error, from outside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from instructerc import __version__
from instructerc.errors import MissingExtra
from instructerc.formats import formats
from instructerc.labels import shipped_label_sets
from instructerc.recognition import Recognizer

COMMANDS = [
    *(["recognize"], ["evaluate"], ["train"], ["reproduce"], ["export"], ["doctor"]),
    *(["corpus"], ["corpus", "stats"], ["prompt"], ["prompt", "show"], ["prompt", "list"]),
]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "instructerc.cli.main", *arguments]


def _outside(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*arguments), capture_output=True, text=True, check=False, timeout=120, **options)


@pytest.mark.parametrize("command", [[], *COMMANDS])
def test_help_has_examples_that_name_its_own_options(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(['instructerc', *command])} ")
    if command in (["corpus"], ["prompt"]):
        return
    shown, examples = result.stdout.split("\n  Examples:\n")
    commands = [line.strip() for line in examples.splitlines() if "instructerc " in line]
    assert commands
    for line in commands if command else []:
        if f"instructerc {' '.join(command)}" in line:
            assert set(re.findall(r"--[a-z-]+", line)) <= set(re.findall(r"--[a-z-]+", shown))


@pytest.mark.parametrize("group", [[], ["corpus"], ["keys"], ["labels"], ["prompt"]])
def test_summaries_of_commands_are_whole(run, group):
    result = run(*group, "--help")
    assert "..." not in result.stdout.split("\nCommands:\n")[1].split("Examples:")[0]


def test_a_file_that_is_missing_is_said_in_words(run):
    missing = [
        (["train", "none.yaml"], "recipe none.yaml"),
        (["reproduce", "none.yaml", "--backbone", "x"], "table none.yaml"),
        (["labels", "show", "none.yaml"], "label set file none.yaml"),
        (["prompt", "show", "none.txt", "--wording", "none.yaml"], "none"),
    ]
    for arguments, what in missing:
        result = run(*arguments)
        assert result.exit_code == 2
        assert what in result.stderr
        assert "no such file" in result.stderr
        assert "Errno" not in result.stderr


def test_help_names_every_format_and_where_label_sets_are_listed(run):
    # A line may be broken behind a hyphen.
    words = " ".join(run("recognize", "--help").stdout.split()).replace("- ", "-")
    assert all(name in words for name in formats())
    assert "see labels show" in words
    listed = run("labels", "show").stdout
    assert all(name in listed for name in shipped_label_sets())


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (["recognize"], "FILE..."),
        (["evaluate"], "[FILE]"),
        (["teach"], "RECIPE MODEL..."),
        (["export"], "MODEL OUT"),
        (["doctor"], ""),
        (["corpus", "overlap"], "A=DIR B=DIR"),
        (["corpus", "mix"], "NAME=DIR..."),
        (["labels", "show"], "[SET]"),
    ],
)
def test_the_usage_line_names_the_arguments(run, command, arguments):
    usage = run(*command, "--help").stdout.partition("\n")[0]
    assert usage == f"Usage: instructerc {' '.join(command)} [OPTIONS] {arguments}".rstrip()


@pytest.mark.parametrize("arguments", [[], ["corpus"], ["prompt"]])
def test_no_command_is_help(run, arguments):
    assert run(*arguments).stdout == run(*arguments, "--help").stdout
    assert run(*arguments).exit_code == 0


def test_version(run):
    assert run("--version").stdout == f"instructerc {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recognise"], "error: No such command 'recognise'. Did you mean 'recognize'?; see instructerc --help"),
        (["recognize"], "error: Missing argument 'FILE'; see instructerc recognize --help"),
        (["export", "a"], "error: Missing argument 'OUT'; see instructerc export --help"),
        (["train", "x.yaml"], "error: recipe x.yaml: no such file or directory"),
        (["corpus", "stats", "gone.csv"], "error: gone.csv: no such file"),
        (
            ["corpus", "stats", "."],
            "error: .: is a folder; give a file, or the folder of e-mails (.eml, or a Maildir) "
            "or an export of Messenger or Instagram (with message_1.json) or a Slack export, "
            "or of one of its channels (with files such as 2024-12-24.json) or a Telegram export (with messages.html)",
        ),
    ],
)
def test_an_error_is_one_line_and_status_2(tmp_path, arguments, line):
    done = _outside(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="needs a file that its reader may not open")
def test_a_file_without_permission(run, write, tmp_path):
    (tmp_path / write("Ann: hi\n", "secret.txt")).chmod(0)
    result = run("corpus", "stats", "secret.txt")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: secret.txt: cannot be opened: ")


def test_an_error_stays_one_line_whatever_it_holds(run, monkeypatch, write):
    def refuse(*arguments: object, **options: object) -> None:
        raise MissingExtra("a\nb\x1b[31m", "train")

    monkeypatch.setattr(Recognizer, "from_pretrained", refuse)
    result = run("recognize", write("Ann: hi\n", "talk.txt"))
    assert result.exit_code == 2
    assert (
        result.stderr
        == "error: a b\\x1b[31m requires packages that are not installed: pip install 'instructerc[train]'\n"
    )


def test_a_fault_of_the_program_is_not_hidden(run, monkeypatch, write):
    def fault(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Recognizer, "from_pretrained", fault)
    with pytest.raises(ZeroDivisionError):
        run("recognize", write("Ann: hi\n", "talk.txt"))


@pytest.mark.skipif(os.name != "posix", reason="closed pipes are told otherwise elsewhere")
@pytest.mark.parametrize("arguments", [["--help"], ["corpus", "stats", "talk.txt"], ["doctor", "--format", "json"]])
def test_a_closed_pipe_is_quiet(tmp_path, arguments):
    (tmp_path / "talk.txt").write_text("Ann: hi\n")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            _command(*arguments),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
            timeout=120,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise elsewhere")
def test_ctrl_c_is_quiet_and_status_130(tmp_path):
    fifo = tmp_path / "talk.txt"
    os.mkfifo(fifo)
    # A shell lets what it starts in the background ignore Ctrl-C, which children would inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(
            _command("corpus", "stats", str(fifo)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)
    # Opening the other end waits until the command has opened its own, so it is inside the reader now.
    with running, Path(fifo).open("w"):
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=60)
    assert (running.returncode, output, errors) == (130, "", "")
