"""The part of `make demo` about models: a review and a draft through a scripted gateway on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.support.gateways import completion, followed, gateway, shown
from tests.support.scripted import Reply
from tools.demo_releases import WORK, run

SETTINGS: Final = """namespace: demo
gateway:
  url: {url}/v1
  team: payments
  tasks: {{review: [large], distill: [large]}}
  classes: {{internal: [large], restricted: []}}
  default_class: internal
  prices: {{large: {{input: 3, output: 15}}}}
"""
RFC: Final = """# RFC 12: Rates

Clients of the rates service MUST cache a response for 60 s. A client SHOULD NOT ask for more than 20 currencies unless
`bulk` is set. Old clients MAY NOT be supported.
"""


def models(root: Path) -> None:
    """Show a review of the change in `root` with a model, its cost, and a draft from prose."""
    config, ledger = WORK / "gateway.yaml", WORK / "usage.jsonl"
    ledger.unlink(missing_ok=True)
    with gateway(_respond) as server:
        config.write_text(SETTINGS.format(url=server.url), encoding="utf-8")
        options = ("--gateway", str(config), "--ledger", str(ledger), "--answers", str(WORK / "answers"))
        run(
            "Let a model (here: a script) judge the other rules. What the change does not show is refused.",
            *("review", "--base", "main", *options),
            cwd=root,
            lines=14,
        )
        run("Show what the model cost.", "costs", str(ledger), cwd=root)
        codex = WORK / "prose"
        codex.mkdir(exist_ok=True)
        (codex / "codex.yaml").write_text("namespace: demo\n", encoding="utf-8")
        (WORK / "rates.md").write_text(RFC, encoding="utf-8")
        source = ("distill", str(WORK / "rates.md"), "--root", str(codex), "--dry-run")
        run("Draft a standard from prose. Shortened sentences are proven or refused.", *source, *options, cwd=WORK)


def _respond(body: dict[str, Any], _number: int) -> Reply:
    if body["response_format"]["json_schema"]["name"] == "distill":
        return completion({"rules": list(_shortened(body))})
    context, data = shown(body)
    file = data["files"][0]
    line, text = next((row for row in file["added"] if len(row[1].strip()) > 8), file["added"][0])
    rule = next(row["id"] for row in context["rules"] if file["path"] in row["files"])
    found = {"rule": rule, "file": file["path"], "state": "violated", "line": line, "quote": text.strip()}
    return completion({"verdicts": [*followed(body), {**found, "reason": "as an example"}, {**found, "line": 99_999}]})


def _shortened(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    _, data = shown(body)
    for row in data["sentences"]:
        text = row["text"].replace("Clients of the rates service", "Clients").replace("20", "30").replace("\n", " ")
        nothing = dict.fromkeys(("when", "use", "same_as", "contradicts"))
        yield {"sentence": row["number"], "quote": row["text"], "statement": text.rstrip("."), **nothing}
