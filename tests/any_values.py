"""What property tests feed to parsers: any text, any JSON value, any file."""

import json

from hypothesis import strategies as st

# no half characters: what cannot be written to a UTF-8 file is tested by name
TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
# JSON that breaks what only expects JSON: too deep, too long a number, half a character, no number
ODD_JSON = st.sampled_from(
    [
        "[" * 20_000,
        '{"a":' * 20_000,
        "9" * 5_000,
        '"\\ud800"',
        "NaN",
        "-Infinity",
        "1e999",
        '{"a": 1, "a": 2}',
        "\x00",
        "\u2028",
        "",
    ]
)


def json_texts(likely: st.SearchStrategy) -> st.SearchStrategy:
    """Return texts of JSON files: any, odd, and such as a file of this kind may hold."""
    return st.text() | ODD_JSON | (JSON | likely).map(json.dumps)


def files(likely: st.SearchStrategy) -> st.SearchStrategy:
    """Return the bytes of files: any, and those of likely texts, whole or cut off."""
    whole = likely.map(lambda text: text.encode("utf-8", "surrogatepass"))
    cut = st.tuples(whole, st.integers(0, 200)).map(lambda pair: pair[0][: pair[1]])
    return st.binary(max_size=200) | whole | cut


def objects(**fields: st.SearchStrategy) -> st.SearchStrategy:
    """Return objects whose fields have likely values, other values, or are not there."""
    return st.fixed_dictionaries(
        {}, optional={name: likely | JSON for name, likely in fields.items()}
    )
