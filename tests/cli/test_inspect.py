"""`instructerc inspect`: what is told of a file before a long run."""

from __future__ import annotations


def test_a_file_is_shown_as_it_is_understood(run, write):
    name = write("Chapter one\nMia: hi\nTheo: ho\nMia: so\nMia: yes\n", "talk.txt")
    result = run("inspect", name)
    assert result.stdout == (
        "talk.txt\n"
        "  format         'Speaker: text' lines (plain)\n"
        "  conversations  1\n"
        "  turns          4\n"
        "  speakers       Mia (3), Theo (1)\n"
        "  note           1 line(s) before the first speaker: left out\n"
        "  note           please check: a speaker seen once: line 3\n"
        "  turn           Mia: hi\n"
        "  turn           Theo: ho\n"
        "  turn           Mia: so\n"
    )
    assert result.exit_code == 0


def test_a_file_that_cannot_be_read_does_not_hide_the_others(run, write):
    result = run("inspect", "absent", write("Mia: hi\n", "talk.txt"))
    assert result.exit_code == 2
    assert "absent: no such file" in result.stderr
    assert "speakers       Mia (1)" in result.stdout
