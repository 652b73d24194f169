// The view of evalfirst.widgets.Labelling: shows `state`, sends what the person does.
// Everything that comes from a ticket is put in as text, never as HTML.

const SLOW_MS = 1500;
const SILENT_MS = 12000;

function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Like replaceChildren, but leaves out what is not there.
function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null));
}

const kbd = (key) => h("kbd", { "aria-hidden": "true" }, key);
const words = (name) => name.replaceAll("_", " ");

function languageName(code) {
  if (!code) return "";
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

function moment(iso) {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return iso ?? "";
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(at);
}

// Runs of quoted lines ("> ..." or "| ...") are set apart, so that the newest message of a thread stands out.
function paragraphs(text) {
  const parts = [];
  for (const line of text.split("\n")) {
    const quoted = /^\s*[>|]/.test(line);
    const last = parts.at(-1);
    if (last && last.quoted === quoted) last.lines.push(line);
    else parts.push({ quoted, lines: [line] });
  }
  return parts.map(({ quoted, lines }) =>
    h("div", { class: quoted ? "efl-quoted" : null }, lines.join("\n")),
  );
}

// The digit of a key by what it types or, where digits need Shift (French), by where it lies.
function digitOf(event) {
  if (/^[1-9]$/.test(event.key)) return Number(event.key);
  const place = /^Digit([1-9])$/.exec(event.code);
  return place && !event.shiftKey ? Number(place[1]) : null;
}

const withModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

function render({ model, el }) {
  let state = model.get("state");
  let pending = null;
  let timers = [];
  let shownKey = null;
  let focusAfter = null;

  // ---- the parts -------------------------------------------------------------------------

  const unique = `efl-${Math.random().toString(36).slice(2)}`;
  const count = h("p", { class: "efl-count" });
  const bar = h("span");
  const progress = h(
    "div",
    { class: "ef-progress", role: "progressbar", "aria-valuemin": "0", "aria-label": "Labelled" },
    bar,
  );
  const select = h("select", { id: `${unique}-show`, onchange: chosen });
  const saved = h("p", { class: "ef-muted efl-saved" });
  const choice = h(
    "div",
    { class: "efl-bar" },
    h("label", { for: `${unique}-show` }, "Show me next"),
    select,
    saved,
  );
  const problem = h("div", { class: "efl-problem", role: "alert" });
  const facts = h("p", { class: "efl-facts", id: `${unique}-facts` });
  const text = h("div", { class: "efl-text", dir: "auto" });
  const tags = h("p", { class: "efl-tags" });
  const ticket = h(
    "article",
    { class: "efl-ticket", tabindex: "0", "aria-labelledby": `${unique}-facts` },
    facts,
    text,
    tags,
  );
  const categories = h("div", { class: "efl-categories", role: "group", "aria-label": "Label" });
  const noteText = h("p", { class: "efl-note-text" });
  const noteField = h("textarea", {
    id: `${unique}-note`,
    rows: "2",
    "aria-describedby": `${unique}-note-help`,
    onblur: () => keepNote(),
  });
  const noteForm = h(
    "div",
    { class: "efl-note", hidden: true },
    h("label", { for: `${unique}-note` }, "Note: what made this one hard?"),
    noteField,
    h(
      "p",
      { class: "ef-muted", id: `${unique}-note-help` },
      kbd("Enter"),
      " keeps it, ",
      kbd("Esc"),
      " drops the change. The note goes into the file with the label.",
    ),
  );
  const action = (key, name, run, hint) =>
    h(
      "button",
      { type: "button", class: "ef-button efl-action", title: hint, "aria-keyshortcuts": key, onclick: run },
      h("span", {}, name),
      kbd(key),
    );
  const buttons = {
    skip: action("s", "Skip", () => send("skip", { ticket: state.ticket?.id }), "Leave it for later"),
    undo: action("u", "Undo", () => send("undo")),
    note: action("n", "Note", openNote, "Say what made it hard"),
    back: action("b", "Back", () => send("back"), "Look at the label before"),
    forward: action("f", "Forward", () => send("forward"), "Towards the next new one"),
    guide: action("?", "Guide", toggleGuide, "Show or hide the labelling guide"),
  };
  buttons.guide.setAttribute("aria-expanded", "false");
  buttons.guide.setAttribute("aria-controls", `${unique}-guide`);
  const remove = h(
    "button",
    { type: "button", class: "ef-button ef-button-quiet", onclick: () => send("remove", { ticket: state.ticket.id }) },
    "Take the label off",
  );
  const front = h(
    "button",
    { type: "button", class: "ef-button ef-button-quiet", onclick: () => send("front") },
    "Go on labelling",
  );
  const review = h("p", { class: "efl-review", hidden: true }, h("span"), front, remove);
  const status = h("p", { class: "efl-status", role: "status" });
  // for screen readers: the focus stays on the ticket, so its new text would go unsaid
  const next = h("p", { class: "ef-visually-hidden efl-next", role: "status" });
  const keysHint = h("p", { class: "efl-keys ef-muted" });
  const guide = h("section", {
    class: "efl-guide",
    id: `${unique}-guide`,
    tabindex: "0",
    "aria-label": "Labelling guide",
    hidden: true,
  });
  const coverageHead = h("h4", { class: "ef-subheading efl-coverage-head" });
  const coverageText = h("p", { class: "ef-muted" });
  const coverage = h("ul", { class: "efl-slices" });
  const rows = h("ol", { class: "efl-rows" });
  const rowsSummary = h("summary");
  const rowsDetails = h(
    "details",
    { class: "ef-details efl-details", ontoggle: () => showRows() },
    rowsSummary,
    rows,
  );
  const heading = h("h3", { class: "ef-heading", id: `${unique}-heading` });

  const root = h(
    "section",
    {
      class: "ef-card efl",
      "aria-labelledby": `${unique}-heading`,
      onkeydown: pressed,
    },
    h("div", { class: "efl-head" }, heading, count),
    progress,
    choice,
    review,
    problem,
    ticket,
    categories,
    noteText,
    noteForm,
    h("div", { class: "efl-actions" }, ...Object.values(buttons)),
    h("div", { class: "efl-foot" }, status, keysHint),
    next,
    guide,
    coverageHead,
    coverageText,
    coverage,
    rowsDetails,
  );
  el.replaceChildren(root);

  // ---- what the person does --------------------------------------------------------------

  function send(what, more = {}) {
    // One at a time: a second key before the next ticket shows would hit one that nobody has
    // read. Only a note may be on its way, because leaving its field sends it.
    if (pending && pending !== "note") return;
    pending = what;
    if (root.contains(document.activeElement)) focusAfter = focusAfter ?? ticket;
    timers.forEach(clearTimeout);
    try {
      model.send({ do: what, ...more });
    } catch {
      // the kernel was restarted or shut down, and this card belongs to the one before
      silent();
      return;
    }
    timers = [
      setTimeout(() => say("Waiting for the kernel. This is not saved yet."), SLOW_MS),
      setTimeout(silent, SILENT_MS),
    ];
  }

  function silent() {
    pending = null;
    say(
      "The kernel does not answer, so this is not saved. Everything before it is in the file. " +
        "If the kernel is busy, wait; if it was restarted, run this cell again.",
      true,
    );
  }

  function say(message, bad = false) {
    status.textContent = message;
    status.classList.toggle("efl-bad", bad);
  }

  function label(index) {
    const category = state.categories[index];
    if (category && state.ticket) send("label", { ticket: state.ticket.id, category: category.name });
  }

  function chosen() {
    focusAfter = ticket;
    send("show", { show: select.value });
  }

  function openNote() {
    if (!state.ticket) return;
    noteField.value = state.ticket.note;
    noteForm.hidden = false;
    noteText.hidden = true;
    noteField.focus();
  }

  function keepNote() {
    // another window in front is no reason to close the field
    if (noteForm.hidden || !document.hasFocus()) return;
    noteForm.hidden = true;
    noteText.hidden = !state.ticket?.note;
    if (state.ticket && noteField.value.trim() !== state.ticket.note)
      send("note", { ticket: state.ticket.id, text: noteField.value });
  }

  function toggleGuide() {
    const open = guide.hidden;
    guide.hidden = !open;
    buttons.guide.setAttribute("aria-expanded", String(open));
    (open ? guide : ticket).focus({ preventScroll: !open });
    if (open) guide.scrollIntoView({ block: "nearest" });
  }

  const byKey = {
    u: () => send("undo"),
    s: () => state.ticket && send("skip", { ticket: state.ticket.id }),
    n: openNote,
    b: () => send("back"),
    ArrowLeft: () => send("back"),
    f: () => send("forward"),
    ArrowRight: () => send("forward"),
    "?": () => state.guideShown && toggleGuide(),
  };

  function pressed(event) {
    if (withModifier(event)) return;
    event.stopPropagation();
    if (event.isComposing) return;
    const field = event.target;
    const done = () => event.preventDefault();
    if (field === noteField) {
      if (event.key === "Enter" && !event.shiftKey) {
        done();
        focusAfter = ticket;
        ticket.focus({ preventScroll: true }); // leaving the field keeps the note
      } else if (event.key === "Escape") {
        done();
        noteField.value = state.ticket?.note ?? "";
        ticket.focus({ preventScroll: true });
      }
      return;
    }
    if (event.key === "Escape" && !guide.hidden) {
      done();
      toggleGuide();
      return;
    }
    const digit = digitOf(event);
    // in a list, letters and arrows choose an entry
    if (field === select && !digit) return;
    const run = digit ? () => label(digit - 1) : byKey[event.key] ?? byKey[event.key.toLowerCase()];
    if (!run || (digit && digit > state.categories.length)) return;
    done();
    // a key that is held down must not run through the queue
    if (!event.repeat) run();
  }

  // Lab's own shortcuts with Ctrl, Cmd or Alt (save, run) keep working; its single letters and
  // arrows are ours while the card has the focus. Lab asks the focused element itself, and older
  // versions ask before the event gets here: so this listens earlier, on the window.
  function yieldToLab(event) {
    if (root.contains(event.target))
      event.target.toggleAttribute("data-lm-suppress-shortcuts", !withModifier(event));
  }
  window.addEventListener("keydown", yieldToLab, true);

  // ---- what the person sees --------------------------------------------------------------

  function show() {
    state = model.get("state");
    const { ticket: open, noun } = state;
    pending = null;
    timers.forEach(clearTimeout);
    state.guideShown = Boolean(model.get("guide"));

    heading.textContent = `Label ${noun}s`;
    fill(
      count,
      h("strong", {}, String(state.done)),
      ` of ${state.target} labelled`,
      state.done >= state.target ? h("span", { class: "ef-badge ef-badge-good" }, "goal reached") : null,
    );
    bar.style.width = `${Math.min(100, (100 * state.done) / state.target)}%`;
    progress.setAttribute("aria-valuemax", String(state.target));
    progress.setAttribute("aria-valuenow", String(Math.min(state.done, state.target)));
    progress.setAttribute("aria-valuetext", `${state.done} of ${state.target}`);
    saved.textContent = state.done ? `Saved in ${state.file}` : `Saves to ${state.file}`;

    showChoices();
    showProblem();
    showTicket(open, noun);
    showCategories(open);
    showCoverage();
    showRows();

    buttons.undo.disabled = !state.undo;
    buttons.undo.title = state.undo ? `Take back: ${state.undo}` : "Nothing to undo";
    buttons.skip.disabled = !open || open.position !== null;
    buttons.note.disabled = !open;
    buttons.back.disabled = state.done === 0 || open?.position === 1;
    buttons.forward.disabled = !open || open.position === null;
    buttons.guide.hidden = !state.guideShown;
    keysHint.replaceChildren(
      kbd("1"),
      " to ",
      kbd(String(Math.min(9, state.categories.length))),
      " label. Click the card or press Tab first.",
    );
    say(state.said);
    if (focusAfter) {
      const lost = !root.contains(document.activeElement);
      // what was focused may just have been disabled; a note field that was opened meanwhile stays
      if (document.activeElement !== noteField || lost) focusAfter.focus({ preventScroll: true });
      focusAfter = null;
    }
  }

  function showChoices() {
    const { slices, thinnest, noun } = state;
    const option = (value, label, off = false) => h("option", { value, disabled: off }, label);
    select.replaceChildren(
      option("any", `any ${noun}`),
      ...(slices.length
        ? [
            option("rare", "your rarest slice" + (thinnest ? ` (now ${words(thinnest)})` : "")),
            h(
              "optgroup",
              { label: "only one slice" },
              ...slices.map(({ name, done, waiting }) =>
                option(`slice:${name}`, `${words(name)} (${done} labelled, ${waiting} left)`),
              ),
            ),
          ]
        : []),
    );
    select.value = state.show;
  }

  function showProblem() {
    const found = state.problem;
    problem.replaceChildren();
    problem.classList.toggle("efl-has-problem", Boolean(found));
    if (!found) return;
    problem.append(
      h("p", { class: "efl-problem-title" }, found.title),
      h("p", {}, found.text),
      ...(found.details.length
        ? [h("ul", { class: "ef-list" }, ...found.details.map((line) => h("li", {}, line)))]
        : []),
      h(
        "div",
        { class: "ef-row" },
        ...found.actions.map(({ do: what, label: name }) =>
          h("button", { type: "button", class: "ef-button", onclick: () => send(what) }, name),
        ),
      ),
    );
  }

  function showTicket(open, noun) {
    const key = open ? `${open.id} ${open.position}` : "none";
    const changed = key !== shownKey;
    if (changed) {
      ticket.scrollTop = 0;
      ticket.classList.remove("efl-arrives");
      void ticket.offsetWidth; // restarts the animation
      ticket.classList.add("efl-arrives");
      noteForm.hidden = true;
      // not at the start: nobody asked for it yet
      if (shownKey !== null && open) {
        if (open.language) next.setAttribute("lang", open.language);
        next.textContent = `${open.id}: ${open.text}`;
      }
      shownKey = key;
    }
    // one takes the place of the other, so that nothing below moves
    review.hidden = !open || open.position === null;
    choice.hidden = !review.hidden;
    if (!open) {
      const all = state.waiting === 0;
      facts.replaceChildren(h("strong", {}, all ? `Every ${noun} is labelled` : `No ${noun} left here`));
      text.removeAttribute("lang");
      text.replaceChildren(
        all
          ? `You labelled the whole pool. Go back with b to change a label.`
          : `${state.waiting} others wait. Choose something else under “Show me next”.`,
      );
      tags.replaceChildren();
      noteText.hidden = true;
      return;
    }
    const language = open.language && open.language !== "en" ? languageName(open.language) : "";
    const details = [...open.facts, moment(open.received), language].filter(Boolean);
    fill(
      facts,
      h("strong", {}, open.id),
      h("span", {}, details.join(" · ")),
      open.skipped ? h("span", { class: "ef-badge" }, "skipped before") : null,
    );
    if (open.language) text.setAttribute("lang", open.language);
    else text.removeAttribute("lang");
    text.replaceChildren(...paragraphs(open.text));
    tags.replaceChildren(
      ...(open.slices.length
        ? ["Slices: ", h("span", {}, open.slices.map(words).join(", "))]
        : []),
    );
    review.firstChild.textContent =
      open.position === null
        ? ""
        : `Second look: label ${open.position} of ${state.done}` +
          (open.reviewed ? ` (${moment(open.reviewed)})` : "");
    remove.hidden = !open.removable;
    noteText.hidden = !open.note || !noteForm.hidden;
    noteText.replaceChildren(h("strong", {}, "Note: "), open.note);
  }

  function showCategories(open) {
    const most = Math.max(1, ...state.categories.map((category) => category.count));
    if (categories.childElementCount !== state.categories.length) {
      categories.replaceChildren(
        ...state.categories.map(({ name }, index) =>
          h(
            "button",
            {
              type: "button",
              class: "ef-button efl-category",
              "aria-keyshortcuts": index < 9 ? String(index + 1) : null,
              onclick: () => label(index),
            },
            index < 9 ? kbd(String(index + 1)) : h("span"),
            h("span", { class: "efl-name" }, words(name)),
            h("span", { class: "efl-number" }),
            h("span", { class: "efl-meter", "aria-hidden": "true" }, h("span")),
          ),
        ),
      );
    }
    state.categories.forEach(({ name, count: number }, index) => {
      const button = categories.children[index];
      button.disabled = !open;
      button.setAttribute("aria-pressed", String(open?.label === name));
      button.querySelector(".efl-number").replaceChildren(
        String(number),
        h("span", { class: "ef-visually-hidden" }, " labelled"),
      );
      button.querySelector(".efl-meter > span").style.width = `${(100 * number) / most}%`;
    });
  }

  function showCoverage() {
    const { slices, thin } = state;
    coverageHead.hidden = coverageText.hidden = coverage.hidden = slices.length === 0;
    if (!slices.length) return;
    const few = slices.filter((slice) => slice.thin).length;
    coverageHead.textContent = "Which slices your set covers";
    coverageText.textContent = few
      ? `${few} of ${slices.length} slices ${few === 1 ? "is" : "are"} thin: with fewer than ` +
        `${thin} labels, your set says next to nothing about ${few === 1 ? "it" : "them"}.`
      : `Every slice has at least ${thin} labels.`;
    coverage.replaceChildren(
      ...slices.map(({ name, done, thin: isThin }) =>
        h(
          "li",
          { class: isThin ? "efl-slice efl-thin" : "efl-slice" },
          h("span", {}, words(name)),
          h("strong", {}, String(done)),
          h("span", { class: "ef-visually-hidden" }, isThin ? ", thin" : ""),
        ),
      ),
    );
  }

  function showRows() {
    rowsSummary.textContent = `Your labels (${state.done})`;
    rowsDetails.hidden = state.done === 0;
    // hundreds of rows are only built for somebody who looks at them
    if (!rowsDetails.open) return;
    rows.replaceChildren(
      ...state.rows
        .map(({ id, label: given, start }) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", class: "efl-row", onclick: () => send("open", { ticket: id }) },
              h("span", { class: "efl-row-id" }, id),
              h("span", { class: "efl-row-label" }, words(given)),
              h("span", { class: "efl-row-text", dir: "auto" }, start),
            ),
          ),
        )
        .reverse(),
    );
  }

  // safe: Python renders this Markdown with HTML switched off
  guide.innerHTML = model.get("guide");
  for (const table of guide.querySelectorAll("table")) table.classList.add("ef-table");
  model.on("change:state", show);
  show();

  return () => {
    window.removeEventListener("keydown", yieldToLab, true);
    timers.forEach(clearTimeout);
    model.off("change:state", show);
  };
}

export default { render };
