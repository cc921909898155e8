// The path from inputs to outputs: the state of each part, in words, and the configuration.

import { Doctor } from "./doctor.js";
import { $, make, say } from "./dom.js";

const MOST_SHAPES = 4;
const WELL = new Set(["up", "ended"]);
const TROUBLES = { "no listener": "nothing is listening" };

export class Path {
  constructor(section, page) {
    this.page = page;
    this.before = null;
    this.streams = [];
    this.healthy = make("p", { className: "health", role: "status" });
    this.frames = make("p", { className: "hint" });
    this.lists = {
      inputs: make("ul", { className: "parts" }),
      outputs: make("ul", { className: "parts" }),
      triggers: make("ul", { className: "parts" }),
    };
    this.triggers = make("div", { className: "card", hidden: true },
      make("h2", {}, "Triggers"), this.lists.triggers);
    this.yaml = make("pre", { tabIndex: 0, "aria-label": "Configuration in force" });
    const settings = make("details", { className: "card" },
      make("summary", {}, "Configuration in force"),
      make("div", { className: "head" },
        make("p", { className: "hint" }, "Passwords and tokens are not in it."),
        copyButton("Copy", () => this.yaml.textContent)),
      this.yaml);
    settings.addEventListener("toggle", () => settings.open && this.#settings());
    this.doctor = new Doctor($("#help"), page.connection);
    section.append(
      this.doctor.card,
      make("div", { className: "card" }, this.healthy, this.frames),
      make("div", { className: "card" }, make("h2", {}, "Inputs"), this.lists.inputs),
      make("div", { className: "card" }, make("h2", {}, "Outputs"), this.lists.outputs),
      this.triggers, settings,
    );
    page.connection.addEventListener("status", ({ detail }) => this.#show(detail));
  }

  /** The streams whose faces this panel reads. */
  faces() {
    return this.streams;
  }

  async #settings() {
    const { settings, error } = await this.page.connection.ask("settings");
    say(this.yaml, settings ?? error);
  }

  #show(status) {
    const now = performance.now();
    const seconds = this.before ? (now - this.before.now) / 1000 : 0;
    const then = (kind, name) => this.before?.status[kind].find((part) => part.name === name);
    const rate = (kind, part, key) => {
      const before = then(kind, part.name);
      return before && part[key] >= before[key] ? (part[key] - before[key]) / seconds : null;
    };
    const wrong = troublesInWords(status);
    this.healthy.dataset.ok = String(status.healthy && !wrong.length);
    say(this.healthy, !status.healthy ? sentences(status.reasons)
      : wrong.length ? ["The bridge works.", ...wrong].join(" ") : "Everything works.");
    say(this.frames, framesInWords(status));
    fill(this.lists.inputs, status.inputs, (part) => ({
      ...part, well: WELL.has(part.state), lines: inputInWords(part, rate("inputs", part, "updates")),
    }));
    fill(this.lists.outputs, status.outputs, (part) => ({
      ...part, well: WELL.has(part.state) && !part.trouble,
      lines: this.#outputInWords(part, {
        frames: rate("outputs", part, "frames"), bytes: rate("outputs", part, "bytes"),
      }),
    }));
    this.triggers.hidden = !status.triggers.length;
    fill(this.lists.triggers, status.triggers, (part) => ({
      ...part, state: part.standing ? "holds" : "waits", well: true,
      lines: [`fired ${times(part.fired)}`, part.missed && `${part.missed} missed`],
    }));
    this.before = { now, status };
    const streams = status.outputs.map(({ stream }) => stream).filter((name) => name !== "*");
    if (streams.join() !== this.streams.join()) {
      this.streams = streams;
      this.page.watch();
    }
  }

  #outputInWords(part, rates) {
    return [
      part.problem && `Problem: ${part.problem}`,
      part.trouble && `${TROUBLES[part.trouble] ?? part.trouble}; still sending`,
      rates.frames !== null && `${Math.round(rates.frames)} frames a second, `
        + `${(rates.bytes / 1000).toFixed(1)} kB a second`,
      part.state === "up" && this.#sent(part.stream),
      part.errors > 0 && `${part.errors} errors so far`,
    ];
  }

  /** What the latest frame had for an output: it sends what the face shows. */
  #sent(stream) {
    const { connection } = this.page;
    if (stream === "*") return `sends ${counted(connection.streams.length, "stream")}`;
    const shown = connection.shown(stream);
    if (!shown?.weights) return `sends the stream ${stream}`;
    const largest = [...shown.weights]
      .map((weight, shape) => [weight, connection.hello.blendshapes[shape]])
      .filter(([weight]) => weight >= 0.005)
      .sort(([a], [b]) => b - a)
      .slice(0, MOST_SHAPES)
      .map(([weight, name]) => `${name} ${weight.toFixed(2)}`);
    return `sends the stream ${stream}: ${largest.join(", ") || "a neutral face"}, …`;
  }
}

/** What does not work although the bridge does: it goes on, and tries again. */
function troublesInWords({ inputs, outputs }) {
  const named = (parts, is) => parts.filter(is).map(({ name }) => name).join(", ");
  const away = ({ state, problem }) => problem && !WELL.has(state);
  return [
    ["No program takes what it sends to", named(outputs, ({ trouble }) => trouble)],
    ["It sends nothing to", named(outputs, away)],
    ["It receives nothing from", named(inputs, away)],
  ].filter(([, names]) => names).map(([what, names]) => `${what} ${names}.`);
}

function framesInWords({ frames, frame_lateness_seconds: late, uptime_seconds: up, version }) {
  const rate = frames.achieved_per_second;
  return [
    rate === null ? `${frames.wanted_per_second} frames a second wanted`
      : `${rate.toFixed(1)} of ${frames.wanted_per_second} frames a second`,
    late.p99 !== null && `99 of 100 at most ${milliseconds(late.p99)} late`,
    `${frames.dropped} dropped`,
    `running for ${duration(up)}`,
    `version ${version}`,
  ].filter(Boolean).join(" · ");
}

function inputInWords(part, rate) {
  return [
    part.problem && `Problem: ${part.problem}`,
    part.updates ? `${counted(part.updates, "update")}${rate ? `, ${rate.toFixed(1)} a second` : ""}`
      : "no update so far",
    part.latest && `latest: ${part.latest.label || "a cue"} for ${part.latest.stream}, `
      + `${duration(part.latest.seconds_ago)} ago`,
    part.refused > 0 && `${part.refused} ${part.refused === 1 ? "message was" : "messages were"} refused`,
    part.latest_refusal && `the latest: ${part.latest_refusal}`,
  ];
}

/** Keeps the elements of parts that stay, so that a screen reader or a selection stays too. */
function fill(list, parts, described) {
  const kept = new Map([...list.children].map((item) => [item.dataset.name, item]));
  parts.map(described).forEach((part, place) => {
    const item = kept.get(part.name) ?? make("li", { "data-name": part.name },
      make("strong", {}, part.name), make("span", { className: "pill" }), make("p"));
    const [, pill, lines] = item.children;
    pill.dataset.ok = String(part.well);
    say(pill, part.trouble || part.state);
    say(lines, part.lines.filter(Boolean).join(" · "));
    kept.delete(part.name);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  for (const item of kept.values()) item.remove();
  if (!parts.length) list.replaceChildren(make("li", { className: "hint", "data-name": "" }, "none"));
}

/** A button that copies a text, and says so. */
export function copyButton(title, text) {
  const button = make("button", { type: "button", className: "copy" }, title);
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard?.writeText(text()).then(() => true, () => false);
    say(button, copied ? "Copied" : "Select and copy it yourself");
    setTimeout(() => say(button, title), 2000);
  });
  return button;
}

const sentences = (reasons) => reasons.map((why) => `${why[0].toUpperCase()}${why.slice(1)}.`).join(" ");
const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const times = (count) => (count === 1 ? "once" : `${count} times`);
const milliseconds = (seconds) => `${Number((1000 * seconds).toPrecision(2))} ms`;

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
