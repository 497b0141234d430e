"""Which names and endings are which language. Facts in one table; what decides between them is in `languages`.

Only languages that people program in count (and HTML, CSS, SQL and shell, for which standards have rules): prose, data
and build descriptions would drown them.
"""

from typing import Final

_BY_LANGUAGE: Final = {
    "Ada": "ada adb ads",
    "Assembly": "asm s",
    "Astro": "astro",
    "Bicep": "bicep",
    "C": "c",
    "C#": "cs csx",
    "C++": "cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp",
    "CSS": "css pcss",
    "Clojure": "clj cljc cljs",
    "CoffeeScript": "coffee",
    "Common Lisp": "lisp lsp cl",
    "Crystal": "cr",
    "Cuda": "cu cuh",
    "Cython": "pyx pxd",
    "D": "d",
    "Dart": "dart",
    "Elixir": "ex exs heex",
    "Elm": "elm",
    "Emacs Lisp": "el",
    "Erlang": "erl hrl",
    "F#": "fs fsi fsx",
    "Fortran": "f90 f95 f03 f08 for",
    "GLSL": "glsl vert frag",
    "Go": "go",
    "Groovy": "groovy gvy",
    "HCL": "tf tfvars hcl tofu",
    "HTML": "html htm xhtml",
    "HTML+ERB": "erb",
    "Haskell": "hs lhs",
    "Java": "java",
    "JavaScript": "js jsx cjs mjs es6",
    "Jinja": "jinja j2 jinja2",
    "Julia": "jl",
    "Kotlin": "kt kts",
    "Less": "less",
    "Lua": "lua",
    "Nim": "nim",
    "Nix": "nix",
    "OCaml": "ml mli",
    "Objective-C": "m",
    "Objective-C++": "mm",
    "PHP": "php phtml",
    "Pascal": "pas dpr",
    "Perl": "pl pm",
    "PowerShell": "ps1 psm1 psd1",
    "Prolog": "pro prolog",
    "Puppet": "pp",
    "Python": "py pyi pyw",
    "R": "r",
    "Ruby": "rb rake gemspec ru",
    "Rust": "rs",
    "SCSS": "scss",
    "SQL": "sql pgsql plsql",
    "Sass": "sass",
    "Scala": "scala sbt sc",
    "Scheme": "scm ss",
    "Shell": "sh bash zsh ksh bats",
    "Solidity": "sol",
    "Starlark": "bzl star",
    "Svelte": "svelte",
    "Swift": "swift",
    "TypeScript": "ts tsx mts cts",
    "V": "vlang",
    "Verilog": "v sv svh",
    "VHDL": "vhd vhdl",
    "Visual Basic .NET": "vb",
    "Vue": "vue",
    "WebAssembly": "wat wast",
    "Zig": "zig",
}
EXTENSIONS: Final = {ending: name for name, endings in _BY_LANGUAGE.items() for ending in endings.split()}
"""Endings without the dot, in lower case."""

FILENAMES: Final = {
    "Gemfile": "Ruby",
    "Rakefile": "Ruby",
    "Vagrantfile": "Ruby",
    "Podfile": "Ruby",
    "Fastfile": "Ruby",
    "Jenkinsfile": "Groovy",
    "SConstruct": "Python",
    "SConscript": "Python",
    "BUILD": "Starlark",
    "BUILD.bazel": "Starlark",
    "WORKSPACE": "Starlark",
    "WORKSPACE.bazel": "Starlark",
    "MODULE.bazel": "Starlark",
    "Tiltfile": "Starlark",
}

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
"""Endings that several languages share: the first language one of whose other endings is in the tree, else the last.
`.h` is C++ in a tree that has C++ sources, `.m` is Objective-C unless MATLAB's own files are there."""

DETECTABLE: Final = {
    "md": "Markdown",
    "rst": "reStructuredText",
    "json": "JSON",
    "yaml": "YAML",
    "yml": "YAML",
    "toml": "TOML",
    "xml": "XML",
    "csv": "CSV",
    "txt": "Text",
    "graphql": "GraphQL",
    "proto": "Protocol Buffer",
    "ipynb": "Jupyter Notebook",
    "tex": "TeX",
    "mk": "Makefile",
    "cmake": "CMake",
}
"""Prose, data and build descriptions by ending: they count only where `linguist-detectable` says so."""

NOT_COUNTED: Final = frozenset({"QMake", "Qt translations"})

TAGS: Final = {
    "bash": "Shell",
    "sh": "Shell",
    "shell": "Shell",
    "zsh": "Shell",
    "ksh": "Shell",
    "dash": "Shell",
    "python": "Python",
    "python2": "Python",
    "python3": "Python",
    "ruby": "Ruby",
    "perl": "Perl",
    "node": "JavaScript",
    "javascript": "JavaScript",
    "php": "PHP",
    "lua": "Lua",
    "groovy": "Groovy",
    "bats": "Shell",
    "ts": "TypeScript",
    "deno": "TypeScript",
    "Rscript": "R",
}
"""Languages by the tags of `identify`, for interpreters of executables without an ending."""

ALIASES: Final = {
    "bash": "Shell",
    "sh": "Shell",
    "csharp": "C#",
    "cpp": "C++",
    "golang": "Go",
    "js": "JavaScript",
    "objc": "Objective-C",
    "terraform": "HCL",
    "ts": "TypeScript",
}
"""Other names that `linguist-language` may use."""

GROUPS: Final = {
    "SCSS": ("css",),
    "Less": ("css",),
    "Sass": ("css",),
    "HTML+ERB": ("html", "ruby"),
    "Vue": ("javascript", "html"),
    "Svelte": ("javascript", "html"),
    "Astro": ("html",),
    "Jinja": ("html",),
    "Cython": ("python",),
}
"""What a language is as well, in the words of standards."""

CANONICAL: Final = {
    name.lower(): name for name in (*_BY_LANGUAGE, *(n for rows in COMPANIONS.values() for n, _ in rows))
}
