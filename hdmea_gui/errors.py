"""Errors whose texts are written for the user: what happened, to which file, what to do."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def words_of(error: BaseException) -> str | None:
    """The sentence for an error that the user can do something about; None for one of the program itself."""
    if isinstance(error, HDMEAError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this. Close other sessions and programs, then try again."
    if isinstance(error, OSError):
        return _system_words(error)
    return None


def _system_words(error: OSError) -> str:
    if error.strerror is None:
        return str(error) or f"The system refused something ({type(error).__name__})."
    return (
        f"{error.filename or 'A file'} cannot be used: {error.strerror}. Check that its drive is connected, has room "
        "and may be used by you, then try again."
    )


class ListenerError(Exception):
    """Whoever was told how far a piece of work is has failed: no fault of the work, nor of its files."""


@contextmanager
def telling() -> Iterator[None]:
    """Keep what a listener raises apart from the errors of files and numbers that the work itself explains."""
    try:
        yield
    except (OSError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise ListenerError(f"telling the progress failed ({type(error).__name__}: {error})") from error


class HDMEAError(Exception):
    """Base of every error that this program explains to its user."""


class ConfigurationError(HDMEAError):
    """A parameter, a setting or a playlist does not fit the recording."""


class _NotThereError(FileNotFoundError):
    """What scripts look at in Python's own error, behind a sentence of ours."""

    def __str__(self) -> str:
        return str(self.args[0])

    def _name(self, path: str | Path | None) -> None:
        self.errno, self.strerror = errno.ENOENT, os.strerror(errno.ENOENT)
        self.filename = None if path is None else os.fspath(path)


class MissingPathError(ConfigurationError, _NotThereError):
    """A table or a file of stimuli that the settings or arguments lead to is not there; see `MissingFileError`.

    Parameters
    ----------
    message : str
        What is missing, and what to do.
    path : str, Path or None
        The file or folder concerned.
    """

    def __init__(self, message: str, path: str | Path | None = None) -> None:
        super().__init__(message)
        self._name(path)


class DataLoadError(HDMEAError):
    """A file cannot be read.

    Parameters
    ----------
    message : str
        What is wrong, and what to do.
    file_path : str, Path or None
        The file concerned.
    original_error : Exception or None
        What the library said.
    """

    def __init__(
        self,
        message: str,
        file_path: str | Path | None = None,
        original_error: Exception | None = None,
    ) -> None:
        super().__init__(message)
        self.file_path = file_path
        self.original_error = original_error


class MissingFileError(DataLoadError, _NotThereError):
    """A recording or session that is to be read is not there; scripts catch it as Python's own error too."""

    def __init__(
        self,
        message: str,
        file_path: str | Path | None = None,
        original_error: Exception | None = None,
    ) -> None:
        super().__init__(message, file_path, original_error)
        self._name(file_path)


class FeatureExtractionError(HDMEAError):
    """A feature was asked for that cannot be computed at all."""


class MissingInputError(HDMEAError):
    """A step lacks the result of an earlier one.

    Parameters
    ----------
    message : str
        What is missing, and which step gives it.
    missing_input : str or None
        The name of what is missing.
    """

    def __init__(self, message: str, missing_input: str | None = None) -> None:
        super().__init__(message)
        self.missing_input = missing_input


class CacheConflictError(HDMEAError):
    """A cached result was made with other parameters."""


class ValidationError(HDMEAError, ValueError):
    """A value has the wrong form."""


class MismatchError(HDMEAError):
    """Two things that belong together do not fit each other."""


class SessionError(HDMEAError):
    """A session cannot do what was asked of it."""


class FileChangedError(SessionError):
    """The file that a session would replace is not the one that it knows."""


class CheckpointError(HDMEAError):
    """A checkpoint cannot be written or read."""
