"""Every lint, one row each. A new lint is a file under `rules/`, a row here and a page in `validators/lints/`.

The name of a module is the code and the name of its lint.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from skills_build.diagnostics import Severity
from skills_build.lint.base import Lint, Stage

_PARSE: Final[tuple[Lint, ...]] = (
    Lint(code="CX001", name="not-utf8", severity=Severity.ERROR, fixable=True),
    Lint(code="CX002", name="byte-order-mark", severity=Severity.WARNING, fixable=True),
    Lint(code="CX003", name="line-ends", severity=Severity.WARNING, fixable=True),
    Lint(code="CX004", name="invalid-yaml", severity=Severity.ERROR),
    Lint(code="CX005", name="duplicate-key", severity=Severity.ERROR),
    Lint(code="CX006", name="unknown-key", severity=Severity.ERROR, fixable=True),
    Lint(code="CX007", name="invalid-value", severity=Severity.ERROR),
    Lint(code="CX010", name="control-character", severity=Severity.ERROR),
    Lint(code="CX011", name="file-too-large", severity=Severity.ERROR),
    Lint(code="CX014", name="unused-suppression", severity=Severity.WARNING),
    Lint(code="CX015", name="suppression-without-reason", severity=Severity.ERROR),
    Lint(code="CX017", name="unknown-label", severity=Severity.WARNING, fixable=True),
    Lint(code="CX018", name="missing-front-matter", severity=Severity.ERROR),
    Lint(code="CX019", name="invalid-row", severity=Severity.ERROR),
    Lint(code="CX020", name="rule-without-level", severity=Severity.ERROR),
    Lint(code="CX021", name="invalid-glob", severity=Severity.ERROR),
    Lint(code="CX022", name="unmatched-glob", severity=Severity.WARNING),
    Lint(code="CX025", name="deprecated-key", severity=Severity.WARNING),
    Lint(code="CX030", name="unusual-level", severity=Severity.WARNING, fixable=True),
    Lint(code="CX031", name="doubtful-level", severity=Severity.ERROR),
    Lint(code="CX032", name="restricting-may", severity=Severity.WARNING),
    Lint(code="CX034", name="near-miss-table", severity=Severity.WARNING, found_by=Stage.CODEX),
    Lint(code="CX037", name="unread-suffix", severity=Severity.WARNING),
    Lint(code="CX040", name="invalid-status", severity=Severity.ERROR),
    Lint(code="CX041", name="invalid-label-value", severity=Severity.WARNING),
    Lint(code="CX044", name="merge-conflict", severity=Severity.ERROR),
    Lint(code="CX045", name="curly-quotes", severity=Severity.WARNING),
    Lint(code="CX046", name="other-word", severity=Severity.INFO, fixable=True),
    Lint(code="CX047", name="unmatchable-glob", severity=Severity.WARNING),
    Lint(code="CX050", name="lost-words", severity=Severity.WARNING, found_by=Stage.OUTPUT),
    Lint(code="CX051", name="stray-words", severity=Severity.WARNING, found_by=Stage.OUTPUT),
    Lint(code="CX052", name="unread-front-matter", severity=Severity.INFO, found_by=Stage.OUTPUT),
    Lint(code="CX053", name="file-not-in-output", severity=Severity.WARNING, found_by=Stage.OUTPUT),
    Lint(code="CX054", name="misplaced-label", severity=Severity.ERROR),
    Lint(code="CX055", name="repeated-label", severity=Severity.ERROR),
    Lint(code="CX056", name="comment-in-value", severity=Severity.WARNING),
    Lint(code="CX060", name="dialect-without-file", severity=Severity.ERROR),
    Lint(code="CX061", name="dialect-without-rule", severity=Severity.ERROR),
    Lint(code="CX062", name="dialect-without-level", severity=Severity.ERROR),
    Lint(code="CX063", name="only-context", severity=Severity.WARNING),
    Lint(code="CX101", name="rule-without-id", severity=Severity.ERROR, found_by=Stage.CODEX),
    Lint(code="CX102", name="malformed-id", severity=Severity.ERROR, found_by=Stage.CODEX),
    Lint(code="CX141", name="unmatched-lint-path", severity=Severity.WARNING),
    Lint(code="CX313", name="undeclared-keyword", severity=Severity.WARNING, fixable=True),
    Lint(code="CX409", name="unreadable-file", severity=Severity.ERROR),
    Lint(code="CX511", name="rule-too-long", severity=Severity.ERROR, found_by=Stage.OUTPUT),
)

_DOCUMENT: Final = (
    "cx008_unclosed_fence",
    "cx009_skipped_heading_level",
    "cx012_leftover_template_syntax",
    "cx013_contents_list_differs",
    "cx016_nested_too_deeply",
    "cx036_title_is_not_the_heading",
    "cx039_misclosed_fence",
    "cx048_date_in_the_future",
    "cx049_fence_in_code",
    "cx057_title_says_status",
    "cx058_unclosed_html",
    "cx064_detached_lead_in",
    "cx065_detached_condition",
    "cx066_unread_directive",
    "cx105_missing_owner",
    "cx107_review_overdue",
    "cx108_inconsistent_status",
    "cx109_unknown_domain",
    "cx113_foreign_id_prefix",
    "cx115_unknown_tag",
    "cx117_widened_scope",
    "cx301_vague_statement",
    "cx302_compound_rule",
    "cx303_missing_rationale",
    "cx304_missing_example",
    "cx305_menu_without_default",
    "cx306_shouting",
    "cx310_time_relative_words",
    "cx311_placeholder",
    "cx312_ambiguous_modal",
    "cx314_empty_rule",
    "cx315_heading_stronger_than_body",
    "cx316_weak_must",
    "cx320_unfinished_sentence",
    "cx405_image_without_text",
    "cx406_absolute_path",
    "cx410_insecure_url",
    "cx411_undefined_reference",
    "cx412_malformed_url",
    "cx413_malformed_link",
    "cx601_hidden_unicode",
    "cx602_zero_width",
    "cx603_hidden_instructions",
    "cx604_override_phrase",
    "cx605_secret",
    "cx606_pipe_to_shell",
    "cx607_unpinned_runner",
    "cx608_hidden_in_code",
    "cx609_unsafe_html",
    "cx610_homoglyph",
    "cx611_unsafe_link",
    "cx801_invalid_check",
    "cx805_unknown_linter_rule",
    "cx809_rollout_without_effect",
)
"""The modules of `rules/` whose `LINT` checks one file."""

_CODEX: Final = (
    "cx033_near_miss",
    "cx038_ids_read_alike",
    "cx042_unknown_reference",
    "cx043_withdrawn_replacement",
    "cx103_duplicate_id",
    "cx104_reused_id",
    "cx114_vanished_rule",
    "cx116_duplicate_standard_id",
    "cx118_ambiguous_alias",
    "cx119_swapped_id",
    "cx120_same_title",
    "cx307_contradiction",
    "cx308_near_duplicate",
    "cx318_same_text_other_level",
    "cx319_contradiction_candidate",
    "cx401_broken_link",
    "cx402_link_outside_root",
    "cx403_broken_anchor",
    "cx408_unportable_path",
    "cx802_check_misses_bad",
    "cx803_check_flags_good",
    "cx804_check_flags_other_rule",
    "cx806_check_without_example",
    "cx807_unchecked_requirement",
    "cx808_check_not_tried",
)
"""The modules whose `LINT` checks all files together."""

_OUTPUT: Final = (
    "cx110_name_too_long",
    "cx111_name_collision",
    "cx201_missing_description",
    "cx202_description_too_long",
    "cx203_description_without_trigger",
    "cx204_late_trigger",
    "cx205_first_person_description",
    "cx206_forbidden_characters",
    "cx207_similar_descriptions",
    "cx210_catalogue_over_budget",
    "cx212_description_over_budget",
    "cx501_skill_too_long",
    "cx502_skill_too_many_lines",
    "cx503_skill_too_many_tokens",
    "cx504_reference_too_long",
    "cx505_fragment_too_long",
    "cx506_instruction_chain_too_long",
    "cx507_fragment_over_budget",
    "cx508_too_many_files",
    "cx509_too_many_skills",
    "cx510_skill_over_budget",
    "cx512_rule_lost",
    "cx513_orphan_reference",
    "cx701_agent_skills_spec",
    "cx702_packaging",
    "cx703_codex_cli",
    "cx705_gh_skill",
    "cx706_openai_sidecar",
    "cx707_plugin_manifest",
    "cx710_trees_differ",
)
"""The modules whose `LINT` checks the build output."""

_MODULES: Final = {
    **dict.fromkeys(_DOCUMENT, Stage.DOCUMENT),
    **dict.fromkeys(_CODEX, Stage.CODEX),
    **dict.fromkeys(_OUTPUT, Stage.OUTPUT),
}


def _code(module: str) -> str:
    return module.partition("_")[0].upper()


def _name(module: str) -> str:
    return module.partition("_")[2].replace("_", "-")


class _Registry(Mapping[str, Lint]):
    """Imports the module of a lint when it is used, because most commands use few of them."""

    def __init__(self) -> None:
        self._lints = {lint.code: lint for lint in _PARSE}
        self._modules = {_code(module): module for module in _MODULES}
        self._codes = tuple(sorted((*self._lints, *self._modules)))

    def __getitem__(self, code: str) -> Lint:
        if code not in self._lints:
            lint: Lint = import_module(f"skills_build.lint.rules.{self._modules[code]}").LINT
            self._lints[code] = lint
        return self._lints[code]

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


LINTS: Final[Mapping[str, Lint]] = _Registry()
"""Every lint by its code, in order."""

CODES: Final = {
    **{lint.name: lint.code for lint in _PARSE},
    **{_name(module): _code(module) for module in _MODULES},
}
"""The code of each lint by its name. Imports no lint."""

STAGES: Final = {
    **{lint.code: lint.found_by for lint in _PARSE},
    **{_code(module): stage for module, stage in _MODULES.items()},
}
"""The stage of each lint by its code. Imports no lint."""


def lints_of(stage: Stage) -> tuple[Lint, ...]:
    """Return the lints that check the result of a stage, in the order of their codes."""
    return tuple(LINTS[code] for code in LINTS if STAGES[code] is stage)
