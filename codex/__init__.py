"""The program around the compiler: commands, files, git, reports. The compiler itself is `skills_build`."""

__version__ = "0.1.0"
