// A model for `promptfoo generate dataset`: it makes up two people, and for each two inputs.
module.exports = class {
  id() {
    return "scripted";
  }
  async callApi(prompt) {
    const made = prompt.includes('personas') && !prompt.includes('"vars"')
      ? { personas: ["An agency owner", "A student"] }
      : { vars: [
          { ticket: 'Invoice: 50% off, "today"?', tone: "calm" },
          { ticket: "Cannot log in\nsince 2026-05-06, Zoë", tone: "1e3" },
        ] };
    return { output: JSON.stringify(made) };
  }
};
