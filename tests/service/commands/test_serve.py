"""`caudal serve`: what is refused, and in which words."""

from __future__ import annotations

import socket

import pytest
import typer
from typer.testing import CliRunner

from service.commands.serve import COMMAND, listen
from service.errors import SettingsError

APP = typer.Typer()
APP.command()(COMMAND)


def test_an_occupied_port_is_one_sentence_that_names_the_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} on 127\.0\.0\.1 cannot be used \(.*\): .*--port"):
            listen("127.0.0.1", port)


def test_a_listening_socket_says_tcp_so_that_answers_are_not_held_back() -> None:
    with listen("127.0.0.1", 0) as door:
        assert door.proto == socket.IPPROTO_TCP


def test_an_unknown_role_is_bad_usage() -> None:
    result = CliRunner().invoke(APP, ["--role", "worker"])

    assert result.exit_code == 2
    assert "choose all or api" in result.output


def test_an_address_of_the_world_is_refused() -> None:
    result = CliRunner().invoke(APP, ["--host", "192.0.2.1"])

    assert isinstance(result.exception, SettingsError)
    assert "no login yet" in str(result.exception)
