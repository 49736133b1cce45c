"""`corpus fetch`: the licence first, then a question, then what is missing."""

from __future__ import annotations

import pytest

from instructerc.cli import fetch
from instructerc.corpora.catalogue import find_entry
from instructerc.corpora.on_disk import download
from instructerc.errors import InputError


@pytest.fixture
def fetched(monkeypatch):
    """Puts a writer of small files in place of the network; returns the addresses that were asked for."""
    urls = []

    def fetch_file(wanted, path):
        urls.append(wanted.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    monkeypatch.setattr(download, "fetch_file", fetch_file)
    return urls


@pytest.fixture
def terminal(monkeypatch):
    """Makes standard input a terminal."""
    monkeypatch.setattr(fetch, "is_terminal", lambda: True)


def test_licence_addresses_and_checksums_come_before_the_download(run, fetched):
    result = run("corpus", "fetch", "meld", "data/meld", "--yes")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1:4] == [
        "  licence  GPL-3.0",
        "  where    https://github.com/declare-lab/MELD, folder data/MELD",
        "  file     train_sent_emo.csv",
    ]
    assert "from https://raw.githubusercontent.com/declare-lab/MELD/" in lines[4]
    assert "1,119,290 bytes, sha256 d2fa2d65" in lines[5]
    assert "data/meld/train_sent_emo.csv: 1,119,290 bytes, checksum correct" in lines
    assert lines[-1] == "next: instructerc corpus check data/meld"
    assert len(fetched) == 3


def test_without_a_terminal_nothing_is_downloaded_unasked(run, fetched, tmp_path):
    result = run("corpus", "fetch", "meld", "data/meld", stdin="y\n")
    assert result.exit_code == 2
    assert "licence  GPL-3.0" in result.stdout
    assert "standard input is not a terminal; give --yes to accept the licence" in result.stderr
    assert (fetched, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize(("answer", "status", "n_fetched"), [("y\n", 0, 3), ("n\n", 1, 0), ("\n", 1, 0)])
def test_on_a_terminal_it_asks(run, fetched, terminal, answer, status, n_fetched):
    result = run("corpus", "fetch", "meld", "data/meld", stdin=answer)
    assert "Download 3 of 3 files, 1,535,456 bytes, into data/meld? [y/N]" in result.stdout
    assert (result.exit_code, len(fetched)) == (status, n_fetched)


def test_what_is_there_is_not_downloaded_again(run, fetched, monkeypatch):
    monkeypatch.setattr(download, "missing_files", lambda entry, folder: [])
    result = run("corpus", "fetch", "meld", "data/meld")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "all files are already in data/meld")
    assert fetched == []


@pytest.mark.parametrize("name", ["emorynlp", "iemocap", "iemocap-cosmic"])
def test_a_corpus_without_addresses_gives_licence_and_what_goes_where(run, fetched, name):
    entry = find_entry(name)
    result = run("corpus", "fetch", name, "data/mine", "--yes")
    assert result.exit_code == 2
    assert f"  licence  {entry.licence}" in result.stdout
    for file in entry.files:
        assert f"  file     {file}" in result.stdout
        assert file in result.stderr
    assert "into data/mine, from " in result.stderr
    assert fetched == []


def test_errors_end_in_one_line(run, monkeypatch):
    def offline(wanted, path):
        raise InputError(f"{wanted.url}: cannot be downloaded (no network)")

    monkeypatch.setattr(download, "fetch_file", offline)
    result = run("corpus", "fetch", "goemotions", "data", "--yes")
    assert result.exit_code == 2
    assert result.stderr.endswith("train.tsv: cannot be downloaded (no network)\n")
    assert "did you mean 'meld'?" in run("corpus", "fetch", "melt", "data").stderr
