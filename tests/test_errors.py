"""Our errors are those that scripts catch, with the fields that they look at."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

from hdmea_gui import errors
from hdmea_gui.errors import HDMEAError
from hdmea_gui.scripts.names import sources

BUILT_IN: dict[str, tuple[type[Exception], ...]] = {
    "ConfigurationError": (ValueError,),
    "NothingFoundError": (ValueError,),
    "MissingPathError": (ValueError, FileNotFoundError),
    "NotASessionError": (ValueError,),
    "MissingFileError": (FileNotFoundError,),
    "MissingInputError": (ValueError,),
    "ValidationError": (ValueError,),
    "DatasetIdError": (ValueError,),
    "MissingUnitError": (KeyError,),
    "SaveError": (OSError,),
    "CheckpointError": (OSError,),
}
"""The built-in errors that a class derives from; those not listed derive from none."""

KEYWORDS: dict[str, set[str]] = {
    "DataLoadError": {"file_path", "original_error"},
    "FeatureExtractionError": {"feature_name", "unit_id", "original_error"},
    "MissingInputError": {"feature_name", "missing_input"},
    "CacheConflictError": {"feature_name", "unit_id", "existing_version"},
    "ValidationError": {"entity", "entity_id", "field"},
    "MismatchError": {"cmcr_path", "cmtr_path", "reason"},
    "SessionError": {"session_id", "operation"},
    "CheckpointError": {"checkpoint_path", "original_error"},
}
"""Keywords that the lab's classes take."""

CLASSES = {
    name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HDMEAError)
}
BASES = (ValueError, KeyError, OSError, FileNotFoundError, RuntimeError, TypeError)


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_derives_from_the_built_in_ones_in_the_table(name: str) -> None:
    expected = BUILT_IN.get(name, ())
    assert {base for base in BASES if issubclass(CLASSES[name], base)} == {
        base for base in BASES if any(issubclass(kind, base) for kind in expected)
    }


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_shows_its_message_and_survives_a_pickle(name: str) -> None:
    error = CLASSES[name]("what happened")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - as between the processes of a pool
    assert (str(error), str(again), type(again)) == ("what happened", "what happened", CLASSES[name])


@pytest.mark.parametrize("name", sorted(sources("hdmea.utils.exceptions")))
def test_each_class_takes_the_keywords_of_scripts(name: str) -> None:
    kind, keywords = CLASSES[name], KEYWORDS.get(name, set())
    given: dict[str, Any] = {keyword: f"its {keyword}" for keyword in keywords}
    error = kind("what happened", **given)
    assert str(error) == "what happened"
    assert {keyword: getattr(error, keyword) for keyword in keywords} == given
    assert all(getattr(kind("what happened"), keyword) is None for keyword in keywords)
    with pytest.raises(TypeError, match=name):
        kind("what happened", nonsense=1)


def test_fields_are_taken_in_their_order_too() -> None:
    error = errors.DataLoadError("m", "a.h5", OSError("x"))
    assert (error.file_path, str(error.original_error)) == ("a.h5", "x")
    with pytest.raises(TypeError):
        errors.SessionError("m", 1, 2, 3)
