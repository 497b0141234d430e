"""A finding about the output leads to a file that its author can change."""

from skills_build.diagnostics import FILE_START, Finding
from skills_build.lint.source_places import SourcePlaces
from skills_build.model.bundle import Output
from tests.support.compiling import compiled, standard


def test_without_settings_the_whole_output_leads_to_a_standard_and_to_no_other_file() -> None:
    made = compiled({"z/services.md": standard("### Services MUST log (SVC-1)\n")})
    output = Output(skills=made.plan.skills, fragments=(), artifacts=made.artifacts, limits=(), files={})
    places = SourcePlaces(output, frozenset({"Dockerfile", "LICENSE", "z/services.md"}), "")
    found = places.of(Finding(code="CX210", message="too long", path="skills", span=FILE_START))
    assert found.path == "z/services.md"
