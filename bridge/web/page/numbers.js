// The numbers of the stream: 52 bars by region, the last 20 seconds of some, and the path of the
// feeling.

import { make, say } from "./dom.js";
import { History } from "./history.js";
import { Pad } from "./pad.js";

const SECONDS = 20;
const MOST_LINES = 4;
const DRAWN_EVERY = matchMedia("(prefers-reduced-motion: reduce)").matches ? 500 : 50;
const REGIONS = [
  ["Brows", /^brow/], ["Eyes", /^eye/], ["Cheeks and nose", /^(cheek|nose)/],
  ["Jaw", /^jaw/], ["Mouth", /^mouth/], ["Tongue", /^tongue/],
];
const AXES = ["valence", "arousal", "dominance"];
const TURNS = ["yaw", "pitch", "roll"];

export class Numbers {
  constructor(section, page) {
    this.page = page;
    page.trail = new History(3, SECONDS);
    this.history = new History(52, SECONDS);
    this.stream = page.stream;
    this.lines = new Set(["mouthSmileLeft", "jawOpen"]);
    this.pad = new Pad("The path of the feeling in the last 20 seconds", null);
    this.axes = make("dl", { className: "axes" });
    this.turns = make("p", { className: "hint" });
    this.chart = make("canvas", { className: "chart", role: "img" });
    this.legend = make("p", { className: "legend" });
    this.bars = make("div", { className: "regions" });
    section.append(
      make("div", { className: "path-and-axes" }, this.pad.canvas, make("div", {},
        this.axes, this.turns)),
      make("div", { className: "card" },
        make("h2", {}, "Last 20 seconds"), this.chart, this.legend,
        make("p", { className: "hint" }, "Press a blendshape below to see its line.")),
      this.bars,
    );
    this.drawn = 0;
    page.connection.addEventListener("hello", ({ detail }) => this.#rows(detail.blendshapes));
  }

  #rows(names) {
    this.names = names;
    this.rows = [];
    this.bars.replaceChildren(...REGIONS.map(([title, pattern]) =>
      make("section", { className: "card" }, make("h2", {}, title),
        make("div", { className: "bars" },
          ...names.filter((name) => pattern.test(name)).map((name) => this.#row(name))))));
    this.#choose();
  }

  #row(name) {
    const bar = make("span", { className: "bar" });
    const value = make("span", { className: "value" });
    const row = make("button", { type: "button", className: "weight", value: name },
      make("span", {}, name), value, bar);
    row.addEventListener("click", () => {
      if (!this.lines.delete(name)) this.lines.add(name);
      const [first] = this.lines;
      if (this.lines.size > MOST_LINES) this.lines.delete(first);
      this.#choose();
    });
    this.rows.push({ row, bar, value, shape: this.names.indexOf(name) });
    return row;
  }

  #choose() {
    const lines = [...this.lines];
    for (const { row } of this.rows) {
      const line = lines.indexOf(row.value);
      row.setAttribute("aria-pressed", String(line >= 0));
      row.dataset.line = String(line);
    }
    this.legend.replaceChildren(...lines.map((name, line) =>
      make("span", { "data-line": String(line) }, name)));
    this.chart.setAttribute("aria-label", `The last 20 seconds of ${lines.join(", ") || "nothing"}`);
  }

  /** Called with every frame, also while another panel is open. */
  remember() {
    const { page } = this;
    if (page.stream !== this.stream) {
      this.stream = page.stream;
      page.trail.clear();
      this.history.clear();
    }
    const shown = page.connection.shown(page.stream), now = performance.now();
    if (!shown) return;
    page.trail.add(now, shown.feeling);
    if (shown.weights) this.history.add(now, shown.weights);
  }

  draw(shown) {
    const now = performance.now();
    if (!shown?.weights || !this.rows || now - this.drawn < DRAWN_EVERY) return;
    this.drawn = now;
    this.pad.draw(shown.feeling, [], this.page.trail);
    this.#numbers(shown);
    for (const { bar, value, shape } of this.rows) {
      const weight = shown.weights[shape];
      say(value, weight.toFixed(2));
      bar.style.transform = `scaleX(${weight.toFixed(3)})`;
    }
    this.#lines();
  }

  #numbers({ feeling, rotations }) {
    if (!this.axes.children.length) {
      this.axes.append(...AXES.flatMap((name) => [make("dt", {}, name), make("dd")]));
    }
    AXES.forEach((_, axis) => say(this.axes.children[2 * axis + 1], signed(feeling[axis])));
    const degrees = ["head", "left eye", "right eye"].map((part, place) => {
      const turns = TURNS.map((turn, n) =>
        `${turn} ${Math.round((rotations[3 * place + n] * 180) / Math.PI)}°`);
      return `${part}: ${turns.join(", ")}`;
    });
    say(this.turns, degrees.join(" · "));
  }

  #lines() {
    const { chart } = this;
    const [width, height] = [chart.clientWidth, chart.clientHeight];
    if (!width) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (chart.width !== Math.round(width * ratio)) chart.width = Math.round(width * ratio);
    if (chart.height !== Math.round(height * ratio)) chart.height = Math.round(height * ratio);
    const style = getComputedStyle(chart);
    const context = chart.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = style.getPropertyValue("--line");
    context.lineWidth = 1;
    for (const level of [0, 0.5, 1]) {
      const y = 4 + (height - 8) * (1 - level);
      context.strokeRect(0, y, width, 0);
    }
    context.lineWidth = 2;
    context.lineJoin = "round";
    [...this.lines].forEach((name, line) => {
      const shape = this.names.indexOf(name);
      context.strokeStyle = style.getPropertyValue(`--line-${line}`);
      context.beginPath();
      for (const sample of this.history.last(SECONDS)) {
        context.lineTo(
          width * (1 - sample.age / SECONDS), 4 + (height - 8) * (1 - sample[shape]),
        );
      }
      context.stroke();
    });
  }
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
