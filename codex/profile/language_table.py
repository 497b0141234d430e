"""Maps file names and extensions to languages: linguist's table, and codexc's choice where linguist reads the contents.

Only programming languages count (and HTML, CSS, SQL and similar ones, for which standards have rules): prose, data and
build descriptions would outweigh them. How a file is classified is in `languages`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from skills_build.languages import LANGUAGES

_COUNTED_TOO: Final = frozenset(
    {"Astro", "CSS", "HTML", "HTML+ERB", "Jinja", "Jupyter Notebook", "Less", "SCSS", "SQL", "Sass", "Svelte", "Vue"}
)
"""Languages that count although linguist classifies them as markup or data."""

_NOT_COUNTED: Final = frozenset(
    {
        "Alpine Abuild",
        "CMake",
        "Dockerfile",
        "Dune",
        "Earthly",
        "G-code",
        "Just",
        "LabVIEW",
        "Linker Script",
        "M4Sugar",
        "Makefile",
        "Max",
        "Meson",
        "Module Management System",
        "Procfile",
        "QMake",
        "TI Program",
        "Xmake",
    }
)
"""Languages that linguist classifies as programming, but that describe builds or are written by programs."""

_PART_OF: Final = {
    "Fortran Free Form": "Fortran",
    "HTML+EEX": "Elixir",
    "HTML+PHP": "PHP",
    "Literate CoffeeScript": "CoffeeScript",
    "Literate Haskell": "Haskell",
    "Motorola 68K Assembly": "Assembly",
    "PLSQL": "SQL",
    "PLpgSQL": "SQL",
    "PostCSS": "CSS",
    "SQLPL": "SQL",
    "SystemVerilog": "Verilog",
    "TSQL": "SQL",
    "TSX": "TypeScript",
    "Unix Assembly": "Assembly",
}
"""Languages of linguist that standards treat as part of a larger one."""

_CHOSEN: Final = {
    "C++": "hh",
    "C#": "cs",
    "CSV": "csv",
    "Common Lisp": "lisp lsp",
    "Elixir": "ex",
    "Fortran": "for",
    "GLSL": "frag",
    "HTML": "html",
    "JSON": "json",
    "Makefile": "mk",
    "Markdown": "md",
    "OCaml": "ml",
    "Objective-C++": "mm",
    "PHP": "php",
    "Perl": "pm",
    "Rust": "rs",
    "SQL": "sql",
    "Scala": "sc",
    "Scheme": "scm",
    "Solidity": "sol",
    "Starlark": "star",
    "TeX": "tex",
    "Text": "txt",
    "TOML": "toml",
    "TypeScript": "tsx",
    "V": "vlang",
    "XML": "xml",
    "YAML": "yaml yml",
}
"""The usual language of extensions that linguist assigns to several languages, or to none."""

_UNUSUAL: Final = frozenset({"app", "com", "io", "p8", "pat", "sig"})
"""Extensions that linguist assigns to one language, but that usually are something else: keys, signatures, programs."""

_UNUSUAL_FILES: Final = frozenset({"ROOT", "ack", "expr-dist", "login", "man", "owh", "profile", "starfield"})
"""File names that linguist assigns to one language, but that usually are something else."""

COMPANIONS: Final = {
    "h": (("Objective-C", ("m", "mm")), ("C++", ("cc", "cpp", "cxx", "hpp", "hh", "hxx")), ("C", ())),
    "m": (("MATLAB", ("mlx", "mat", "slx")), ("Objective-C", ())),
    "v": (("Coq", ("vo", "glob", "vos")), ("V", ("vsh",)), ("Verilog", ())),
    "pl": (("Prolog", ("plt", "prolog")), ("Perl", ())),
    "pp": (("Pascal", ("pas", "lpr", "dpr")), ("Puppet", ())),
    "d": (("D", ()),),
    "fs": (("GLSL", ("vs", "glsl", "vert", "frag")), ("F#", ())),
    "cl": (("OpenCL", ("clh", "c", "cpp", "cc")), ("Common Lisp", ())),
    "pro": (("QMake", ("pri", "ui", "qrc", "cpp")), ("Prolog", ())),
    "s": (("Assembly", ()),),
    "ts": (("Qt translations", ("qm", "pro")), ("TypeScript", ())),
    "r": (("R", ()),),
}
"""Extensions that several languages share: the first language with another extension in the tree wins, else the last.
`.h` is C++ in a tree with C++ sources, `.m` is Objective-C unless the tree has MATLAB's own files. Linguist reads the
contents instead: https://github.com/github-linguist/linguist/blob/main/lib/linguist/heuristics.yml"""

_INTERPRETERS: Final = {
    "bats": "Shell",
    "deno": "TypeScript",
    "groovy": "Groovy",
    "ksh": "Shell",
    "lua": "Lua",
    "node": "JavaScript",
    "perl": "Perl",
    "php": "PHP",
    "python": "Python",
    "ts-node": "TypeScript",
}
"""The usual language of interpreters that linguist assigns to several languages, or to none."""

GROUPS: Final = {
    "SCSS": ("css",),
    "Less": ("css",),
    "Sass": ("css",),
    "HTML+ERB": ("html", "ruby"),
    "Vue": ("javascript", "html"),
    "Svelte": ("javascript", "html"),
    "Astro": ("html",),
    "Jinja": ("html",),
    "Jupyter Notebook": ("python",),
    "Cython": ("python",),
}
"""Further terms of standards that apply to a language."""


@cache
def _owners(column: int) -> dict[str, set[str]]:
    """Return the languages of each word in a column of linguist's table."""
    owners: dict[str, set[str]] = {}
    for name, row in LANGUAGES.items():
        for word in row[column]:
            owners.setdefault(word, set()).add(_PART_OF.get(name, name))
    return owners


def _single(column: int, *, counted: bool) -> Iterator[tuple[str, str]]:
    """Yield each word of a column that only one language has, with that language."""
    for word, owners in _owners(column).items():
        name = min(owners)
        if len(owners) == 1 and _counts(name) is counted:
            yield word, name


def _counts(name: str) -> bool:
    programming = name in LANGUAGES and LANGUAGES[name][0] == "programming"
    return name in _COUNTED_TOO or (programming and name not in _NOT_COUNTED)


def _chosen(*, counted: bool) -> Iterator[tuple[str, str]]:
    for name, extensions in _CHOSEN.items():
        if _counts(name) is counted:
            yield from ((extension, name) for extension in extensions.split())


def _names_language(file: str) -> bool:
    return file not in _UNUSUAL_FILES and not file.endswith(".lock")


def _names(names: Iterable[str]) -> dict[str, str]:
    return {name.lower(): name for name in names}


EXTENSIONS: Final = {
    extension: name
    for extension, name in (*_single(1, counted=True), *_chosen(counted=True))
    if extension not in COMPANIONS and extension not in _UNUSUAL
}
"""Languages that count, by extension: without the dot, in lower case."""

DETECTABLE: Final = {
    extension: name
    for extension, name in (*_single(1, counted=False), *_chosen(counted=False))
    if extension not in COMPANIONS and extension not in EXTENSIONS
}
"""Prose, data and build descriptions by extension: they count only where `linguist-detectable` is set."""

FILENAMES: Final = {file: name for file, name in _single(2, counted=True) if _names_language(file)}
"""Languages that count, by file name."""

INTERPRETERS: Final = {**dict(_single(3, counted=True)), **_INTERPRETERS}
"""Languages by interpreter, for executables without an extension."""

ALIASES: Final = {**{word.lower(): name for word, name in _single(4, counted=False)}, **dict(_single(4, counted=True))}
"""Alternative names that `linguist-language` accepts."""

NOT_COUNTED: Final = frozenset({"QMake", "Qt translations"})

CANONICAL: Final = {**_names(LANGUAGES), **_names(name for rows in COMPANIONS.values() for name, _ in rows)}
"""Names of languages by their lower-case form."""
