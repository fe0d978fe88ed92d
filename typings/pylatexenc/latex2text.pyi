"""Types of what this project uses of pylatexenc, which has none of its own."""

from collections.abc import Iterator

class MacroTextSpec:
    macroname: str
    simplify_repl: object

class LatexContextDb:
    def iter_macro_specs(self) -> Iterator[MacroTextSpec]: ...

def get_default_latex_context_db() -> LatexContextDb: ...
