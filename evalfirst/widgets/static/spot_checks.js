// A few random answers, first without and then with the right ones. Python decides what is shown.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function row(item, uncovered) {
  const verdict = [];
  if (uncovered) {
    verdict.push(
      item.right
        ? element("span", { class: "ef-badge ef-badge-good" }, "right")
        : element("span", { class: "ef-badge ef-badge-bad" }, `wrong, should be ${item.expected}`),
    );
  }
  const text = element("div", { class: "ef-spot-text", tabindex: "0" }, item.text);
  if (item.language) text.setAttribute("lang", item.language);
  text.setAttribute("aria-label", `Ticket ${item.id}`);
  text.setAttribute("role", "group");
  // arrow keys scroll a long ticket; without this the notebook would take them
  text.setAttribute("data-lm-suppress-shortcuts", "true");
  return element(
    "li",
    { class: "ef-spot-row" },
    text,
    element(
      "div",
      { class: "ef-spot-answer" },
      element("span", { class: "ef-muted" }, "The feature says"),
      element("strong", {}, item.given),
      ...verdict,
    ),
  );
}

function tally(state) {
  if (!state.draws.length) return "";
  const right = state.draws.reduce((a, b) => a + b, 0);
  const shown = state.draws.length * state.k;
  const list = state.draws.map((n) => `${n}/${state.k}`).join(", ");
  return `Your draws so far: ${list}. Together ${right} of ${shown}.`;
}

function render({ model, el }) {
  const rows = element("ol", { class: "ef-spot-rows" });
  const said = element("p", { class: "ef-visually-hidden", role: "status" });
  const counts = element("p", { class: "ef-muted" });
  const draw = element("button", { type: "button", class: "ef-button ef-button-primary" });
  const uncover = element("button", { type: "button", class: "ef-button" }, "Which were right?");
  draw.addEventListener("click", () => model.send({ do: "draw" }));
  uncover.addEventListener("click", () => {
    model.send({ do: "uncover" });
    draw.focus(); // the button that was pressed is about to be switched off
  });

  const card = element(
    "section",
    { class: "ef-card", "aria-label": "Spot check" },
    rows,
    element("div", { class: "ef-row" }, draw, uncover),
    counts,
    said,
  );

  const show = () => {
    const state = model.get("state");
    draw.textContent = state.rows.length
      ? `Draw ${state.k} others`
      : `Draw ${state.k} ${state.noun}s at random`;
    rows.replaceChildren(...state.rows.map((item) => row(item, state.uncovered)));
    uncover.disabled = !state.rows.length || state.uncovered;
    counts.textContent = tally(state);
    said.textContent = state.said;
  };
  model.on("change:state", show);
  show();
  el.append(card);
  return () => model.off("change:state", show);
}

export default { render };
