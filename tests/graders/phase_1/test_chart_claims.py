from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from graders.figures import read_figure
from graders.phase_1.chart_claims import all_words, category_of, claims

NAMES = ("billing", "email", "website")


@pytest.fixture
def axes():
    _, axes = plt.subplots()
    yield axes
    plt.close("all")


def claimed(axes):
    return claims(read_figure(axes.figure), NAMES)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("billing", "billing"),
        ("Billing\n(n = 12)", "billing"),
        ("EMAIL 7/8", "email"),
        ("emails", "emails"),
        ("email or website", "email or website"),
        ("no answer", "no answer"),
        ("", ""),
    ],
)
def test_a_label_names_a_category_or_stays_what_it_is(label, name):
    assert category_of(label, NAMES) == name


def test_bars_named_only_by_the_legend_are_found(axes):
    for place, name in enumerate(NAMES):
        axes.bar(place, place + 1, label=name)
    axes.set_xticks([])
    (series,) = [s for s in claimed(axes).series if len(s.values) == 3]
    assert series.values == {"billing": 1, "email": 2, "website": 3}


def test_numbers_beside_a_category_leave_out_shares_and_percents(axes):
    axes.bar(["billing (n = 12)", "email", "website"], [0.75, 0.5, 1])
    axes.text(1, 0.5, "4 of 8, 50 %, 0.50")
    read = claimed(axes)
    assert read.numbers_beside("billing") == {12}
    assert read.numbers_beside("email") == {4, 8}
    assert read.numbers_beside("website") == set()


def test_a_series_with_a_category_twice_claims_nothing(axes):
    axes.scatter(["billing", "billing", "email"], [1, 2, 3])
    assert claimed(axes).series == []


def test_every_word_that_a_reader_sees_is_found_and_no_hidden_one(axes):
    axes.set(title="title", xlabel="under", ylabel="left")
    axes.text(0.5, 0.5, "inside")
    axes.figure.text(0, 0, "foot note")
    words = set(all_words(read_figure(axes.figure)))
    assert {"title", "under", "left", "inside", "foot note"} <= words
    axes.axis("off")
    assert not {"under", "left"} & set(all_words(read_figure(axes.figure)))
