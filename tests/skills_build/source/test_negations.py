"""A negation is part of the level that it follows; anywhere else, it is an error or belongs to another word."""

import pytest

from skills_build.model.standard import Level
from skills_build.source.levels import read_levels
from tests.skills_build.source.reading import HEAD, reading, standard

NEGATIONS = (
    "MUST always not",
    "MUST therefore, as agreed, never",
    "MUST in no case",
    "MUST, under no circumstances,",
    "MUST (at no time)",
    "MUST \u2013 on no account \u2013",
    "MUST by **no** means",
    "MUST only never",
    "MUST at all times not",
    "MUST in production not",
    "MUST for reasons of security never",
    "MUST, as rule 4 says, not",
    "MUST no longer",
    "MUST neither move nor",
    "MUST be not",
    "MUST be never",
    "SHOULD rarely",
    "SHOULD very seldom",
    "SHOULD almost never",
    "SHOULD hardly ever",
    "MUST not always",
    "MUST NOT not",
    "MAY in no event",
    "SHOULD rather not",
    "MUST better not",
    "MUST if possible not",
    "MUST where possible never",
    "SHOULD as far as possible not",
    "MUST nicht",
    "MUST NICHT",
    "MUST keine",
    "SHOULD niet",
    "MUST ne pas",
    "MUST jamais",
    "MUST não",
)
"""A negation before the verb that is not in the standard form."""
NEGATIONS_BEHIND = (
    "MUST be kept never",
    "MUST be kept on the same disk *never*",
    "MUST be kept (never)",
    "MUST be kept not on the same disk",
    "MUST be kept in the same room at no time",
    "SHOULD be kept rarely",
    "SHOULD keep data under no circumstances",
    "MAY be kept in any room in no case. They are safe",
    "MUST keep passwords not",
)
NO_NEGATIONS = (
    "MUST be read, and not only written",
    "MUST be able to hold what is not signed",
    "MUST expire and never be kept",
    "MUST use a vault, never a disk",
    "MUST ensure that data never leaves",
    "MUST have the policy `never`",
    "MUST set the policy to never",
    "MUST take no longer than 5 s",
    "MUST be no larger than 1 GB",
    "MUST have no passwords",
    "MUST drop data no longer needed",
    "MUST be kept not in git but in a vault",
    "MUST drop rarely used data",
    "MUST say whether it is full or not",
    "MUST use TLS and under no circumstances HTTP",
    "MUST fail if the disk is not there",
    "MUST always be checked",
    "MUST, in production, be checked",
    "MUST in tests be checked",
    "MUST be signed. Never skip this",
    "MUST reply not found",
    "MUST choose not to keep it",
    "MUST if they are not red be kept",
    "MUST, if not red, be kept",
    "MUST when asked not to log keep it",
    "MUST rather be kept than lost",
)


@pytest.mark.parametrize("text", [*(f"{words} be kept on a disk" for words in NEGATIONS), *NEGATIONS_BEHIND])
@pytest.mark.parametrize("form", ["- Backups {} (SVC-1)", "### Backups {} (SVC-1)", "- Old backups\n  {} (SVC-1)"])
def test_a_negation_in_another_form_is_an_error_that_says_what_to_type(form: str, text: str) -> None:
    read = reading(f"{HEAD}{form.format(text)}\n")
    assert read.document is not None and read.document.standard.rules == ()
    (finding,) = (f for f in read.findings if f.code == "CX031")
    assert "`SHOULD NOT`" in str(finding.help) if text.startswith("SHOULD") else "`MUST NOT`" in str(finding.help)


@pytest.mark.parametrize("text", NO_NEGATIONS)
def test_a_negation_of_something_else_leaves_the_level(text: str) -> None:
    read = reading(f"{HEAD}- Backups {text} (SVC-1)\n")
    assert read.document is not None
    assert [rule.level for rule in read.document.standard.rules] == [Level.MUST]
    assert read.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "Under no circumstances MUST backups be public",
        "Never MUST a backup be public",
        "Backups in no case MAY be public",
        "Backups never MUST be public",
        "Not all backups MUST be public",
        "Rarely SHOULD backups be public",
        "In production, nobody MAY read backups",
        "Without a key, no backup MAY be public",
        "For public services, no secret SHOULD be logged",
        "If it rains, none of the backups MUST be out",
        "Backups and keys, neither of which MAY be public, are red",
        "Backups of which none MAY be public are red",
        "At night: no one MAY read backups",
        "Make sure that no backup MAY be public",
        "It is forbidden that backups MAY be public",
        "Zero backups MAY be public",
    ],
)
def test_a_negation_before_the_level_is_an_error(text: str) -> None:
    assert [f.code for f in reading(f"{HEAD}- {text} (SVC-1)\n").findings] == ["CX031"]


NEGATIVE_SUBJECTS = (
    *("No backup", "None of the backups", "Nobody", "**No** backup", "Almost no backup", "No backup, copy or dump"),
    *("No backup, local or remote,", "No backup, not even a small one,", "In production no backup", "In tests nobody"),
    *("Since 2026 no new backup", "Within a region no two backups", "After a release no old backup of a service"),
    "For the public services none of the backups",
    *("Few services", "Very few of the jobs"),
)


@pytest.mark.parametrize("subject", NEGATIVE_SUBJECTS)
@pytest.mark.parametrize("level", ["MAY", "MUST", "SHOULD"])
def test_a_negative_subject_with_a_positive_level_is_an_error(subject: str, level: str) -> None:
    assert [f.code for f in reading(f"{HEAD}- {subject} {level} leave the region (SVC-1)\n").findings] == ["CX031"]


OTHER_SUBJECTS = (
    "Services that no one owns",
    "Services, which nobody uses,",
    "When a service has no owner, it",
    "When a service is old, no one uses it and it",
    "In general, no later than in May, services",
    "For tests, no mocks are needed and services",
    "Services with keys, no locks and bells",
    "Secrets, no matter which service,",
    "Zero values",
    "In case no owner answers services",
    "In services with no owner tests",
    "For services that have no owner backups",
    "In regions where no backup exists services",
    "During an incident no longer than an hour services",
    "Before a release and no later than noon services",
    "No matter what, services and jobs",
    "No log of the network (consumers",
)


@pytest.mark.parametrize(
    "lead",
    [
        "No later than in May, services",
        "If no key is set, services",
        "Notes",
        "Services",
        "A few services",
        *OTHER_SUBJECTS,
    ],
)
def test_other_subjects_are_not_negative(lead: str) -> None:
    assert reading(f"{HEAD}- {lead} MUST answer in time (SVC-1)\n").findings == ()


@pytest.mark.parametrize("word", ["REQUIRED", "RECOMMENDED", "OPTIONAL"])
@pytest.mark.parametrize("negation", ["not to", "NOT to"])
def test_an_adjective_with_not_to_behind_it_is_doubtful(word: str, negation: str) -> None:
    page = f"{HEAD}## Rules\n\n- Clients are {word} {negation} retry (SVC-1)\n"
    assert [f.code for f in reading(page).findings if f.code == "CX031"] == ["CX031"]
    assert standard(page).rules == ()


@pytest.mark.parametrize("text", ["MUST be NOT NULL", "MUST treat `NOT FOUND` as empty", "MUST handle NOT FOUND"])
def test_a_not_that_belongs_to_another_word_leaves_the_level(text: str) -> None:
    read = reading(f"{HEAD}- Columns {text} (SVC-1)\n")
    assert read.document is not None
    assert (read.document.standard.rules[0].level, read.findings) == (Level.MUST, ())


@pytest.mark.parametrize(
    "text", ["MUST, not, retry", "MUST n o t retry", "SHOULD N O T wait", "MUST n.o.t retry", "MUST ,never, go"]
)
def test_a_not_between_commas_or_in_single_letters_is_no_demand(text: str) -> None:
    (word,) = read_levels(f"Clients {text}")
    assert word.level is None
    assert word.doubt


@pytest.mark.parametrize("text", ["MUST, not SHOULD, retry", "MUST, notably, retry", "MUST no test", "MUST note it"])
def test_other_words_behind_a_comma_negate_nothing(text: str) -> None:
    word = read_levels(f"Clients {text}")[0]
    assert word.level is Level.MUST


@pytest.mark.parametrize(
    "before",
    [
        "That doesn't mean that you",
        "This does not imply services",
        "It is not true that clients",
        "It isn't necessary that a job",
    ],
)
def test_a_demand_that_a_sentence_denies_is_remarked(before: str) -> None:
    (word,) = read_levels(f"{before} SHOULD break the law")
    assert word.remark == "is negated by the words before it, so it neither requires nor forbids anything"
    (finding,) = (
        f for f in reading(f"{HEAD}## Rules\n\n### {before} MUST log (SVC-1)\n").findings if f.code == "CX031"
    )
    assert "is read as MUST" in finding.message
    assert (finding.help or "").startswith("rephrase the rule without `MUST`")


@pytest.mark.parametrize(
    "before",
    [
        "If it does not mean much, services",
        "Calls that do not require it: clients",
        "What is not true. Services",
        "If these things are not true then you",
        "When signing is not required services",
        "Where encryption is not necessary, or not true yet, they",
        "Services",
    ],
)
def test_a_denial_in_another_clause_denies_nothing(before: str) -> None:
    assert read_levels(f"{before} SHOULD log")[0].remark == ""


@pytest.mark.parametrize(
    "before",
    [
        "Logging is not a",
        "There is no",
        "For jobs, there is no such",
        "Services no longer",
        "Clients don't",
        "Signing isn't a strict",
    ],
)
def test_a_level_directly_behind_a_negation_is_remarked(before: str) -> None:
    (word,) = read_levels(f"{before} SHOULD for jobs")
    assert word.remark.startswith("is negated by the words before it")


@pytest.mark.parametrize("before", ["Services that are public or not", "Services with no owner", "If not, services"])
def test_a_negation_of_other_words_before_a_level_negates_nothing(before: str) -> None:
    assert read_levels(f"{before} SHOULD log")[0].remark == ""


@pytest.mark.parametrize("text", ["MUST n't retry", "MUST\u00a0n’t retry"])
def test_a_not_that_is_set_off_by_a_space_is_read(text: str) -> None:
    assert read_levels(f"Clients {text}")[0].level is Level.MUST_NOT
