"""Log of the program with a window: a rotating file, and warnings on the console if there is one."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from hdmea_gui.printable import OneLine
from hdmea_gui.settings import log_dir, log_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QMessageLogContext

_LOG_BYTES = 1 << 20
_NO_MATTER = "This plugin does not support"
"""Start of what Qt says about features its offscreen platform lacks, at every change of a window's size."""

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@contextmanager
def logged() -> Iterator[None]:
    """Write what the program and Qt log to a rotating file, for the duration of a with-block."""
    root = logging.getLogger()
    level, handlers = root.level, _log_handlers()
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    logging.captureWarnings(True)
    before = qInstallMessageHandler(_log_qt)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        logging.captureWarnings(False)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


def _log_handlers() -> list[logging.Handler]:
    handlers: list[logging.Handler] = []
    if sys.stderr is not None and not logging.getLogger().handlers:
        console = logging.StreamHandler()
        console.setFormatter(OneLine("%(message)s"))
        console.setLevel(logging.WARNING)
        handlers.append(console)
    try:
        handlers.insert(0, _log_file())
    except OSError as error:
        if sys.stderr is not None:
            sys.stderr.write(
                f"The log cannot be written: {error.filename or log_dir()}: {error.strerror or error}.\n"
            )
    return handlers


def _log_file() -> logging.Handler:
    log_dir().mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        log_file(), maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8"
    )
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    return handler


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    level = logging.DEBUG if message.startswith(_NO_MATTER) else _QT_LEVELS.get(kind, logging.WARNING)
    logging.getLogger("qt").log(level, message)
