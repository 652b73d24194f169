"""Any settings file is read, or refused with its name."""

from hypothesis import given
from hypothesis import strategies as st

from evalfirst.commands.settings import BadSettings, Settings
from tests.any_values import TEXT, files

VALUE = st.sampled_from(
    [
        '"x"',
        '"feature:triage"',
        "1",
        "-1",
        "nan",
        "true",
        "[]",
        '["exact"]',
        "{name = 1}",
        "1979-05-27",
    ]
)
KEYS = st.sampled_from(
    [
        "feature",
        "set",
        "scorers",
        "concurrency",
        "timeout",
        "run",
        "drop",
        "baseline",
        "power",
        "x",
        "a.b",
    ]
)
LINES = st.builds("{} = {}".format, KEYS, VALUE) | st.sampled_from(
    ["[eval]", "[gate]", "[[eval]]", "["]
)
TOML = st.lists(LINES | TEXT, max_size=6).map("\n".join)


@given(content=files(TOML | st.just("x = " + "[" * 20_000) | st.just("x = " + "9" * 5_000)))
def test_any_settings_file_is_read_or_refused_with_its_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "evalfirst.toml"
    path.write_bytes(content)
    try:
        said = str(Settings.load(path).path)
    except BadSettings as error:
        said = str(error)
    assert str(path) in said
