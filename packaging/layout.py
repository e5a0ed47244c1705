"""Write the description of the file format, `resources/help/file-layout.md`, from the schema."""

from __future__ import annotations

from pathlib import Path

from hdmea_gui.io.store.layout_page import layout_page

PAGE = Path(__file__).parents[1] / "resources" / "help" / "file-layout.md"

if __name__ == "__main__":
    PAGE.write_text(layout_page(), encoding="utf-8")
    print(f"Wrote {PAGE}.")
