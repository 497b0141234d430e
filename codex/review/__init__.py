"""Reviews a change by the rules that apply to it. Pure: the change, the files and the rules come in as values."""
