"""Every claim on the tickets' cards."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from evalfirst.datasets import dataset
from graders.support_desk import tickets as data

TICKETS, GOLD = data.tickets(), data.gold()
CARDS = {name: (dataset(name) / "card.md").read_text() for name in ("tickets", "ticket_gold")}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def table_counts(card: str) -> dict[str, int]:
    return {name: int(n) for name, n in re.findall(r"^\| `(\w+)` \| (\d+) \|$", card, re.MULTILINE)}


def test_there_are_440_tickets_in_order_of_arrival_over_the_sixteen_weeks():
    assert [ticket.id for ticket in TICKETS] == [f"T{i:03d}" for i in range(1, 441)]
    received = [ticket.received for ticket in TICKETS]
    assert received == sorted(received)
    assert received[0] >= "2026-03-02T00:00"
    assert received[-1] <= "2026-06-21T23:59"
    assert all(re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d", when) for when in received)


def test_the_fields_hold_only_what_the_card_lists():
    assert {ticket.channel for ticket in TICKETS} == {"email", "form", "chat", "phone_note"}
    assert {ticket.tier for ticket in TICKETS} == {"starter", "business", "agency", "none"}
    assert {name for ticket in TICKETS for name in ticket.slices} == set(data.HARD_SLICES)
    assert all(f"`{name}`" in CARDS["tickets"] for name in data.HARD_SLICES)
    languages = Counter(ticket.language for ticket in TICKETS)
    assert languages["en"] == 407
    assert len(languages) == 9
    assert sum(bool(ticket.slices) for ticket in TICKETS) == 309


def test_the_learners_copy_holds_no_label():
    text = (dataset("tickets") / "tickets.jsonl").read_text()
    assert '"category"' not in text
    assert '"urgency"' not in text


def test_slices_are_what_the_card_says_where_that_can_be_counted():
    for ticket in TICKETS:
        size = len(ticket.text.split())
        assert ("other_language" in ticket.slices) == (ticket.language != "en"), ticket.id
        assert "very_short" not in ticket.slices or size <= 6, ticket.id
        assert "long" not in ticket.slices or size > 120, ticket.id


def test_no_two_tickets_are_alike():
    def grams(text: str) -> set[str]:
        flat = " ".join(text.lower().split())
        return {flat[i : i + 5] for i in range(max(1, len(flat) - 4))}

    all_grams = [(ticket.id, grams(ticket.text)) for ticket in TICKETS]
    for (one, a), (two, b) in combinations(all_grams, 2):
        assert len(a & b) <= 0.6 * len(a | b), (one, two)


def test_no_phrase_of_six_words_stands_in_more_than_three_tickets():
    where = defaultdict(set)
    for ticket in TICKETS:
        tokens = words(ticket.text)
        for i in range(len(tokens) - 5):
            where[tuple(tokens[i : i + 6])].add(ticket.id)
    assert {phrase: ids for phrase, ids in where.items() if len(ids) > 3} == {}


def test_card_numbers_are_test_numbers_and_addresses_invented():
    allowed = re.compile(
        r"(^|[@.])(example|example\.(com|net|org)|invalid|test)$|quillmere", re.IGNORECASE
    )
    for ticket in TICKETS:
        for address in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", ticket.text):
            assert allowed.search(address), (ticket.id, address)
        for number in re.findall(r"\b(?:\d[ -]?){15,16}\b", ticket.text):
            digits = re.sub(r"\D", "", number)
            known = ("4111", "4242", "5555", "5105", "3782", "4000", "4012", "0000", "1234")
            assert digits.startswith(known), (ticket.id, number)


def test_every_ticket_has_one_gold_label_and_the_card_counts_them():
    assert list(GOLD) == [ticket.id for ticket in TICKETS]
    categories = Counter(gold.category for gold in GOLD.values())
    assert set(categories) == set(data.CATEGORIES)
    assert min(categories.values()) >= 60
    urgency = Counter(gold.urgency for gold in GOLD.values())
    assert table_counts(CARDS["ticket_gold"]) == {**categories, **urgency}
    assert sum(gold.clear for gold in GOLD.values()) == 377
    assert "377 of 440" in CARDS["ticket_gold"]


def test_the_guide_names_the_categories_and_every_rule_that_a_label_cites():
    guide = (dataset("tickets") / "labelling_guide.md").read_text()
    rules = {int(number) for number in re.findall(r"^(\d+)\. \*\*", guide, re.MULTILINE)}
    assert rules == set(range(1, 13))
    assert {gold.rule for gold in GOLD.values() if gold.rule} == rules
    assert all(f"| `{category}` |" in guide for category in data.CATEGORIES)


def test_each_borderline_ticket_has_three_simulated_labels_that_differ_and_a_rule():
    annotators = data.annotators()
    borderline = {name for name, gold in GOLD.items() if not gold.clear}
    assert set(annotators) == borderline
    assert len(borderline) == 63
    for ticket, labels in annotators.items():
        assert len(labels) == 3
        assert 2 <= len(set(labels)) <= 3
        assert set(labels) <= set(data.CATEGORIES)
        assert GOLD[ticket].rule is not None
        assert GOLD[ticket].note
    assert "**simulated**" in CARDS["ticket_gold"]


@pytest.mark.parametrize("name", CARDS)
def test_the_cards_checksums_are_the_files(name):
    listed = re.findall(r"^([0-9a-f]{64})  (\S+)$", CARDS[name], re.MULTILINE)
    stated = {file: digest for digest, file in listed}
    actual = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in dataset(name).iterdir()
        if path.name != "card.md"
    }
    assert stated == actual


def test_the_pool_is_the_tickets_without_targets():
    pool = data.pool()
    assert [(s.id, s.text) for s in pool] == [(t.id, t.text) for t in TICKETS]
    assert all(s.target is None and s.metadata["source"] == "pool" for s in pool)
    assert pool[0].slices == TICKETS[0].slices


def test_the_labelled_pool_has_gold_for_targets_and_leaves_out_what_it_is_told():
    labelled = data.labelled_pool(without=["T001", "T440"])
    assert len(labelled) == 438
    assert labelled[0].id == "T002"
    assert all(s.target == GOLD[s.id].category for s in labelled)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "T001", "category"', "line 1: not JSON"),
        ('{"id": "T001", "category": "email"}', "line 1: .*missing .*'urgency'"),
    ],
)
def test_a_damaged_data_file_is_named_with_line_and_field(monkeypatch, tmp_path, line, words):
    (tmp_path / "ticket_gold").mkdir()
    (tmp_path / "ticket_gold" / "gold.jsonl").write_text(line + "\n")
    monkeypatch.setenv("EVALFIRST_DATASETS", str(tmp_path))
    with pytest.raises(data.BadTickets, match=words):
        data.gold.__wrapped__()
