"""Which modules name a vendor's file type: only those that read, write or imitate it, and names fixed for scripts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import hdmea_gui

ROOT = Path(hdmea_gui.__file__).parent
OWNERS = ("sources", "io", "sample", "scripts")
VENDOR = re.compile(r"(?i)cmcr|cmtr|cmce|cmte|\bmcs\b|cmos-mea-")
FIXED = re.compile(
    r"(?i)cmcr_path|cmtr_path"  # arguments and step parameters that scripts and files rely on
    r"|cmcr_fields|cmtr_fields|add_cmtr_unit_info"  # of public functions
    r"|--cmcr|--cmtr|options\.(cmcr|cmtr)\b|^(cmcr|cmtr)$"  # options of the command line
)


def texts_in(path: Path) -> list[str]:
    """Every name and text of a module, without comments."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        found += [
            name for name in (getattr(node, "id", None), getattr(node, "attr", None)) if isinstance(name, str)
        ]
        found += [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
    return found


def test_no_other_module_names_a_vendors_file_type() -> None:
    naming = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] not in OWNERS
        for text in texts_in(path)
        if VENDOR.search(FIXED.sub("", text))
    }
    assert naming == set()
