"""The card of an eval set: the three questions it answers, and whether a text answers them."""

from __future__ import annotations

import re

LEAST_WORDS = 40
_LEAST_DIFFERENT = 25

QUESTIONS = {
    "why the set exists": "Why does this set exist? Which decision does it serve?",
    "where the rows come from": "Where do the rows come from? Who labelled them, and by what?",
    "what is wrong with it": "What is wrong with it? What does it not tell you?",
}

TEMPLATE = "\n\n".join(f"## {question}\n\n(your words here)" for question in QUESTIONS.values())

# Any one of these words shows that a part is there. They are many on purpose: what counts is
# that the author thought of the question, not the word.
_SIGNS = {
    "why the set exists": (
        r"why|because|so that|in order to|purpose|exists?|decid|decision|measur|compar|catch|gate|"
        r"release|regress|check whether|know whether|tell whether|tells us|find out|improv|goal"
    ),
    "where the rows come from": (
        r"from|source|pool|drawn|drew|sampl|pick|chose|select|collect|took|taken|label|queue|inbox"
    ),
    "what is wrong with it": (
        r"flaw|miss(?:es|ing)|few|only|never|lack|bias|limit|weak|unsure|uncertain|doubt|wrong|"
        r"small|rare|too\b|cannot|simulat|fiction|caveat|gaps?\b|eas(?:y|ier)|le(?:ft|aves?) out|"
        r"nobody|(?:is|are|was|were|am) not|(?:do|does|did) not (?:tell|say|cover|show|have|know)"
    ),
}


def own_words(card: str) -> list[str]:
    """Return the words of a card that are not the template's, headings left out."""
    asked = {line.strip() for line in TEMPLATE.splitlines()}
    lines = [line for line in card.splitlines() if line.strip() not in asked]
    text = " ".join(line for line in lines if not line.lstrip().startswith("#"))
    return re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", text)


def is_long_enough(card: str) -> bool:
    """Return whether the author's own words are enough, and enough different ones."""
    words = [word.casefold() for word in own_words(card)]
    return len(words) >= LEAST_WORDS and len(set(words)) >= _LEAST_DIFFERENT


def unanswered(card: str) -> list[str]:
    """Return the questions that a card's own words show no sign of answering."""
    text = " ".join(own_words(card)).casefold()
    return [name for name, signs in _SIGNS.items() if not re.search(rf"\b(?:{signs})", text)]
