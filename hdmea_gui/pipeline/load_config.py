"""Parameters with which a recording was loaded, as the hash that its file carries."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.parameters import non_default, parameters_of, path_names, without_defaults
from hdmea_gui.pipeline.params_hash import params_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hdmea_gui.session import PipelineSession

HASH = "stage1_params_hash"
"""Name of the hash at the root of a session."""


def hash_of(params: Any) -> str:
    """Return the hash of load parameters without the paths: a recording may move to another folder."""
    return params_hash(non_default(params))


def note_config(session: PipelineSession, config: Mapping[str, Any]) -> None:
    """Store the hash of a script's config, as given and with unknown entries, as in the lab's files."""
    session.root[HASH] = params_hash(config)


def was_loaded_with(session: PipelineSession, config: Mapping[str, Any], params: type) -> bool:
    """Whether a session was loaded with parameters that are equal to those of a config.

    Parameters
    ----------
    session
        Session of a file, also of one that the lab's scripts wrote.
    config
        Parameters by name; a default that is spelled out equals one that is left out.
    params
        Parameter class of the step, which knows the defaults.
    """
    stored = session.root.get(HASH)
    return stored in {params_hash(config), *map(params_hash, _spellings(config, params))}


def _spellings(config: Mapping[str, Any], params: type) -> Iterator[dict[str, Any]]:
    """Every way to write a config, with any of its defaults spelled out: files have the hash of one of them."""
    plain = without_defaults(config, params)
    unnamed = {item.name for item in parameters_of(params)} - set(plain) - path_names(params)
    usual = [(item.name, item.default) for item in parameters_of(params) if item.name in unnamed]
    for n_named in range(len(usual) + 1):
        for named in combinations(usual, n_named):
            yield plain | dict(named)
