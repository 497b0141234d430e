"""Generates any number of standards, for tests of sizes and order."""

from collections.abc import Mapping

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
BODY = """**Why:** number {number} has a reason that takes a sentence or two to tell, as most reasons do.

**Check:** a reviewer sees it at once.

**Bad:**

```python
def handle_{number}(request):
    return request.body
```

**Good:**

```python
def handle_{number}(request: Request) -> Response:
    return Response(parse(request.body))
```
"""


def standards(rules: int, *, per_file: int = 20, domains: int = 12, body: str = BODY) -> Mapping[str, str]:
    """Generate `rules` rules in canonical standards of `per_file` rules each."""
    files = {}
    for number in range((rules + per_file - 1) // per_file):
        first = number * per_file
        domain = f"d{number % domains:02}"
        files[f"{domain}/std-{number:04}.md"] = _standard(
            number, domain, range(first, min(first + per_file, rules)), body
        )
    return files


def _standard(number: int, domain: str, rules: range, body: str) -> str:
    status = "enforced" if number % 3 == 0 else "approved"
    front = f"---\nid: S{number:04}\ntitle: Topic {number} standards\ndomain: {domain}\nstatus: {status}\n---\n"
    parts = [front, f"# Topic {number} standards", "An introduction to this topic."]
    for place, rule in enumerate(rules):
        if place % 7 == 0:
            parts.append(f"## Part {place // 7 + 1}")
        level = LEVELS[rule % len(LEVELS)]
        parts.append(f"### Handlers of kind {rule} {level} keep promise {rule * 7} (S{number:04}-{place + 1})")
        parts.append(body.format(number=rule))
    return "\n\n".join(parts) + "\n"
