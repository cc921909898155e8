// The pad: valence across, arousal up. It shows where the feeling is, where it was, and where it
// is to go; pressing or the arrow keys choose a point.

import { make } from "./dom.js";

const TRAIL = 20; // seconds
const ROOM = 14; // pixels around the pad, for the dot at its edge
const STEP = 0.05;

export class Pad {
  /** `chosen` gets valence and arousal. Without it the pad only shows. */
  constructor(label, chosen) {
    this.target = null;
    this.canvas = make("canvas", {
      className: "pad", tabIndex: chosen ? 0 : -1, role: chosen ? "application" : "img",
      "aria-label": label,
    });
    if (!chosen) return;
    this.canvas.classList.add("steers");
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.canvas.focus({ preventScroll: true });
      chosen(...this.#point(event));
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) chosen(...this.#point(event));
    });
    this.canvas.addEventListener("keydown", (event) => {
      const [x, y] = {
        ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
      }[event.key] ?? [0, 0];
      if (!x && !y) return;
      event.preventDefault();
      const [valence, arousal] = this.target ?? [0, 0];
      chosen(limited(valence + STEP * x), limited(arousal + STEP * y));
    });
  }

  #point({ offsetX, offsetY }) {
    const size = this.canvas.clientWidth - 2 * ROOM;
    return [
      limited((2 * (offsetX - ROOM)) / size - 1),
      limited(1 - (2 * (offsetY - ROOM)) / size),
    ];
  }

  /** marks: [[name, valence, arousal, …], …]. trail: a `History`. */
  draw(feeling, marks, trail) {
    const size = this.canvas.clientWidth;
    if (!size) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (this.canvas.width !== Math.round(size * ratio)) {
      this.canvas.width = this.canvas.height = Math.round(size * ratio);
    }
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size, size);
    const place = (valence, arousal) => [
      ROOM + ((size - 2 * ROOM) * (valence + 1)) / 2,
      ROOM + ((size - 2 * ROOM) * (1 - arousal)) / 2,
    ];
    this.#axes(context, place, colour, style, size);
    this.#marks(context, place, colour, marks);
    this.#trail(context, place, colour, trail);
    if (this.target) {
      dot(context, place(...this.target), 8, null, colour("accent"));
    }
    if (feeling) dot(context, place(feeling[0], feeling[1]), 6, colour("accent"), colour("card"));
  }

  #axes(context, place, colour, style, size) {
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(...place(-1, 0));
    context.lineTo(...place(1, 0));
    context.moveTo(...place(0, -1));
    context.lineTo(...place(0, 1));
    context.stroke();
    context.fillStyle = colour("muted");
    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = "top";
    context.textAlign = "center";
    context.fillText("excited", size / 2, 6);
    context.textBaseline = "bottom";
    context.fillText("calm", size / 2, size - 6);
    context.textAlign = "left";
    context.fillText("unpleasant", 8, size / 2 - 4);
    context.textAlign = "right";
    context.fillText("pleasant", size - 8, size / 2 - 4);
  }

  #marks(context, place, colour, marks) {
    context.fillStyle = colour("muted");
    context.textAlign = "center";
    context.textBaseline = "top";
    const taken = [];
    for (const [name, valence, arousal] of marks) {
      const [x, y] = place(valence, arousal);
      // Anger and fear differ in dominance alone, and have one place here.
      const at = taken.some(([a, b]) => Math.abs(a - x) < 60 && Math.abs(b - y) < 13) ? y - 19 : y;
      taken.push([x, at]);
      dot(context, [x, y], 2, colour("muted"));
      context.fillText(name, Math.min(Math.max(x, 32), this.canvas.clientWidth - 32), at + 4);
    }
  }

  #trail(context, place, colour, trail) {
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    context.lineJoin = "round";
    const points = [...trail.last(TRAIL)];
    for (let n = 1; n < points.length; n++) {
      context.globalAlpha = 0.05 + 0.6 * (n / points.length) ** 2;
      context.beginPath();
      context.moveTo(...place(points[n - 1][0], points[n - 1][1]));
      context.lineTo(...place(points[n][0], points[n][1]));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}

function dot(context, [x, y], radius, fill, stroke) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  if (stroke) {
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.stroke();
  }
}

const limited = (value) => Math.round(Math.min(1, Math.max(-1, value)) * 1000) / 1000;
