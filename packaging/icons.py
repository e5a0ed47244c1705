"""The program's icon in the sizes and formats of the operating systems, drawn from one SVG."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from pathlib import Path

ICO_SIZES = (16, 24, 32, 48, 64, 256)
ICNS_SIZES = {
    b"icp4": 16, b"icp5": 32, b"icp6": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512,
    b"ic10": 1024, b"ic11": 32, b"ic12": 64, b"ic13": 256, b"ic14": 512,
}  # fmt: skip
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def png(drawing: Path, size: int) -> bytes:
    """Return the drawing as a PNG of ``size`` x ``size`` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(str(drawing))
    if not renderer.isValid():
        raise ValueError(f"Qt cannot read the drawing {drawing}.")
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6's stubs lack the text that Qt accepts
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return a Windows icon that contains PNGs, given by size."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    entries = b""
    for size, data in pictures.items():
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + entries + b"".join(pictures.values())


def icns(pictures: dict[bytes, bytes]) -> bytes:
    """Return a macOS icon that contains PNGs, given by type."""
    body = b"".join(kind + struct.pack(">I", len(data) + 8) + data for kind, data in pictures.items())
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def write_icons(drawing: Path, folder: Path) -> None:
    """Write ``<name>.ico``, ``<name>.icns`` and ``png/<size>.png``.

    Parameters
    ----------
    drawing : Path
        The SVG; the files get its name.
    folder : Path
        Where the files go; created if missing.
    """
    drawn = {size: png(drawing, size) for size in sorted({*ICO_SIZES, *ICNS_SIZES.values(), *PNG_SIZES})}
    (folder / "png").mkdir(parents=True, exist_ok=True)
    (folder / f"{drawing.stem}.ico").write_bytes(ico({size: drawn[size] for size in ICO_SIZES}))
    (folder / f"{drawing.stem}.icns").write_bytes(
        icns({kind: drawn[size] for kind, size in ICNS_SIZES.items()})
    )
    for size in PNG_SIZES:
        (folder / "png" / f"{size}.png").write_bytes(drawn[size])
