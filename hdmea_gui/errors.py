"""Errors with messages for the user: what happened, to which file, what to do."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def words_of(error: BaseException) -> str | None:
    """Message for an error that the user can act on; None for a fault of the program itself."""
    if isinstance(error, HDMEAError):
        return str(error)
    if isinstance(error, MemoryError):
        return "Not enough memory. Close other sessions and programs, then try again."
    if isinstance(error, OSError):
        return _system_words(error)
    return None


def _system_words(error: OSError) -> str:
    if error.strerror is None:
        return str(error) or f"The operating system reported an error ({type(error).__name__})."
    return (
        f"{error.filename or 'A file'} cannot be used: {error.strerror}. Check that its drive is connected "
        "and has free space, and that you have access to it, then try again."
    )


class ListenerError(Exception):
    """A listener to progress reports failed: neither the work nor its files are at fault."""


@contextmanager
def telling() -> Iterator[None]:
    """Turn errors that a listener raises into `ListenerError`.

    Otherwise the work would report them as faults of the files or numbers it was handling.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise ListenerError(f"reporting the progress failed ({type(error).__name__}: {error})") from error


class HDMEAError(Exception):
    """Base class of all errors whose message is written for the user."""


class ConfigurationError(HDMEAError):
    """A parameter, setting or playlist does not match the recording."""


class _NotThereError(FileNotFoundError):
    """Python's own error, with a message for the user and the fields that scripts look at."""

    def __str__(self) -> str:
        # OSError would print errno, strerror and filename instead of the message.
        return str(self.args[0])

    def _name(self, path: str | Path | None) -> None:
        self.errno, self.strerror = errno.ENOENT, os.strerror(errno.ENOENT)
        self.filename = None if path is None else os.fspath(path)


class MissingPathError(ConfigurationError, _NotThereError):
    """A table or stimulus file named by the settings or arguments does not exist; see `MissingFileError`.

    Parameters
    ----------
    message
        What is missing, and what to do.
    path
        The file or folder concerned.
    """

    def __init__(self, message: str, path: str | Path | None = None) -> None:
        super().__init__(message)
        self._name(path)


class DataLoadError(HDMEAError):
    """A file cannot be read.

    Parameters
    ----------
    message
        What is wrong, and what to do.
    file_path
        The file concerned.
    original_error
        The library's own error.
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
    """A recording or session to be read does not exist; scripts can catch it as FileNotFoundError too."""

    def __init__(
        self,
        message: str,
        file_path: str | Path | None = None,
        original_error: Exception | None = None,
    ) -> None:
        super().__init__(message, file_path, original_error)
        self._name(file_path)


class FeatureExtractionError(HDMEAError):
    """A requested feature cannot be computed at all."""


class MissingInputError(HDMEAError):
    """A step lacks the result of an earlier one.

    Parameters
    ----------
    message
        What is missing, and which step produces it.
    missing_input
        The name of what is missing.
    """

    def __init__(self, message: str, missing_input: str | None = None) -> None:
        super().__init__(message)
        self.missing_input = missing_input


class CacheConflictError(HDMEAError):
    """A cached result was computed with different parameters."""


class ValidationError(HDMEAError, ValueError):
    """A value has the wrong form."""


class MismatchError(HDMEAError):
    """Two things that belong together do not match."""


class SessionError(HDMEAError):
    """A session cannot do what was requested."""


class FileChangedError(SessionError):
    """The file that a session would replace has changed since the session last read or wrote it."""


class CheckpointError(HDMEAError):
    """A checkpoint cannot be written or read."""
