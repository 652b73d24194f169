from __future__ import annotations

import pytest

from graders.seed import FILE_VARIABLE, VALUE_VARIABLE, NoSeed, current_seed


def test_without_a_seed_everybody_practises_on_the_public_one():
    assert current_seed().practice


def test_a_seed_in_the_environment_is_secret(monkeypatch):
    monkeypatch.setenv(VALUE_VARIABLE, " word ")
    assert current_seed().value == "word"
    assert not current_seed().practice


def test_a_seed_file_is_read_anew_each_time(monkeypatch, tmp_path):
    file = tmp_path / "seed"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    for text in ("first", "second"):
        file.write_text(text + "\n")
        assert current_seed().value == text


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_a_seed_file_that_is_missing_or_empty_never_falls_back(monkeypatch, tmp_path, content):
    file = tmp_path / "seed"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    with pytest.raises(NoSeed, match=str(file)):
        current_seed()
