"""The front door: help, errors and exit statuses."""

import json

import pytest

from insole.cli import main
from insole.commands.table import COMMANDS


def one_error_line(captured: str) -> bool:
    lines = captured.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("insole: error: ")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command, capsys):
    assert main([command.name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"insole {command.name}" in shown
    assert "example:" in shown


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command.name in shown for command in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["anlyze", "x"],
        ["analyze"],
        ["analyze", "no/such/file.h5"],
        ["analyze", "."],
        ["info", "no/such/file.h5"],
        ["replay", "no/such/file.h5", "--headless"],
        ["replay", "x.h5", "--speed", "fast", "--headless"],
        ["demo", "--headless", "--seconds", "-3"],
        ["demo", "--headless", "--seconds", "nan"],
        ["demo", "--headless", "dance?speed=3"],
        ["demo", "--headless", "run?speed=fast"],
        ["demo", "--headless", "run?colour=red"],
        ["demo", "--headless", "run?rate=0"],
        ["demo", "--headless", "run?mass=900"],
        ["record", "x.h5", "--simulate", "--mass", "0", "--seconds", "1"],
        ["record", ".", "--simulate", "--seconds", "1"],
        ["metrics", "show"],
        ["metrics", "show", "nothing"],
        ["decode", "nothing", "nothing.json"],
        ["--no-such-option"],
    ],
    ids=" ".join,
)
def test_a_wrong_request_is_one_line_and_status_2(words, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSOLE_HOME", str(tmp_path))
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert one_error_line(captured.err), captured.err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_request_names_the_nearest_command(capsys):
    main(["anlyze"])
    assert "analyze" in capsys.readouterr().err


def test_metrics_are_listed_as_json(capsys):
    assert main(["metrics", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"po50_N_s", "contact_s", "impulse_N_s"} <= {one["id"] for one in document["metrics"]}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_their_options(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "analyze" in script
    assert "headless" in script
