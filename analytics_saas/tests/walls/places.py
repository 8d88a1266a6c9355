"""Every place of the source where a tenant condition or a permission stands, and how to remove it.

Found in the syntax tree, so that a new one is a new mutant without a list to keep.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Narrowing a query, as opposed to ordering or joining it.
NARROWS = {"filter", "exclude", "none"}
DEMANDS = {"require", "require_person", "require_unbound"}
PERMISSION_METHODS = {"has_permission", "has_object_permission"}
PROJECT_CONDITION = re.compile(
    r"project_id (?:= \{project_id:UInt32\}|IN \{project_ids:Array\(UInt32\)\})"
)
QUERIES = ("reports/builder.py", "reports/sql/*.sql", "projects/sql/*.sql")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file of the source with one condition removed."""

    path: Path
    place: str
    text: str

    @property
    def is_query(self) -> bool:
        """Tell whether it changes what is read from ClickHouse."""
        return self.path.parent.name == "sql" or self.path.name == "builder.py"


def find_mutants(root: Path) -> list[Mutant]:
    """Return one mutant for each place below a checkout."""
    found: list[Mutant] = []
    for app in ("accounts", "projects", "reports"):
        for path in sorted((root / app).rglob("*.py")):
            if "tests" in path.parts or "migrations" in path.parts:
                continue
            if path.name == "access.py":
                found += _mutate(root, path, _conditions)
            # What services ask again, for requests that cross, is in tests of their own.
            if "services" not in path.relative_to(root).as_posix():
                found += _mutate(root, path, _demands)
            found += _mutate(root, path, _permissions)
    for pattern in QUERIES:
        for path in sorted(root.glob(pattern)):
            found += _without_project(root, path)
    return found


def _mutate(root: Path, path: Path, find) -> Iterator[Mutant]:
    """Yield the file once for each node that `find` names, with that node changed."""
    text = path.read_text()
    for number, (line, _) in enumerate(find(ast.parse(text))):
        tree = ast.parse(text)
        _, change = list(find(tree))[number]
        change()
        yield Mutant(path, f"{path.relative_to(root)}:{line}", ast.unparse(tree))


def _conditions(tree: ast.Module):
    """Yield each narrowing call and each refusal of the functions in an access.py."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _narrows(node):
            yield node.lineno, lambda node=node: _widen(node)
        if isinstance(node, ast.If) and any(isinstance(inner, ast.Raise) for inner in node.body):
            yield node.lineno, lambda node=node: setattr(node, "test", ast.Constant(False))


def _demands(tree: ast.Module):
    """Yield each call that asks for a right and has no other use."""
    for node in ast.walk(tree):
        for block in ("body", "orelse"):
            statements = getattr(node, block, None)
            for place, one in enumerate(statements if isinstance(statements, list) else []):
                if isinstance(one, ast.Expr) and _asks(one.value):
                    yield (
                        one.lineno,
                        lambda statements=statements, place=place: statements.__setitem__(
                            place, ast.Pass()
                        ),
                    )


def _asks(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in DEMANDS


def _narrows(node: ast.Call) -> bool:
    called = node.func
    if not isinstance(called, ast.Attribute) or called.attr not in NARROWS:
        return False
    # Finding the one that was asked for is no wall: without it nothing is found that should not be.
    return not any(keyword.arg == "public_id" for keyword in node.keywords)


def _widen(node: ast.Call) -> None:
    node.func.attr = "all"
    node.args, node.keywords = [], []


def _permissions(tree: ast.Module):
    """Yield each method by which a permission class refuses."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name in PERMISSION_METHODS:
                admit = [ast.Return(ast.Constant(True))]
                yield (
                    method.lineno,
                    lambda method=method, admit=admit: setattr(method, "body", admit),
                )


def _without_project(root: Path, path: Path) -> Iterator[Mutant]:
    text = path.read_text()
    for match in PROJECT_CONDITION.finditer(text):
        line = text[: match.start()].count("\n") + 1
        # The parameter stays in use, as the driver sends it all the same.
        open_wide = match.group(0).replace(" = ", " >= 0 * ").replace(" IN ", " + 0 * length")
        open_wide = re.sub(r"length(\{.*\})", r"length(\1) >= 0", open_wide)
        changed = text[: match.start()] + open_wide + text[match.end() :]
        yield Mutant(path, f"{path.relative_to(root)}:{line}", changed)
