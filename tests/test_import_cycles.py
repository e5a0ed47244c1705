"""No module of the package imports itself by way of others, not even for its type hints or within a function."""

from __future__ import annotations

import ast
from pathlib import Path

import hdmea_gui

ROOT = Path(hdmea_gui.__file__).parent

Graph = dict[str, set[str]]


def import_graph(root: Path) -> Graph:
    """What each module of a package imports of it, wherever the import stands."""
    modules = {name_of(path, root): path for path in root.rglob("*.py")}
    return {
        name: imported(ast.parse(path.read_text(encoding="utf-8")), set(modules))
        for name, path in modules.items()
    }


def name_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, modules: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & modules or {str(node.module)}
    return found & modules


def cycles(graph: Graph) -> set[frozenset[str]]:
    """Groups of modules each of which imports all the others, directly or not."""
    reached = {name: reachable(name, graph) for name in graph}
    in_cycles = [name for name in graph if name in reached[name]]
    return {
        frozenset(other for other in in_cycles if other in reached[name] and name in reached[other])
        for name in in_cycles
    }


def reachable(start: str, graph: Graph) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = import_graph(ROOT)
    assert "hdmea_gui.window.workbench" in graph["hdmea_gui.window.main_window"]
    assert "hdmea_gui.window.workbench" in graph["hdmea_gui.window.menus"], "an import for type hints"
    assert cycles(graph) == set()


def test_a_cycle_is_found_wherever_the_imports_stand(tmp_path: Path) -> None:
    package = tmp_path / "made"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text("from made.second import thing\n")
    (package / "second.py").write_text("if TYPE_CHECKING:\n    from made import third\n")
    (package / "third.py").write_text("def late():\n    import made.first\n")
    (package / "fourth.py").write_text("from made.first import thing\n")
    assert cycles(import_graph(package)) == {frozenset({"made.first", "made.second", "made.third"})}
