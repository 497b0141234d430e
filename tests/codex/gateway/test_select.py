"""A model that selects further rules: what it is shown, what counts, and that it can only add rules."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import completion, failure, followed, gateway, reviewed, settings, shown
from tests.support.reviewing import put, repository, response, rule
from tests.support.scripted import Reply

JUDGED = "judgement: Is the object checked?"
PYTHON = "**Applies to:** languages: python\n\n"
NEVER = PYTHON + "**Selected by:** `never_called`\n\n"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
LINES = f"value = load(request)\nkey = '{TOKEN}'\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rules = [
        rule(1, JUDGED, text="Handlers MUST check the owner", labels=PYTHON),
        rule(2, JUDGED, text="A request MUST be loaded once", labels=NEVER),
        rule(3, JUDGED, text="A zebra MUST have stripes", labels=NEVER),
        rule(4, JUDGED, text="Go MUST be formatted", labels="**Applies to:** languages: go\n\n"),
    ]
    made = repository(tmp_path_factory.mktemp("made"), rules)
    put(made, "src/b.py", LINES)
    return made


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "repository"))


def selecting(folder: Path, url: str, *, models: str = "[small]", text: str = "") -> Path:
    """Settings with models that select rules."""
    path = settings(folder, url, text)
    path.write_text(path.read_text().replace("tasks: {", f"tasks: {{select: {models}, "))
    return path


def task(body: dict[str, Any]) -> str:
    return str(body["response_format"]["json_schema"]["name"])


def answering(chosen: object) -> Any:
    """Responds to a question for rules with this value, and to one for verdicts that all rules are followed."""

    def respond(body: dict[str, Any], _number: int) -> Reply:
        value = chosen if task(body) == "select" else {"verdicts": followed(body)}
        return value if isinstance(value, Reply) else completion(value)

    return respond


def ids(data: dict[str, Any]) -> list[str]:
    return [one["id"] for one in data["rules"]]


def bodies(server: Any) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests]


def test_a_rule_that_a_model_selects_is_asked_about(root: Path) -> None:
    def respond(body: dict[str, Any], number: int) -> Reply:
        if task(body) == "select":
            return completion({"rules": ["SVC-2"]})
        found = {"rule": "SVC-2", "file": "src/b.py", "state": "violated", "line": 1, "quote": "load(request)"}
        return completion({"verdicts": [*followed(body), {**found, "reason": "twice"}]})

    with gateway(respond) as server:
        data = reviewed(root, selecting(root.parent, server.url))
    first, second, third = bodies(server)
    context, lines = shown(second)
    assert (task(second), second["model"]) == ("select", "small")
    assert context["rules"] == [["SVC-2", "A request MUST be loaded once"], ["SVC-3", "A zebra MUST have stripes"]]
    assert lines["files"][0]["added"][0] == [1, "value = load(request)"]
    assert TOKEN not in json.dumps(second), "a credential is sent to no model"
    assert [[row["id"] for row in shown(one)[0]["rules"]] for one in (first, third)] == [["SVC-1"], ["SVC-2"]]
    (finding,) = data["findings"]
    assert (finding["id"], finding["by"]) == ("SVC-2", "model big")
    assert ids(data) == ["SVC-1", "SVC-2"] and data["passed_over"] == ["SVC-3"]
    assert data["rules"][1]["because"] == "model small selected it"


@pytest.mark.parametrize(
    ("chosen", "selected", "note"),
    [
        ({"rules": []}, [], ""),
        (
            {"rules": ["SVC-1", "SVC-4", "SVC-9", "SVC-2", "SVC-2"]},
            ["SVC-2"],
            "ignored 4 rules returned by model small",
        ),
        ({"rules": [7, None, {"id": "SVC-2"}]}, [], "ignored 3 rules returned by model small"),
        ({"rules": "SVC-2"}, [], "the list of rules is missing"),
        ({"verdicts": []}, [], "the list of rules is missing"),
        (completion("[[["), [], "the content of the response is not JSON"),
        (failure(500), [], "no more requests were sent to models: no model responded"),
        (failure(401), [], "no more requests were sent to models"),
    ],
)
def test_a_model_adds_only_rules_that_it_was_offered_and_takes_none_away(
    root: Path, chosen: object, selected: list[str], note: str
) -> None:
    with gateway(answering(chosen)) as server:
        data = reviewed(root, selecting(root.parent, server.url))
    assert ids(data) == ["SVC-1", *selected]
    assert data["decision"] == "approve"
    assert any(note in one for one in data["notes"]), data["notes"]


def test_without_models_for_it_no_question_selects_rules(root: Path) -> None:
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        data = reviewed(root, settings(root.parent, server.url))
        assert [task(body) for body in bodies(server)] == ["review"]
        assert ids(data) == ["SVC-1"] and not any("rules were selected" in note for note in data["notes"])


def test_a_class_that_does_not_allow_the_model_is_reported(root: Path) -> None:
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        config = selecting(root.parent, server.url)
        config.write_text(config.read_text().replace("public: [big, small]", "public: [big]"))
        data = reviewed(root, config)
    assert [task(body) for body in bodies(server)] == ["review"]
    note = "no rules were selected: the sensitivity class does not allow a model for the task `select`"
    assert note in data["notes"]


def test_a_frozen_run_uses_the_earlier_selection_and_needs_it(root: Path) -> None:
    answers = ("--answers", str(root.parent / "answers"))
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        config = selecting(root.parent, server.url)
        first = reviewed(root, config, *answers)
        again = reviewed(root, config, *answers, "--frozen")
    assert [task(body) for body in bodies(server)] == ["review", "select", "review"]
    assert ids(again) == ids(first) == ["SVC-1", "SVC-2"]


def test_a_large_change_has_few_such_questions_and_the_rest_is_reported(root: Path) -> None:
    for number in range(12):
        put(root, f"src/long_{number:02}.py", "".join(f"name_{n} = 'value {n}'\n" for n in range(100)))
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        text = "  packet: 2000\n  budget: {requests: 100, tokens: 9000000}\n"
        data = reviewed(root, selecting(root.parent, server.url, text=text))
    assert [task(body) for body in bodies(server)].count("select") == 4
    assert any(note.startswith("no rules were selected for src/") for note in data["notes"])


def test_rules_and_lines_that_do_not_fit_are_reported(tmp_path: Path) -> None:
    rules = [
        rule(
            n,
            JUDGED,
            text=f"Part {n} of a machine MUST be painted in its own colour of three, as the plan says",
            labels=NEVER,
        )
        for n in range(1, 90)
    ]
    root = repository(tmp_path, rules)
    put(root, "src/b.py", f"value = '{'long ' * 100}'\n")
    with gateway(answering({"rules": []})) as server:
        data = reviewed(root, selecting(root.parent, server.url, text="  packet: 2000\n"))
    offered = len(shown(bodies(server)[-1])[0]["rules"])
    assert 0 < offered < 89
    assert f"{89 - offered} unlikely rules did not fit into the request for rule selection" in data["notes"]
    assert "src/b.py: for rule selection, lines were truncated after 400 characters" in data["notes"]


def test_what_a_model_selects_takes_nothing_from_the_review_of_the_other_rules(root: Path) -> None:
    with gateway(answering({"rules": ["SVC-2", "SVC-3"]})) as server:
        alone = reviewed(root, settings(root.parent, server.url), "--answers", str(root.parent / "alone"))
        (question,) = bodies(server)
        for most in (1, 2, 3):
            text = f"  budget: {{requests: {most}}}\n"
            config = selecting(root.parent, server.url, text=text)
            data = reviewed(root, config, "--answers", str(root.parent / str(most)))
            asked = bodies(server)[-most:]
            assert shown(asked[0]) == shown(question)
            assert [task(body) for body in asked] == ["review", "select", "review"][:most]
            missing = [note for note in data["notes"] if "no verdict" in note]
            assert (data["decision"], bool(missing)) == (alone["decision"], most == 2), data["notes"]


def test_no_rules_are_selected_after_the_review_itself_has_failed(root: Path) -> None:
    with gateway(lambda *_: failure(401)) as server:
        data = reviewed(root, selecting(root.parent, server.url))
    assert [task(body) for body in bodies(server)] == ["review"]
    assert ids(data) == ["SVC-1"]


def test_rules_that_a_model_selects_are_listed_in_the_order_of_all_rules(tmp_path: Path) -> None:
    rules = [
        rule(1, JUDGED, text="Handlers SHOULD be short", labels=PYTHON),
        rule(2, JUDGED, text="A request MUST be loaded once", labels=NEVER),
    ]
    root = repository(tmp_path, rules)
    put(root, "src/b.py", LINES)
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        data = reviewed(root, selecting(root.parent, server.url))
    assert [(one["id"], one["blocking"]) for one in data["rules"]] == [("SVC-2", True), ("SVC-1", False)]


def test_a_credential_is_reported_once_for_all_questions(root: Path) -> None:
    with gateway(answering({"rules": ["SVC-2"]})) as server:
        data = reviewed(root, selecting(root.parent, server.url))
    assert data["notes"].count("not shown to the model: 1 credential in src/b.py") == 1


def test_a_violation_that_a_person_and_a_model_find_is_one_finding(root: Path) -> None:
    found = {
        "rule": "SVC-2",
        "file": "src/b.py",
        "state": "violated",
        "line": 1,
        "quote": "load(request)",
        "reason": "",
    }
    asked = {"rule": "SVC-1", "file": "src/b.py", "state": "followed"}
    answer = response(root, [asked, found])

    def respond(body: dict[str, Any], _number: int) -> Reply:
        return completion({"rules": ["SVC-2"]} if task(body) == "select" else {"verdicts": [*followed(body), found]})

    with gateway(respond) as server:
        config = selecting(root.parent, server.url)
        data = reviewed(root, config, "--verdicts", str(answer))
    assert [(one["id"], one["by"]) for one in data["findings"]] == [("SVC-2", "a reviewer")]
    assert ids(data) == ["SVC-1", "SVC-2"]
