// Steering: a pad, sliders, emotions, states, and any update as text.

import { $, make, newest, say, slider } from "./dom.js";
import { Pad } from "./pad.js";

const STATES = ["listening", "thinking", "speaking", "waiting", "failed", "asleep"];
const HOLDS = [["until I change it", ""], ["5 seconds", "5"], ["20 seconds", "20"]];
const AXES = ["valence", "arousal", "dominance"];
const WHEEL = 0.05;
const WIDEST = 35; // degrees to the edge of the picture

export class Steer {
  constructor(section, page) {
    this.page = page;
    this.point = [0, 0, 0];
    this.held = new Set(); // keys that are down
    this.chosen = new Set(); // emotions
    this.send = newest((update) => this.#send(update));
    section.append(this.#pad(), this.#emotions(), this.#cues(), this.#text());
    this.#keys();
    this.#pointing($("#face"));
    page.connection.addEventListener("hello", ({ detail }) => this.#hello(detail));
  }

  draw(shown) {
    this.pad.draw(shown?.feeling, this.marks ?? [], this.page.trail);
    if (this.steered || !shown) return;
    // Until somebody steers, the sliders show where the feeling is.
    AXES.forEach((_, axis) => this.sliders[axis].set(shown.feeling[axis]));
    this.point = [...shown.feeling];
  }

  // What is sent

  async #send(update) {
    const text = typeof update === "string" ? update : JSON.stringify(update);
    const { understood, error, expected } = await this.page.connection.update(
      text, this.page.stream,
    );
    this.answer.dataset.refused = String(!understood);
    say(this.answer, understood ? sentence(understood) : `${error}. Expected: ${expected}`);
  }

  #holding(update) {
    const hold = Number(this.hold.value);
    return hold ? { ...update, hold } : update;
  }

  #toPoint(point) {
    this.steered = true;
    this.point = point;
    this.pad.target = point;
    point.forEach((value, axis) => this.sliders[axis].set(value));
    this.#choose(new Set());
    this.send(this.#holding({ vad: point.map((value) => Math.round(value * 1000) / 1000) }));
  }

  #choose(emotions) {
    this.chosen = emotions;
    for (const button of this.buttons?.children ?? []) {
      button.setAttribute("aria-pressed", String(emotions.has(button.value)));
    }
  }

  /** Shows an emotion, or a mixture with those that are chosen already. */
  #feel(name, also) {
    const emotions = new Set(also ? this.chosen : []);
    if (also && emotions.has(name) && emotions.size > 1) emotions.delete(name);
    else emotions.add(name);
    this.#choose(emotions);
    this.#sendEmotions();
  }

  #sendEmotions() {
    if (!this.chosen.size) return;
    this.pad.target = null;
    this.steered = false;
    const intensity = this.intensity.input.valueAsNumber;
    this.send(this.#holding({ emotion: [...this.chosen].join("+"), intensity }));
  }

  // What there is to press

  #pad() {
    this.pad = new Pad(
      "Valence and arousal. The arrow keys move the point.",
      (valence, arousal) => this.#toPoint([valence, arousal, this.point[2]]),
    );
    this.pad.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const dominance = this.point[2] - Math.sign(event.deltaY) * WHEEL;
      this.#toPoint([this.point[0], this.point[1], Math.min(1, Math.max(-1, dominance))]);
    }, { passive: false });
    this.sliders = AXES.map((name, axis) =>
      slider(name, { min: -1, max: 1, step: 0.01, value: 0 }, (value) => {
        const point = [...this.point];
        point[axis] = value;
        this.#toPoint(point);
      }));
    return make("div", { className: "pad-and-sliders" }, this.pad.canvas,
      ...this.sliders.map(({ row }) => row));
  }

  #emotions() {
    this.buttons = make("div", { className: "buttons", role: "group", "aria-label": "Emotions" });
    this.mix = make("input", { type: "checkbox" });
    this.intensity = slider(
      "intensity", { min: 0, max: 1, step: 0.05, value: 1 }, () => this.#sendEmotions(),
    );
    this.hold = make("select", {}, ...HOLDS.map(([text, value]) => make("option", { value }, text)));
    const release = make("button", { type: "button" }, "Let go");
    release.title = "Other inputs decide again";
    release.addEventListener("click", () => {
      this.#choose(new Set());
      this.pad.target = null;
      this.steered = false;
      this.send({ emotion: "neutral", hold: 0.05 });
    });
    return make("div", { className: "card" },
      make("h2", {}, "Emotion"), this.buttons, this.intensity.row,
      make("p", { className: "row" },
        make("label", { className: "inline" }, this.mix, " mix several"),
        make("label", { className: "inline" }, "Keep it ", this.hold), release));
  }

  #hello({ emotions, names }) {
    this.marks = emotions;
    this.buttons.replaceChildren(...emotions.map(([name], at) => {
      const button = make("button", {
        type: "button", value: name, "aria-pressed": "false", "aria-keyshortcuts": String(at + 1),
      }, name, make("kbd", { "aria-hidden": "true" }, String(at + 1)));
      button.addEventListener("click", (event) =>
        this.#feel(name, this.mix.checked || event.shiftKey || event.ctrlKey || event.metaKey));
      return button;
    }));
    this.names.replaceChildren(...names.map((name) => make("option", { value: name })));
  }

  #cues() {
    this.speaking = make("button", { type: "button", "aria-pressed": "false" }, "speaking");
    this.speaking.addEventListener("click", () => {
      const speaks = this.speaking.getAttribute("aria-pressed") !== "true";
      this.send({ speaking: speaks });
    });
    this.states = make("div", { className: "buttons", role: "group", "aria-label": "States" });
    this.states.append(...STATES.map((name) => {
      const button = make("button", { type: "button", value: name, "aria-pressed": "false" }, name);
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") === "true";
        this.send({ state: on ? null : name });
      });
      return button;
    }));
    this.lookAhead = make("button", { type: "button" }, "look ahead");
    this.lookAhead.addEventListener("click", () => this.send({ look_at: null }));
    this.page.connection.addEventListener("streams", () => this.#showCues());
    this.page.connection.addEventListener("frame", () => {
      const shown = this.page.connection.shown(this.page.stream);
      this.speaking.setAttribute("aria-pressed", String(shown?.speaking ?? false));
    });
    return make("div", { className: "card" },
      make("h2", {}, "Character"), this.states,
      make("p", { className: "row" }, "It is ", this.speaking, this.lookAhead),
      make("p", { className: "hint" }, "Press on the face, and it looks there."));
  }

  #showCues() {
    const { connection, stream } = this.page;
    const state = connection.streams[connection.row(stream)]?.state;
    for (const button of this.states.children) {
      button.setAttribute("aria-pressed", String(button.value === state));
    }
  }

  #text() {
    this.names = make("datalist", { id: "names" });
    const text = make("input", {
      type: "text", placeholder: "joy 0.7, fear 0.3", autocomplete: "off", "aria-label": "An update",
    });
    text.setAttribute("list", "names");
    this.answer = make("p", { className: "answer", role: "status" });
    const form = make("form", { className: "row" }, text, make("button", {}, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (text.value.trim()) this.send(text.value);
    });
    return make("div", { className: "card" },
      make("h2", {}, "Any update"), form, this.names, this.answer);
  }

  // Keys 1 to 9, and pointing at the face

  #keys() {
    addEventListener("keydown", (event) => {
      const typing = event.target.matches?.("input:not([type=range]):not([type=checkbox]), select");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const name = this.marks?.[Number(event.key) - 1]?.[0];
      if (!name || !this.page.connection.hello.control) return;
      this.#feel(name, this.held.size > 0 || this.mix.checked);
      this.held.add(event.key);
    });
    addEventListener("keyup", (event) => this.held.delete(event.key));
    addEventListener("blur", () => this.held.clear());
  }

  #pointing(face) {
    const look = ({ offsetX, offsetY }) => {
      const { clientWidth, clientHeight } = face;
      const size = Math.min(clientWidth, clientHeight) / 2;
      const angle = (pixels) => Math.max(-WIDEST, Math.min(WIDEST, (pixels / size) * WIDEST));
      // The eyes are somewhat above the middle.
      const look_at = [angle(clientWidth / 2 - offsetX), angle(offsetY - 0.43 * clientHeight)];
      this.send({ look_at: look_at.map(Math.round) });
    };
    const may = () => this.page.connection.hello?.control;
    face.addEventListener("pointerdown", (event) => {
      if (!may()) return;
      face.setPointerCapture(event.pointerId);
      look(event);
    });
    face.addEventListener("pointermove", (event) => event.buttons & 1 && may() && look(event));
  }
}

function sentence({ label, valence, arousal, dominance, hold_seconds: hold, notes }) {
  const point = [valence, arousal, dominance];
  const said = label === null ? "Understood." : `Understood: ${label}`;
  const numbers = valence === null ? "" : ` (${point.map((x) => x.toFixed(2)).join(", ")})`;
  return [said + numbers, hold ? `for ${hold} s` : "", ...notes].filter(Boolean).join("; ");
}
