"""Ids and slugs outlive edits: the lock remembers them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from skills_build.model.codex import Codex, LockedId
from skills_build.model.standard import Standard
from skills_build.source.idlock import dump_id_lock, load_id_lock
from skills_build.source.resolve import resolve
from tests.skills_build.source.reading import HEAD, dialect, schema, standard
from tests.support.effort import at_most_calls

HEADINGS = dialect("[[rule]]\nat = 'heading'\ndepth = 2\n", name="headings")


def page(*titles: str, path: str = "a.md") -> Standard:
    return standard("# Page\n\n" + "\n".join(f"## {t}\n\ntext\n" for t in titles), HEADINGS, path=path)


def ids(codex: Codex) -> dict[str, str]:
    return {rule.statement: rule.id for s in codex.standards for rule in s.rules}


def test_derived_ids_are_numbered_by_document() -> None:
    assert ids(resolve([page("A MUST b", "C MUST d")])) == {"A MUST b": "A-1", "C MUST d": "A-2"}


def test_a_retitled_rule_keeps_its_id_and_slug() -> None:
    first = resolve([page("Services MUST log every request", "C MUST d")])
    second = resolve(
        [page("New things MUST come first", "Services MUST log each request", "C MUST d")], locked=first.ids
    )
    assert ids(second)["Services MUST log each request"] == "A-1"
    assert ids(second)["New things MUST come first"] == "A-3"
    slugs = {rule.id: rule.slug for rule in second.standards[0].rules}
    assert slugs["A-1"] == "services-must-log-every-request"


def test_a_rule_that_moves_to_another_file_keeps_its_id() -> None:
    first = resolve([page("A MUST b", "C MUST d"), page("E MUST f", path="z.md")])
    second = resolve([page("C MUST d"), page("E MUST f", "A MUST b", path="z.md")], locked=first.ids)
    assert ids(second) == {"C MUST d": "A-2", "E MUST f": "Z-1", "A MUST b": "A-1"}


def test_the_id_of_a_removed_rule_is_never_reused() -> None:
    first = resolve([page("Alpha MUST b", "Gamma MUST delta")])
    second = resolve([page("Alpha MUST b", "Something else MAY be")], locked=first.ids)
    assert ids(second)["Something else MAY be"] == "A-3"
    assert [entry.id for entry in second.ids] == ["A-1", "A-3", "A-2"]


def test_written_ids_are_kept_and_their_slug_stays_when_the_title_changes() -> None:
    one = standard(HEAD + "## R\n\n### A MUST b (SVC-1)\n")
    two = standard(HEAD + "## R\n\n### Quite another MUST stand (SVC-1)\n")
    second = resolve([two], locked=resolve([one]).ids)
    assert [(r.id, r.slug) for r in second.standards[0].rules] == [("SVC-1", "a-must-b")]
    assert second.ids == (LockedId(id="SVC-1", slug="a-must-b", file="services.md", title="A MUST b"),)


def test_a_tombstone_is_kept_in_the_lock() -> None:
    gone = standard(HEAD + "## W\n\n### A MUST b (SVC-1)\n\n**Withdrawn:** 2026-08\n")
    assert resolve([gone]).ids[0].withdrawn == "2026-08"


def test_rules_with_the_same_title_get_different_slugs() -> None:
    text = HEAD + "## R\n\n### A MUST b (SVC-1)\n\n### A MUST `b` (SVC-2)\n\n### 服务 MUST (SVC-3)\n"
    assert [rule.slug for rule in resolve([standard(text)]).standards[0].rules] == ["a-must-b", "a-must-b-2", "must"]


def test_the_order_of_files_changes_nothing() -> None:
    pages = [page("A MUST b", path=f"{name}.md") for name in "cab"]
    forwards, backwards = resolve(pages), resolve(reversed(pages))
    assert (forwards.standards, forwards.ids) == (backwards.standards, backwards.ids)


titles = st.lists(st.sampled_from([f"Word{n} MUST be thing{n}" for n in range(12)]), unique=True, max_size=8)


@given(before=titles, after=titles)
def test_every_statement_that_stays_keeps_its_id(before: list[str], after: list[str]) -> None:
    first = resolve([page(*before)])
    second = resolve([page(*after)], locked=first.ids)
    old, new = ids(first), ids(second)
    assert all(new[t] == old[t] for t in after if t in old)
    assert len(set(new.values())) == len(new)
    fresh = [new[t] for t in after if t not in old]
    assert not set(fresh) & {old[t] for t in before if t in after}


@given(st.lists(st.builds(LockedId, id=st.text(min_size=1), slug=st.text(), file=st.text(min_size=1), title=st.text())))
def test_a_lock_reads_back_as_it_was_written(entries: list[LockedId]) -> None:
    unique = tuple({e.id: e for e in entries}[k] for k in sorted({e.id for e in entries}))
    text = dump_id_lock(unique)
    assert load_id_lock(text, path="codex.ids.lock", schema=schema("ids-lock")) == (unique, ())


def test_a_lock_in_a_merge_conflict_is_a_finding() -> None:
    text = dump_id_lock([LockedId(id="A-1", slug="a", file="a.md", title="A")]).replace("    {", "<<<<<<< ours\n    {")
    entries, (finding,) = load_id_lock(text, path="codex.ids.lock", schema=schema("ids-lock"))
    assert (entries, finding.code, finding.span.line) == ((), "CX044", 4)


def test_a_withdrawn_entry_stays_in_the_lock() -> None:
    locked = (LockedId(id="SVC-9", slug="x", file="services.md", title="X", withdrawn="2025-01"),)
    assert resolve([standard(HEAD)], locked=locked).ids == locked
    assert replace(locked[0], withdrawn=None) not in resolve([standard(HEAD)], locked=locked).ids


def test_many_rules_with_one_title_get_slugs_in_linear_time() -> None:
    count = 400
    lines = "".join(f"- Services MUST log (SVC-{n})\n" for n in range(1, count + 1))
    read = standard(f"{HEAD}{lines}")
    with at_most_calls(250 * count):
        (result,) = resolve([read]).standards
    assert [rule.slug for rule in result.rules[:3]] == [
        "services-must-log",
        "services-must-log-2",
        "services-must-log-3",
    ]
    assert len({rule.slug for rule in result.rules}) == count
