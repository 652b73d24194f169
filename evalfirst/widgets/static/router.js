// The form of the self-assessment. What an answer means is decided in Python, never here.

let views = 0;

// A kernel that is free replies in a few milliseconds.
const PATIENCE_MS = 4000;
const NOT_SAVED =
  "This answer is not saved: the kernel does not reply. If it was restarted, run the cell above " +
  "again with Shift+Enter. Your earlier answers come back.";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function questionField(question, choices, name, answer) {
  const noteId = `${name}-note`;
  const options = element("div", { class: "ef-options" });
  for (const choice of choices) {
    const input = element("input", {
      type: "radio",
      name,
      value: choice.value,
      // arrow keys choose an answer; without this the notebook's command mode takes them
      "data-lm-suppress-shortcuts": "true",
    });
    input.addEventListener("change", () => answer(question.number, choice.value));
    options.append(element("label", { class: "ef-option" }, input, choice.label));
  }
  const field = element(
    "fieldset",
    { class: "ef-fieldset", ...(question.note && { "aria-describedby": noteId }) },
    element(
      "legend",
      { class: "ef-legend" },
      element("span", { class: "ef-number" }, String(question.number)),
      element("span", {}, question.text),
    ),
  );
  if (question.note) {
    field.append(element("p", { class: "ef-muted ef-note", id: noteId }, question.note));
  }
  field.append(options);
  return field;
}

function render({ model, el }) {
  const view = `ef-router-${(views += 1)}`;
  const questions = model.get("questions");
  const name = (number) => `${view}-question-${number}`;

  const steps = element("div", {
    class: "ef-steps",
    role: "progressbar",
    "aria-label": "Questions answered",
    "aria-valuemin": "0",
    "aria-valuemax": String(questions.length),
  });
  const bars = questions.map(() => steps.appendChild(element("span")));
  const progress = element("p", { class: "ef-muted" });
  const notice = element("p", { class: "ef-callout", role: "alert" });
  const status = element("p", { class: "ef-router-status", role: "status" });

  let waiting;
  const answer = (number, value) => {
    model.set("answers", { ...model.get("answers"), [number]: value });
    model.save_changes();
    clearTimeout(waiting);
    waiting = setTimeout(() => showNotice(NOT_SAVED), PATIENCE_MS);
  };

  const card = element(
    "section",
    {
      class: "ef-card ef-router",
      "aria-labelledby": `${view}-title`,
    },
    element("h2", { class: "ef-heading", id: `${view}-title` }, model.get("title")),
    ...model.get("lead").map((text) => element("p", {}, text)),
    element("div", { class: "ef-router-progress" }, steps, progress),
    ...questions.map((q) => questionField(q, model.get("choices"), name(q.number), answer)),
    notice,
    status,
  );

  const showAnswers = () => {
    const answers = model.get("answers");
    const open = questions.map((q) => q.number).filter((number) => !(number in answers));
    questions.forEach((question, index) => {
      bars[index].classList.toggle("ef-done", question.number in answers);
      for (const input of card.querySelectorAll(`input[name="${name(question.number)}"]`)) {
        input.checked = input.value === answers[question.number];
      }
    });
    const done = questions.length - open.length;
    steps.setAttribute("aria-valuenow", String(done));
    progress.textContent =
      `${done} of ${questions.length} answered` +
      (open.length && done ? `. Still open: ${open.join(", ")}` : "");
  };
  const showNotice = (text) => {
    notice.textContent = text;
    notice.hidden = !text;
  };
  const showReply = () => {
    clearTimeout(waiting);
    status.textContent = model.get("status");
    showNotice(model.get("notice"));
  };

  const replies = ["change:received", "change:status", "change:notice"];
  model.on("change:answers", showAnswers);
  for (const reply of replies) model.on(reply, showReply);
  showAnswers();
  showReply();
  el.append(card);

  return () => {
    clearTimeout(waiting);
    model.off("change:answers", showAnswers);
    for (const reply of replies) model.off(reply, showReply);
  };
}

export default { render };
