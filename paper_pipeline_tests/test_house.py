"""The house keeps its shape: short functions, a small top level, types that are checked."""

import ast
import gc
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import paper_pipeline

PACKAGE = Path(paper_pipeline.__file__).parent
MOST_LINES = 60
LONG_FUNCTIONS = {
    "clean.repair.bare_commands._readings": "a table of patterns, without a statement of its own",
    "dedup.kernels._scan": "compiled: a loop over bytes whose state a call for each would copy",
    "dedup.kernels._scan_words": "compiled: the same loop for plain text, which most of it is",
    "dedup.kernels.fold_titles": "compiled: one pass over titles; a third of it describes arrays",
    "dedup.kernels.sketch_texts": "compiled: one pass over texts; a third of it describes arrays",
}
MOST_TOP_LEVEL_MODULES = 12
# Rules that are off in a module, each for a library that leaves parameters without types.
LOOSENED = {
    "automation.py": "reportUnknownMemberType=false",
    "lake/store.py": "reportUnknownMemberType=false",
    "plots.py": "reportUnknownMemberType=false",
    "release/page.py": "reportUnknownMemberType=false",
    "release/report.py": "reportUnknownMemberType=false",
}


def list_functions(tree: ast.AST, name: str) -> Iterator[tuple[str, int]]:
    """The functions below a node and their lengths in lines, those inside others too."""
    for node in ast.iter_child_nodes(tree):
        inner = name
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{name}.{node.name}"
            if not isinstance(node, ast.ClassDef):
                yield inner, (node.end_lineno or node.lineno) - node.lineno + 1
        yield from list_functions(node, inner)


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    """Python 3.11 fails to parse where a collection calls back in the middle of it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
def test_long_functions_have_a_reason() -> None:
    found = {
        name
        for path in PACKAGE.rglob("*.py")
        for name, lines in list_functions(
            ast.parse(path.read_text()),
            ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"),
        )
        if lines > MOST_LINES
    }
    assert found == set(LONG_FUNCTIONS)


def test_the_top_level_has_few_modules() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert len(modules) <= MOST_TOP_LEVEL_MODULES, sorted(modules)


def test_every_module_is_checked_strictly() -> None:
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["pyright"]
    assert settings["typeCheckingMode"] == "strict"
    assert settings["include"] == [PACKAGE.name]
    assert settings.keys() <= {"include", "pythonVersion", "typeCheckingMode", "venv", "venvPath"}


def test_no_module_escapes_the_type_checker() -> None:
    texts = {
        path.relative_to(PACKAGE).as_posix(): path.read_text() for path in PACKAGE.rglob("*.py")
    }
    loosened = {
        name: found[1]
        for name, text in texts.items()
        for found in re.finditer(r"^# pyright: (.+)$", text, re.MULTILINE)
    }
    assert loosened == LOOSENED
    assert not [n for n, t in texts.items() if re.search(r"# (type|pyright): ignore(?!\[)", t)]
