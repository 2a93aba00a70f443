"""The command line as a whole."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from service.cli import ABOUT, build


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(build(), ["--version"])

    assert result.exit_code == 0
    assert result.stdout == f"caudal {version('caudal')}\n"


def test_without_a_command_there_is_help_with_every_command() -> None:
    said = CliRunner().invoke(build(), ["--help"]).output

    assert ABOUT[:40] in said
    for name in ("demo", "serve", "study", "--version"):
        assert name in said
