"""The story of a refresh: files in, traits, segments, one commit, and the record of it."""

from __future__ import annotations

from collections.abc import Callable

from regulars.catalogue.fault import fault
from regulars.versions import steps
from regulars.versions.steps import Work

Step = Callable[[Work], None]

LOADING: tuple[Step, ...] = (
    steps.land,
    steps.begin,
    steps.apply_loads,
    steps.commit,
)
"""Bring in what is new; no version comes of it."""

STEPS: tuple[Step, ...] = (
    steps.land,
    steps.look,
    steps.begin,
    steps.apply_loads,
    steps.guard,
    steps.find_customers,
    steps.learn_base_rates,
    steps.build_traits,
    steps.learn_rhythm,
    steps.learn_cuts,
    steps.decide,
    steps.compare,
    steps.publish,
    steps.commit,
    steps.write_history,
    steps.write_catalogue,
)
"""All of it. Before `commit` nothing has happened; after it the version exists, and whoever opens the shop next makes
good what is missing of the last two."""

REHEARSAL: tuple[Step, ...] = (
    *(step for step in STEPS[1 : STEPS.index(steps.commit)] if step is not steps.guard),
    steps.undo,
)
"""The same without new files, undone at the end."""


def run(work: Work, story: tuple[Step, ...]) -> Work:
    """Take the steps in order; whatever fails leaves the warehouse as it was."""
    try:
        for step in story:
            fault(step.__name__)
            step(work)
            if work.settled:
                break
        fault("done")
    except BaseException:
        if work.open:
            work.engine.run("ROLLBACK")
        raise
    return work


def load(work: Work) -> Work:
    """Land and check new files."""
    return run(work, LOADING)


def refresh(work: Work) -> Work:
    """Publish a version as of a moment, unless the newest says all there is to say.

    Raises UsageError for a day before the newest version's: what is published goes forward in time.
    """
    return run(work, STEPS)


def rehearse(work: Work) -> Work:
    """What a refresh of the files that are landed already would change; nothing stays of it."""
    return run(work, REHEARSAL)
