from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPalette, QPen, QTransform
from PySide6.QtSvg import QSvgRenderer

from hdmea_gui.errors import ConfigurationError, HDMEAError
from hdmea_gui.views import all_receptive_fields, chip, electrical_image, receptive_field
from hdmea_gui.views.export import FigurePage, export_figure
from hdmea_gui.views.svg import SvgPage
from tests.refused_writes import largest_file, needs_limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import View, ViewContext, ViewSpec

SPECS = [module.VIEW for module in (receptive_field, all_receptive_fields, electrical_image, chip)]
SIZE = QSize(120, 90)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=SPECS, ids=lambda spec: spec.key)
def view(request: pytest.FixtureRequest, qtbot: QtBot, context: ViewContext) -> View:
    spec: ViewSpec = request.param
    view = spec.make(context)
    qtbot.addWidget(view)
    view.resize(640, 480)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def dark(qapp: QApplication) -> Iterator[None]:
    before = qapp.palette()
    palette = QPalette(before)
    palette.setColor(QPalette.ColorRole.Base, QColor("#101010"))
    palette.setColor(QPalette.ColorRole.Window, QColor("#202020"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#f0f0f0"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#f0f0f0"))
    qapp.setPalette(palette)
    yield
    qapp.setPalette(before)


def pixels(image: QImage) -> NDArray[np.float64]:
    """(height, width, 3), 0 to 255."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].astype(np.float64)


def rendered(svg: str | bytes, size: QSize) -> NDArray[np.float64]:
    renderer = QSvgRenderer(svg if isinstance(svg, bytes) else svg.encode())
    assert renderer.isValid()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return pixels(image)


def texts_of(path: Path) -> list[str]:
    return [element.text or "" for element in ElementTree.parse(path).iter(f"{SVG}text")]  # noqa: S314 - our own file


@pytest.mark.usefixtures("dark")
def test_a_png_has_twice_the_pixels_and_a_white_ground(view: View, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    view.export(path)
    image = QImage(str(path))
    assert image.size() == view.figure().size() * 2
    values = pixels(image)
    assert (values[:4, :4] == 255).all()
    assert (values[-4:, -4:] == 255).all()
    assert np.median(values) > 200
    assert values.min() < 50


@pytest.mark.usefixtures("dark")
def test_afterwards_the_view_is_dark_again(view: View, tmp_path: Path) -> None:
    before = pixels(view.grab().toImage())
    view.export(tmp_path / "figure.svg")
    np.testing.assert_array_equal(pixels(view.grab().toImage()), before)


def test_an_svg_looks_like_the_png(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.svg")
    view.export(tmp_path / "figure.png")
    image = QImage(str(tmp_path / "figure.png"))
    difference = np.abs(rendered((tmp_path / "figure.svg").read_bytes(), image.size()) - pixels(image)).max(
        axis=2
    )
    assert (difference > 100).mean() < 0.02  # edges of letters and of pixels only
    assert difference.mean() < 4


def test_texts_and_lines_of_an_svg_stay_such(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.svg")
    texts = " ".join(texts_of(tmp_path / "figure.svg"))
    assert re.search(r"Column \((pixel|electrode)\)", texts)
    assert re.search(r"Row \((pixel|electrode)\)", texts)
    tree = ElementTree.parse(tmp_path / "figure.svg")  # noqa: S314 - our own file
    assert len(list(tree.iter(f"{SVG}path"))) > 20
    assert len(list(tree.iter(f"{SVG}image"))) <= 6
    assert not [path for path in tree.iter(f"{SVG}path") if "vector-effect" in path.attrib]


def test_a_pdf_is_one_page_of_the_figures_size(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.pdf")
    content = (tmp_path / "figure.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert box is not None
    size, dpi = view.figure().size(), view.logicalDpiX()
    assert [float(edge) * dpi / 72 for edge in box.groups()] == pytest.approx(
        [size.width(), size.height()], abs=1.5
    )
    assert b"/Font" in content


def test_another_ending_is_refused(view: View, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PNG, SVG or PDF"):
        view.export(tmp_path / "figure.jpeg")
    assert not (tmp_path / "figure.jpeg").exists()


def test_a_place_that_cannot_be_written_is_said(view: View, tmp_path: Path) -> None:
    with pytest.raises(HDMEAError, match="cannot be written"):
        export_figure(view.figure(), tmp_path / "missing" / "figure.svg")


@needs_limits
def test_a_write_that_the_system_refuses_leaves_the_figure_as_it_was(view: View, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    export_figure(view.figure(), path)
    before = path.read_bytes()
    with largest_file(1000), pytest.raises(HDMEAError, match="cannot be written"):
        export_figure(view.figure(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


PAGE = FigurePage(width_mm=120.0, height_mm=90.0, font_pt=6.0, dpi=300.0)


def test_all_formats_have_the_size_that_was_chosen(view: View, tmp_path: Path) -> None:
    before = view.figure().size()
    for suffix in ("png", "svg", "pdf"):
        view.export(tmp_path / f"figure.{suffix}", PAGE)
    assert view.figure().size() == before
    image = QImage(str(tmp_path / "figure.png"))
    assert (image.width(), image.height()) == (1417, 1063)
    assert image.width() / image.dotsPerMeterX() * 1000 == pytest.approx(120, abs=0.1)
    assert (pixels(image)[-4:, -4:] == 255).all()
    assert pixels(image)[-40:].mean() > 200
    root = ElementTree.parse(tmp_path / "figure.svg").getroot()  # noqa: S314 - our own file
    assert [
        float(root.attrib[side].removesuffix("in")) * 25.4 for side in ("width", "height")
    ] == pytest.approx([120, 90], abs=0.01)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "figure.pdf").read_bytes())
    assert box is not None
    assert [float(edge) / 72 * 25.4 for edge in box.groups()] == pytest.approx([120, 90], abs=0.4)


def test_texts_have_the_size_that_was_chosen(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.svg", PAGE)
    root = ElementTree.parse(tmp_path / "figure.svg").getroot()  # noqa: S314 - our own file
    per_inch = float(root.attrib["viewBox"].split()[2]) / float(root.attrib["width"].removesuffix("in"))
    sizes = [float(text.attrib["font-size"]) / per_inch * 72 for text in root.iter(f"{SVG}text")]
    assert max(sizes, key=sizes.count) == pytest.approx(6.0, rel=0.05)


def test_a_png_on_a_page_looks_like_the_svg(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.svg", PAGE)
    view.export(tmp_path / "figure.png", PAGE)
    image = QImage(str(tmp_path / "figure.png"))
    difference = np.abs(rendered((tmp_path / "figure.svg").read_bytes(), image.size()) - pixels(image)).max(
        axis=2
    )
    assert (difference > 100).mean() < 0.03
    assert difference.mean() < 5


def test_without_a_page_all_formats_have_the_size_on_screen(view: View, tmp_path: Path) -> None:
    view.export(tmp_path / "figure.png")
    view.export(tmp_path / "figure.svg")
    image = QImage(str(tmp_path / "figure.png"))
    root = ElementTree.parse(tmp_path / "figure.svg").getroot()  # noqa: S314 - our own file
    inches = float(root.attrib["width"].removesuffix("in"))
    assert image.width() / image.dotsPerMeterX() / 0.0254 == pytest.approx(inches, rel=0.01)


# The page itself


def draw_everything(painter: QPainter) -> None:
    """Paint lines, shapes, images and clips under several transforms."""
    painter.fillRect(QRectF(0, 0, 120, 90), QColor("white"))
    painter.setPen(QPen(QColor("#204080"), 2))
    painter.setBrush(QColor(200, 30, 30, 128))
    painter.drawRect(QRectF(5, 5, 30, 20))
    painter.drawEllipse(QRectF(40, 5, 30, 20))
    painter.save()
    painter.setClipRect(QRectF(75, 5, 20, 20))
    painter.drawLine(QPointF(60, 0), QPointF(115, 40))
    painter.restore()
    pen = QPen(QColor("#108040"), 3)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setTransform(QTransform(10, 0, 0, -20, 10, 80))
    painter.drawPolyline([QPointF(0, 0), QPointF(2, 1.5), QPointF(4, 0.5)])
    path = QPainterPath(QPointF(5, 0))
    path.cubicTo(QPointF(6, 2), QPointF(8, 2), QPointF(9, 0))
    painter.drawPath(path)
    image = QImage(2, 2, QImage.Format.Format_RGB32)
    for number, colour in enumerate(("black", "red", "blue", "yellow")):
        image.setPixelColor(number % 2, number // 2, QColor(colour))
    painter.drawImage(QRectF(8, 1, 2, 1), image)


def test_what_is_painted_comes_back(qtbot: QtBot) -> None:  # noqa: ARG001 - there must be an application
    page = SvgPage(SIZE, 96)
    image = QImage(SIZE, QImage.Format.Format_RGB32)
    for device in (page, image):
        painter = QPainter(device)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_everything(painter)
        painter.end()
    difference = np.abs(rendered(page.to_svg(), SIZE) - pixels(image)).max(axis=2)
    difference[:45, 55:] = 0  # Qt's own reader does not clip; see the next test
    assert (difference > 60).mean() < 0.01


def test_clips_are_named_and_hold_in_page_coordinates(qtbot: QtBot) -> None:  # noqa: ARG001 - an application
    page = SvgPage(SIZE, 96)
    painter = QPainter(page)
    painter.drawLine(0, 0, 5, 5)
    painter.translate(10, 20)
    painter.setClipRect(QRectF(1, 2, 30, 40))
    painter.drawLine(0, 0, 50, 50)
    painter.setClipping(False)
    painter.drawLine(0, 0, 6, 6)
    painter.end()
    root = ElementTree.fromstring(page.to_svg().split("\n", 1)[1])  # noqa: S314 - our own text
    (clip,) = root.iter(f"{SVG}clipPath")
    assert clip[0].attrib == {"x": "11", "y": "22", "width": "30", "height": "40"}
    groups = [element for element in root if element.tag == f"{SVG}g"]
    assert [group.attrib["clip-path"] for group in groups] == [f"url(#{clip.attrib['id']})"]
    assert [path.attrib["d"] for path in groups[0]] == ["M10.00,20.00 L60.00,70.00"]
    assert [path.attrib["d"] for path in root.findall(f"{SVG}path")] == [
        "M0.00,0.00 L5.00,5.00",
        "M10.00,20.00 L16.00,26.00",
    ]


def test_texts_are_escaped_and_have_their_size(qtbot: QtBot) -> None:  # noqa: ARG001 - there must be an application
    page = SvgPage(SIZE, 96)
    painter = QPainter(page)
    font = painter.font()
    font.setPointSizeF(9)
    painter.setFont(font)
    painter.setPen(QColor("#abcdef"))
    painter.drawText(QPointF(3, 40), "a < b & σ")
    painter.end()
    root = ElementTree.fromstring(page.to_svg().split("\n", 1)[1])  # noqa: S314 - our own text
    texts = list(root.iter(f"{SVG}text"))
    assert "".join(text.text or "" for text in texts) == "a < b & σ"
    assert {text.attrib["fill"] for text in texts} == {"#abcdef"}
    assert {float(text.attrib["font-size"]) for text in texts} == {12.0}
