// The settings of the face, changed while the bridge runs.

import { make, newest, say } from "./dom.js";
import { copyButton } from "./path.js";

export class Layers {
  constructor(section, page) {
    this.page = page;
    this.rows = new Map();
    this.changes = {};
    this.list = make("div");
    this.note = make("p", { className: "answer", role: "status" });
    this.yaml = make("pre", { tabIndex: 0, "aria-label": "What to keep" });
    section.append(
      make("p", { className: "hint" }, "These count for every stream and state that has no "
        + "setting of its own, at once, and until the bridge reads its configuration again."),
      make("div", { className: "card" }, this.list, this.note),
      make("div", { className: "card" }, make("h2", {}, "To keep it"),
        make("div", { className: "head" },
          make("p", { className: "hint" }, "Put this into your configuration."),
          copyButton("Copy as YAML", () => this.yaml.textContent)),
        this.yaml),
    );
    this.ask = newest(() => this.#ask());
  }

  opened() {
    this.ask();
  }

  #change(name, value) {
    this.changes[name] = value;
    this.ask();
  }

  async #ask() {
    const { changes } = this;
    this.changes = {};
    const told = await this.page.connection.ask("controls", { changes });
    this.note.dataset.refused = String("error" in told);
    say(this.note, told.error ? `${told.error}. Expected: ${told.expected}` : "");
    if (!told.controls) return;
    for (const control of told.controls) this.#row(control).set(control.value);
    say(this.yaml, told.yaml || "# everything is as by default");
  }

  #row(control) {
    if (!this.rows.has(control.name)) {
      const row = new Row(control, (value) => this.#change(control.name, value));
      const may = this.page.connection.hello?.control;
      for (const input of row.element.querySelectorAll("input, select")) input.disabled = !may;
      this.rows.set(control.name, row);
      this.list.append(row.element);
    }
    return this.rows.get(control.name);
  }
}

/** A name with a switch, a slider or a choice. */
class Row {
  constructor({ name, switched, usual, least, most, choices, description }, change) {
    const title = name.replaceAll("_", " ");
    this.usual = usual;
    this.element = make("div", { className: "control", "data-name": name });
    const label = make(switched ? "label" : "span", { className: "name" });
    if (switched) {
      this.switch = make("input", { type: "checkbox" });
      this.switch.addEventListener("change", () => change(
        this.switch.checked && this.slider?.valueAsNumber > 0 && this.slider.valueAsNumber !== usual
          ? this.slider.valueAsNumber : this.switch.checked,
      ));
      label.append(this.switch);
    }
    label.append(title);
    this.element.append(label);
    if (usual !== null) {
      this.slider = make("input", {
        type: "range", min: least, max: most, step: most > 10 ? 1 : 0.05, "aria-label": title,
      });
      this.output = make("output");
      this.slider.addEventListener("input", () => {
        say(this.output, shown(this.slider.valueAsNumber));
        change(this.slider.valueAsNumber);
      });
      this.element.append(this.slider, this.output);
    }
    if (choices.length) {
      this.choice = make("select", { "aria-label": title },
        ...choices.map((value) => make("option", { value }, value)));
      this.choice.addEventListener("change", () => change(this.choice.value));
      this.element.append(this.choice);
    }
    this.element.append(make("p", { className: "hint" }, ...formatted(description)));
  }

  /** Shows the value in force, unless it is being changed. */
  set(value) {
    if (this.switch) this.switch.checked = Boolean(value);
    if (this.choice) this.choice.value = value;
    if (!this.slider || this.slider.matches(":active")) return;
    if (typeof value === "number") this.slider.value = value;
    else if (value !== false || !this.output.textContent) this.slider.value = this.usual;
    say(this.output, shown(this.slider.valueAsNumber));
  }
}

const shown = (number) => String(Math.round(number * 100) / 100);

/** Text with `code` in it. */
function formatted(text) {
  return text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
}
