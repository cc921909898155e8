// The wall: every stream as a small face. Press one to see it large and to steer it.

import { make, say } from "./dom.js";
import { Painter } from "./painter.js";

const MOST_FACES = 48;
const DRAWN_EVERY = matchMedia("(prefers-reduced-motion: reduce)").matches ? 250 : 33;
const SIZE = [160, 200];

export class Streams {
  constructor(section, page) {
    this.page = page;
    this.tiles = new Map();
    this.drawn = 0;
    this.count = make("p", { className: "hint", role: "status" });
    this.wall = make("div", { className: "wall" });
    section.append(this.count, this.wall);
    page.connection.addEventListener("streams", () => this.#list());
  }

  /** The streams whose faces this panel shows. */
  faces() {
    return this.page.connection.streams.slice(0, MOST_FACES).map(({ stream }) => stream);
  }

  #list() {
    const { streams } = this.page.connection;
    const there = new Set(this.faces());
    for (const [name, { tile }] of this.tiles) {
      if (there.has(name)) continue;
      tile.remove();
      this.tiles.delete(name);
    }
    for (const { stream, label } of streams.slice(0, MOST_FACES)) {
      if (!this.tiles.has(stream)) this.#add(stream);
      const { tile, text } = this.tiles.get(stream);
      say(text, label || "neutral");
      tile.setAttribute("aria-pressed", String(stream === this.page.stream));
    }
    const more = streams.length - there.size;
    say(this.count, `${streams.length} ${streams.length === 1 ? "stream" : "streams"}`
      + `${more > 0 ? `; the first ${there.size} are shown` : ""}. Press one to steer it. `
      + "A stream comes with its first update, if an output shows it, and goes some time after "
      + "its last.");
  }

  #add(stream) {
    const canvas = make("canvas", { width: SIZE[0], height: SIZE[1], "aria-hidden": "true" });
    const text = make("span", { className: "label" });
    const tile = make("button", { type: "button", className: "tile" },
      canvas, make("strong", {}, stream), text);
    tile.addEventListener("click", () => {
      this.page.choose(stream);
      this.#list();
    });
    this.tiles.set(stream, { tile, text, context: canvas.getContext("2d") });
    this.wall.append(tile);
  }

  draw() {
    const { head, connection } = this.page, now = performance.now();
    if (!head || now - this.drawn < DRAWN_EVERY) return;
    this.drawn = now;
    // One painter draws every face in turn: a browser has few WebGL contexts.
    this.painter ??= new Painter(make("canvas", { width: 2 * SIZE[0], height: 2 * SIZE[1] }), head);
    for (const [name, { context }] of this.tiles) {
      const shown = connection.shown(name);
      if (!shown?.weights) continue;
      this.painter.paint(shown.weights, shown.rotations);
      context.clearRect(0, 0, ...SIZE);
      context.drawImage(this.painter.canvas, 0, 0, ...SIZE);
    }
  }
}
