from __future__ import annotations

import pytest

from graders.phase_1.guide_text import BadGuide, argument, belongs, rules
from graders.support_desk.tickets import CATEGORIES, gold


def test_every_rule_and_category_that_gold_uses_has_words_in_the_guide():
    for right in gold().values():
        assert len(argument(right.category, right.rule)) > 40
    assert list(rules()) == list(range(1, 13))
    assert tuple(belongs()) == CATEGORIES


def test_an_argument_quotes_the_guide_without_its_markup():
    assert argument("domains", 4).startswith("Rule 4: A DNS record is domains, whatever it is for.")
    assert argument("billing", None).startswith("Belongs to billing: invoices, charges")


@pytest.mark.parametrize(("category", "rule"), [("billing", 13), ("sales", None)])
def test_what_the_guide_does_not_have_is_named(category, rule):
    with pytest.raises(BadGuide, match=str(rule or category)):
        argument(category, rule)
