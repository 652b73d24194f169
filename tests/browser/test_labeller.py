from __future__ import annotations

import json

import pytest

from evalfirst.evals import EvalSet

# A small pool with what real tickets bring: markup, scripts, threads, right-to-left, length.
CELL = """
from pathlib import Path
from evalfirst.evals import EvalSet, Sample
from evalfirst.widgets import label

hard = [
    ("<img src=x onerror='window.hit = 1'><script>window.hit = 1</script>[x](javascript:hit)",
     ["injection"], "en"),
    ("Seit gestern kommt keine Mail mehr an. Könnt ihr bitte nachsehen?",
     ["other_language"], "de"),
    ("مرحبا، موقعي لا يعمل منذ الصباح", ["other_language"], "ar"),
    ("Still broken.\\n\\nOn Mon, 2 Mar 2026 at 09:14, Rafe wrote:\\n> Please clear the cache.\\n"
     + "> It helped others.\\n" * 60, ["thread", "long"], "en"),
    ("w" * 400, ["typos"], "en"),
]
easy = [(f"My invoice number {i} shows the old address.", [], "en") for i in range(55)]
pool = EvalSet(tuple(
    Sample(f"T{i:02d}", text, None, {"slices": slices, "language": language, "channel": "email",
           "tier": "business", "received": "2026-03-02T09:14"})
    for i, (text, slices, language) in enumerate(hard + easy)
))
labelling = label(pool, ("billing", "domains", "email", "website", "access", "other"),
                  Path("feature/evals/triage.jsonl"), guide="# The guide\\n\\n1. Cause first.")
labelling
"""


@pytest.fixture
def labeller(lab):
    """A notebook whose labeller shows its first ticket."""
    lab.open_notebook(lab.notebook(CELL))
    assert lab.run_all() == []
    lab.page.wait_for_selector(".efl-ticket")
    return lab


def saved(lab):
    path = lab.workspace / "feature" / "evals" / "triage.jsonl"
    return list(EvalSet.load(path)) if path.exists() else []


def wait_for_count(page, number):
    page.wait_for_function(
        "n => document.querySelector('.efl-count strong')?.textContent === String(n)", arg=number
    )


def open_ticket(page):
    return page.inner_text(".efl-facts strong")


def press_until_inside(page, key):
    """Press Tab or Shift+Tab until the card has the focus; fail if that takes too long."""
    inside = "() => document.activeElement.closest('.efl') !== null"
    for _ in range(5):
        page.keyboard.press(key)
        if page.evaluate(inside):
            return
    raise AssertionError(f"5 times {key} do not lead into the card")


def show_only(page, slice_name):
    page.select_option(".efl select", f"slice:{slice_name}")
    page.wait_for_function(
        "name => document.querySelector('.efl-tags').textContent.includes(name)",
        arg=slice_name.replace("_", " "),
    )


def test_fifty_labels_by_keyboard_alone_survive_a_reload_and_a_kernel_restart(lab):
    page = lab.open_notebook(lab.notebook(CELL, "md:What comes after."))
    page.keyboard.press("Shift+Enter")  # runs the cell and goes on to the next
    page.wait_for_selector(".efl-ticket")
    press_until_inside(page, "Shift+Tab")
    for number in range(1, 51):
        ticket = open_ticket(page)
        page.keyboard.press(str(number % 6 + 1))
        wait_for_count(page, number)
        assert saved(lab)[-1].id == ticket
    assert "goal" in page.inner_text(".efl-status")
    ids = [sample.id for sample in saved(lab)]
    assert len(set(ids)) == 50
    waiting = open_ticket(page)

    page.keyboard.press("Control+s")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    lab.reload()
    wait_for_count(page, 50)
    assert open_ticket(page) == waiting

    lab.restart_kernel()
    page.click(".efl-ticket")
    page.keyboard.press("1")  # this card belongs to the kernel that is gone
    page.wait_for_selector(".efl-status:has-text('so this is not saved')")
    assert len(saved(lab)) == 50
    assert lab.run_all() == []
    wait_for_count(page, 50)
    assert open_ticket(page) == waiting
    page.keyboard.press("ArrowUp")  # from the last cell, where Run All ends, to the labeller's
    press_until_inside(page, "Tab")
    page.keyboard.press("3")
    wait_for_count(page, 51)
    assert [sample.id for sample in saved(lab)] == [*ids, waiting]
    assert saved(lab)[-1].target == "email"
    assert lab.page_errors == []


def test_every_key_does_what_its_button_says_and_none_reaches_lab(labeller):
    page = labeller.page
    page.click(".efl-ticket")
    first = open_ticket(page)
    # these would insert, cut and delete cells in Lab's command mode
    for key in ["a", "x", "d", "d", "m", "ArrowUp", "ArrowDown", "0", "0", "7"]:
        page.keyboard.press(key)
    assert len(labeller.outputs()) == 1
    assert open_ticket(page) == first

    page.keyboard.press("n")
    page.keyboard.type("1 invoice, 2 readings: us?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".efl-note-text:has-text('1 invoice, 2 readings: us?')")
    page.keyboard.press("1")
    wait_for_count(page, 1)
    second = open_ticket(page)
    said = page.locator(".efl-next[role=status]").text_content()
    assert said == f"{second}: {page.locator('.efl-text').text_content()}"
    page.keyboard.press("s")
    page.wait_for_selector(f".efl-status:has-text('Skipped {second}')")
    page.keyboard.press("b")
    page.wait_for_selector(".efl-review:visible")
    assert open_ticket(page) == first
    page.keyboard.press("2")
    page.wait_for_selector(f".efl-status:has-text('Changed {first} from billing to domains')")
    for undone in ("changed label", "skip", "label on"):
        page.keyboard.press("u")
        page.wait_for_selector(f".efl-status:has-text('Undone: {undone}')")
    wait_for_count(page, 0)
    assert open_ticket(page) == first
    assert saved(labeller) == []
    assert page.inner_text(".efl-note-text") == "Note: 1 invoice, 2 readings: us?"

    page.keyboard.press("?")
    page.wait_for_selector(".efl-guide:focus:has-text('Cause first')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".efl-ticket:focus")
    assert page.is_hidden(".efl-guide")
    page.keyboard.press("1")
    wait_for_count(page, 1)
    assert saved(labeller)[0].metadata["note"] == "1 invoice, 2 readings: us?"


def test_digits_label_on_german_english_and_french_keyboards(labeller):
    press = """([key, code, shiftKey, times]) => { for (let i = 0; i < times; i++)
      document.querySelector('.efl-ticket').dispatchEvent(new KeyboardEvent('keydown',
        {key, code, shiftKey, bubbles: true, cancelable: true})); }"""
    page = labeller.page
    keys = [
        ("4", "Digit4", False, "website"),
        ("4", "Numpad4", False, "website"),
        ("'", "Digit4", False, "website"),  # French: the sign is what lies there without Shift
        ("4", "Digit4", True, "website"),  # French: the digit needs it
        ("$", "Digit4", True, None),  # German and English: Shift and a digit is a sign
    ]
    expected = []
    for key, code, shift, labels in keys:
        # twice at once: the second would hit a ticket that nobody has read
        page.evaluate(press, [key, code, shift, 2])
        if labels:
            expected.append(labels)
            wait_for_count(page, len(expected))
    page.evaluate(press, ["?", "Minus", True, 1])  # the guide, as a German keyboard sends it
    page.wait_for_selector(".efl-guide:visible")
    page.keyboard.press("b")
    page.wait_for_selector(".efl-review:visible")  # so every key before it was answered
    assert [sample.target for sample in saved(labeller)] == expected


def test_tickets_show_as_text_in_their_own_language_whatever_is_in_them(labeller, screenshot):
    page = labeller.page
    show_only(page, "injection")
    assert "<script>window.hit = 1</script>" in page.inner_text(".efl-text")
    assert page.locator(".efl-text :is(img, script, a)").count() == 0
    page.click(".efl-category >> nth=4")
    wait_for_count(page, 1)
    page.locator(".efl-details summary").click()
    assert "<img src=x" in page.inner_text(".efl-row-text")
    assert page.evaluate("() => window.hit") is None
    assert "No ticket left here" in page.inner_text(".efl-ticket")

    show_only(page, "other_language")
    languages = set()
    for number in (2, 3):
        languages.add(page.get_attribute(".efl-text", "lang"))
        page.keyboard.press("4")
        wait_for_count(page, number)
    assert languages == {"de", "ar"}

    show_only(page, "thread")
    assert page.locator(".efl-quoted").count() == 1
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.efl-ticket').scrollTop > 100")
    screenshot(page, "labeller_thread", ".efl")
    show_only(page, "typos")
    assert page.evaluate(
        "() => { const t = document.querySelector('.efl-ticket');"
        "return t.scrollWidth <= t.clientWidth; }"
    )


def test_the_mouse_alone_labels_skips_changes_and_takes_off(labeller):
    page = labeller.page
    first = open_ticket(page)
    page.click(".efl-category:has-text('email')")
    wait_for_count(page, 1)
    page.click(".efl-action:has-text('Note')")
    page.fill(".efl-note textarea", "kept by clicking a label")
    page.click(".efl-category:has-text('other')")
    wait_for_count(page, 2)
    assert saved(labeller)[1].metadata["note"] == "kept by clicking a label"
    page.click(".efl-details summary")
    page.click(f".efl-row:has-text('{first}')")
    page.wait_for_selector(".efl-category[aria-pressed='true']:has-text('email')")
    page.click("text=Take the label off")
    wait_for_count(page, 1)
    assert open_ticket(page) == first
    assert [sample.target for sample in saved(labeller)] == ["other"]


def test_a_disk_that_refuses_and_a_broken_line_are_said_plainly(labeller, axe, screenshot):
    page = labeller.page
    blocker = labeller.workspace / "feature"
    blocker.write_text("a file where a folder must be", encoding="utf-8")
    page.click(".efl-ticket")
    first = open_ticket(page)
    page.keyboard.press("1")
    page.wait_for_selector(".efl-problem:has-text('Not saved')")
    assert open_ticket(page) == first
    assert page.inner_text(".efl-count strong") == "0"
    blocker.unlink()
    page.click("text=Try again")
    wait_for_count(page, 1)
    assert [sample.id for sample in saved(labeller)] == [first]
    assert page.inner_text(".efl-problem") == ""

    path = blocker / "evals" / "triage.jsonl"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + '{"id": "T07", "inp', encoding="utf-8")
    page.keyboard.press("2")
    page.wait_for_selector(".efl-problem:has-text('line 2: not JSON')")
    assert path.read_text(encoding="utf-8") == whole + '{"id": "T07", "inp'
    assert axe(page, ".efl") == []
    screenshot(page, "labeller_broken_line", ".efl")
    path.write_text(whole, encoding="utf-8")
    page.click("text=read it again")
    page.wait_for_function("() => document.querySelector('.efl-problem').textContent === ''")
    page.keyboard.press("2")
    wait_for_count(page, 2)
    assert [json.loads(line)["target"] for line in path.read_text().splitlines()] == [
        "billing",
        "domains",
    ]


def test_a_busy_kernel_is_said_and_the_label_arrives_when_it_is_free(lab):
    page = lab.open_notebook(lab.notebook(CELL, "import time; time.sleep(4)"))
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_selector(".efl-ticket")
    page.click(".efl-ticket")
    page.keyboard.press("1")
    page.wait_for_selector(".efl-status:has-text('Waiting for the kernel')")
    assert saved(lab) == []
    wait_for_count(page, 1)
    assert len(saved(lab)) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_and_looks_right(labeller, axe, screenshot, theme):
    page = labeller.page
    labeller.set_theme(theme)
    assert axe(page, ".efl") == []
    screenshot(page, f"labeller_start_{theme}", ".efl")
    page.click(".efl-ticket")
    for number in range(1, 10):
        page.keyboard.press(str(number * 5 % 6 + 1))
        wait_for_count(page, number)
    screenshot(page, f"labeller_in_lab_{theme}")
    page.keyboard.press("b")
    page.wait_for_selector(".efl-review:visible")
    page.keyboard.press("?")
    page.locator(".efl-details summary").click()
    page.keyboard.press("n")
    page.wait_for_selector(".efl-note textarea:focus")
    assert axe(page, ".efl") == []
    screenshot(page, f"labeller_second_look_{theme}", ".efl")
