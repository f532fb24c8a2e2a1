"""One module per group of commands. Each imports at its top only what ``weft --help`` may cost."""
