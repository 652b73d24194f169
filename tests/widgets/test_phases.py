"""The opening of a phase shows the curriculum's facts."""

from __future__ import annotations

import pytest

from evalfirst.curriculum import load
from evalfirst.widgets import phase_opening, phase_resources


@pytest.mark.parametrize("number", range(1, 6))
def test_the_opening_holds_every_dimension_and_criterion(number):
    phase, card = load().phase(number), phase_opening(number)
    assert card.title == f"Phase {number}: {phase.title}"
    for text in (phase.gate, phase.failure_mode, *(c.text for c in phase.criteria)):
        assert text in card.plain
    assert card.html().count('scope="row"') == len(phase.dimensions)
    assert repr(card).startswith(f"Phase {number}")


@pytest.mark.parametrize("number", range(1, 6))
def test_the_resources_are_links_with_a_reason(number):
    card = phase_resources(number)
    for resource in load().phase(number).resources:
        assert resource.url in card.html()
        assert resource.use in card.plain


def test_an_unknown_phase_is_refused():
    with pytest.raises(KeyError):
        phase_opening(6)
