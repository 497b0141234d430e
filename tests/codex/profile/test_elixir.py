"""Elixir: the aliases in mix.exs, and the server of a Phoenix application."""

from tests.support.profiling import line

ALIASES = """defmodule A do
  defp aliases do
    [
      setup: ["deps.get", "cmd npm ci"],
      test: ["ecto.create --quiet", "test"],
      "lint.all": ["credo --strict"],
      # old: ["test"],
      precommit: ["compile", "format", "test"]
    ]
  end

  defp deps do
    [{:phoenix, "~> 1.8"}]
  end
end
"""


def test_aliases_of_mix_are_targets() -> None:
    files = {"mix.exs": ALIASES, "config/config.exs": "", "lib/a_web/endpoint.ex": "", "test/a_test.exs": ""}
    lines = {kind: line(files, kind) for kind in ("install", "test", "test-one", "lint", "format", "run")}
    assert lines == {
        "install": "mix setup",
        "test": "mix test",
        "test-one": "mix test FILE:LINE",
        "lint": "mix lint.all",
        "format": "mix format",
        "run": "mix phx.server",
    }


def test_an_extension_of_phoenix_has_no_server() -> None:
    files = {"mix.exs": ALIASES, "test/support/endpoint.ex": "", "config/config.exs": ""}
    assert line(files, "run") is None


def test_a_check_before_commits_that_formats_is_no_test() -> None:
    text = ALIASES.replace('      test: ["ecto.create --quiet", "test"],\n', "")
    assert line({"mix.exs": text, "test/a_test.exs": ""}, "test") == "mix test"
