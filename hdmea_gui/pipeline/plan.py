"""Plan of a run: which steps are run with which parameters, and which are left out and why."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.features.tasks import check_names
from hdmea_gui.pipeline.parameters import changed, make_params, parameters_of, recorded, restored
from hdmea_gui.pipeline.staleness import is_stale
from hdmea_gui.pipeline.step import PLANNED, Step, check_needs, is_done
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from hdmea_gui.session import Snapshot

COMBINED_STEPS = {"load_recording_with_eimage_sta": ("load_recording", "compute_eimage_sta")}
"""Names that represent several steps."""


@dataclass(frozen=True)
class Plan:
    """Steps to run, and how.

    Attributes
    ----------
    keys
        Keys of the steps in pipeline order.
    params
        Parameters by step.
    named
        Whether the user named the steps; a named step that would be left out is an error.
    skip_done
        Whether completed steps are passed over.
    again
        Keys of steps that are not passed over even then.
    is_call
        Whether a script calls the step: it is run in any case, and says itself what it lacks.
    """

    keys: tuple[str, ...]
    params: dict[str, Any] = field(default_factory=dict)
    named: bool = False
    skip_done: bool = False
    again: frozenset[str] = frozenset()
    is_call: bool = False

    @property
    def steps(self) -> list[Step]:
        """Steps of the plan."""
        return [STEPS_BY_KEY[key] for key in self.keys]

    def params_of(self, step: Step) -> Any:
        """Return the parameters of a step: those of the plan, otherwise the defaults."""
        return self.params.get(step.key) or step.params()


def chosen_keys(named: Iterable[str] | None, skipped: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the keys of the steps to run, in pipeline order.

    Raises
    ------
    ConfigurationError
        If a key is unknown.
    """
    skip = set(_expanded(skipped))
    wanted = set(_expanded(named)) if named is not None else set(STEPS_BY_KEY)
    return tuple(step.key for step in STEPS if step.key in wanted - skip)


def _expanded(keys: Iterable[str]) -> list[str]:
    expanded = [key for name in keys for key in COMBINED_STEPS.get(name, (name,))]
    unknown = [key for key in expanded if key not in STEPS_BY_KEY]
    if unknown:
        known = ", ".join([*STEPS_BY_KEY, *COMBINED_STEPS])
        raise ConfigurationError(f"There is no step '{unknown[0]}'. The steps are: {known}.")
    return expanded


def planned_params(
    snapshot: Snapshot, values: Mapping[str, Mapping[str, Any]], texts: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return the parameters of every step: as recorded in the session, overridden by values, then by typed text.

    Parameters
    ----------
    snapshot
        The session; its record of earlier runs provides the defaults.
    values
        Values by step and parameter.
    texts
        Text typed by the user, by step and parameter.

    Returns
    -------
    params
        Parameter objects by step.

    Raises
    ------
    ConfigurationError
        If a step, parameter or feature is unknown, or a text is not a suitable value.
    """
    typed = _typed_by_step(texts)
    params = {}
    for step in STEPS:
        base = restored(step.params(), record_of(step, snapshot))
        # make_params checks the values; only the ones named override the record, not its defaults
        given = make_params(step.params, dict(values.get(step.key, {})), step.title)
        base = dataclasses.replace(base, **{name: getattr(given, name) for name in values.get(step.key, {})})
        params[step.key] = changed(base, typed.get(step.key, {}), step.title)
    # definitions that section_spike_times finds are stored in the session before the features need them
    folder = params["extract_features"].stimuli_dir or params["section_spike_times"].stimuli_dir
    check_names(params["extract_features"].features, snapshot, folder)
    return params


def record_of(step: Step, snapshot: Snapshot) -> Mapping[str, Any]:
    """Return the parameters that a session has recorded for a step, by name; empty if the step was not run.

    Files of the lab's scripts have no such record; the parameters are inferred from their results instead.
    """
    record: Mapping[str, Any] | None = snapshot.steps.get(step.key, {}).get("parameters")
    return step.recorded_params(snapshot) if record is None else record


def _typed_by_step(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Typed parameters by single step; those typed for a combined step go to the steps that have them."""
    typed: dict[str, dict[str, str]] = {}
    for key, values in texts.items():
        members = _expanded([key])
        for name, text in values.items():
            # of an unknown name the first step complains
            having = [member for member in members if name in _names(member)] or members[:1]
            for member in having:
                typed.setdefault(member, {})[name] = text
    return typed


def _names(key: str) -> set[str]:
    return {item.name for item in parameters_of(STEPS_BY_KEY[key].params)}


def next_reason(step: Step, snapshot: Snapshot, plan: Plan) -> str | None:
    """Return why a step of a plan is not run now (already done, or left out), or None if it is run."""
    if plan.is_call:
        return None
    if is_passed_over(step, snapshot, plan):
        wrong = step.stale_reason(snapshot)
        return f"already done, but {wrong}; name the step to recompute it" if wrong else "already done"
    reason = step.skip_reason(snapshot, plan.params_of(step))
    if reason is not None and plan.named:
        # a missing result of an earlier step is the more helpful reason, so it is reported first
        check_needs(step, snapshot, plan.params_of(step), STEPS_BY_KEY)
        raise ConfigurationError(f"{step.title} cannot be run: {reason}.")
    return reason


def is_passed_over(step: Step, snapshot: Snapshot, plan: Plan) -> bool:
    """Whether a plan does not run a step because it is done."""
    return plan.skip_done and step.key not in plan.again and _is_up_to_date(step, snapshot, plan)


def _is_up_to_date(step: Step, snapshot: Snapshot, plan: Plan) -> bool:
    """Whether a step is done, up to date, and was run with the parameters of the plan."""
    if not is_done(step, snapshot) or step.lacks(snapshot):
        return False
    if any(is_stale(step, part, snapshot) for part in step.held(snapshot)):
        return False
    used = record_of(step, snapshot)
    wanted = recorded(plan.params_of(step))
    return all(_alike(wanted.get(name, value), value) for name, value in used.items())


def _alike(one: Any, other: Any) -> bool:
    """Whether two recorded values are equivalent; 120 typed into a form is the 120.0 of the defaults."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    numbers = [
        value for value in (one, other) if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return bool(one == other) if len(numbers) == 2 else same(one, other)


def records_to_come(plan: Plan, completed_steps: Collection[str]) -> dict[tuple[str, ...], Any]:
    """Return the parameters of steps still to be run, by their paths in a session."""
    return {
        ("steps", key): {"parameters": recorded(params), "outcome": PLANNED}
        for key, params in plan.params.items()
        if key not in completed_steps and params != STEPS_BY_KEY[key].params()
    }
