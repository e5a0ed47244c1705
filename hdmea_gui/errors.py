"""Errors with messages for the user: what happened, to which file, what to do."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

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
    """Base class of all errors whose message is written for the user.

    Many of the classes also derive from the built-in error that scripts catch in the same place.

    Parameters
    ----------
    message
        What happened, and what to do.
    *values, **named
        Values of the error's `fields`, in their order or by name; those that are not given are None.
    """

    fields: ClassVar[tuple[str, ...]] = ()
    """Attributes that tell scripts what the error is about."""

    def __init__(self, message: str = "", *values: Any, **named: Any) -> None:
        super().__init__(message)
        unknown = [name for name in named if name not in self.fields]
        if unknown or len(values) > len(self.fields):
            raise TypeError(
                f"{type(self).__name__} takes a message and {', '.join(self.fields) or 'nothing else'}"
            )
        given = dict(zip(self.fields, values, strict=False)) | named
        for name in self.fields:
            setattr(self, name, given.get(name))

    def __str__(self) -> str:
        # OSError would print errno, strerror and filename instead of the message, and KeyError its repr
        return str(self.args[0]) if self.args else ""


class ConfigurationError(HDMEAError, ValueError):
    """A parameter, setting or playlist does not match the recording."""


class NothingFoundError(ConfigurationError):
    """A search in the recording has found nothing with the given parameters."""


class MissingPathError(ConfigurationError, FileNotFoundError):
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
        _set_missing(self, path)


class DataLoadError(HDMEAError):
    """A file cannot be read.

    Attributes
    ----------
    file_path
        The file concerned.
    original_error
        The library's own error.
    """

    fields = ("file_path", "original_error")
    file_path: str | Path | None
    original_error: Exception | None


class NotASessionError(DataLoadError, ValueError):
    """A file that should be loaded as a session or checkpoint is none, or cannot be read."""


class MissingFileError(DataLoadError, FileNotFoundError):
    """A recording or session to be read does not exist; scripts can catch it as FileNotFoundError too."""

    def __init__(
        self,
        message: str,
        file_path: str | Path | None = None,
        original_error: Exception | None = None,
    ) -> None:
        super().__init__(message, file_path, original_error)
        _set_missing(self, file_path)


def _set_missing(error: FileNotFoundError, path: str | Path | None) -> None:
    """Set the fields of Python's own error that scripts look at."""
    error.errno, error.strerror = errno.ENOENT, os.strerror(errno.ENOENT)
    error.filename = None if path is None else os.fspath(path)


class FeatureExtractionError(HDMEAError):
    """A requested feature cannot be computed at all."""

    fields = ("feature_name", "unit_id", "original_error")
    feature_name: str | None
    unit_id: str | None
    original_error: Exception | None


class MissingInputError(HDMEAError, ValueError):
    """A step lacks the result of an earlier one.

    Attributes
    ----------
    missing_input
        The name of what is missing.
    feature_name
        The feature that lacks it.
    """

    fields = ("missing_input", "feature_name")
    missing_input: str | None
    feature_name: str | None


class CacheConflictError(HDMEAError):
    """A cached result was computed with different parameters."""

    fields = ("feature_name", "unit_id", "existing_version")
    feature_name: str | None
    unit_id: str | None
    existing_version: str | None


class ValidationError(HDMEAError, ValueError):
    """A value has the wrong form."""

    fields = ("entity", "entity_id", "field")
    entity: str | None
    entity_id: str | None
    field: str | None


class DatasetIdError(ValidationError, ConfigurationError):
    """A recording has no name, or one that cannot be a file name."""


class MismatchError(HDMEAError):
    """Two things that belong together do not match."""

    fields = ("cmcr_path", "cmtr_path", "reason")
    cmcr_path: str | Path | None
    cmtr_path: str | Path | None
    reason: str | None


class SessionError(HDMEAError):
    """A session cannot do what was requested."""

    fields = ("session_id", "operation")
    session_id: str | None
    operation: str | None


class MissingUnitError(SessionError, KeyError):
    """A session has no unit of the given name."""


class SaveError(SessionError, OSError):
    """A session cannot be written to a file."""


class FileChangedError(SessionError):
    """The file that a session would replace has changed since the session last read or wrote it."""


class CheckpointError(HDMEAError, OSError):
    """A checkpoint cannot be written or read."""

    fields = ("checkpoint_path", "original_error")
    checkpoint_path: str | Path | None
    original_error: Exception | None
