// The avatar in place of the head: a file that was dropped on the page, else that of the setting
// `web.avatar`. The libraries that draw it are loaded only when there is one.

import { make } from "./dom.js";
import { described, Unusable } from "./glb.js";
import { forget, keep, kept } from "./kept.js";

const NOT_INSTALLED =
  "The libraries that draw avatars are not installed. Run `make avatar` in the folder of " +
  "affect-bridge (it needs npm), then try again. Everything else works.";

/** `change` is dispatched whenever what it shows or says has changed. */
export class Own extends EventTarget {
  avatar = null;
  name = "";
  /** Where the avatar comes from: "file" or "setting". */
  from = "";
  /** What is wrong, in a sentence. */
  problem = "";
  /** What it is doing, in a sentence. */
  doing = "";
  #head;
  #canvas = null;
  #connection;
  #set = null; // the name of the setting's file
  #turn = 0;
  #sharpness;

  /** head: the canvas of the head, which the avatar is drawn over. sharpness: see Sharpness. */
  constructor(connection, head, sharpness) {
    super();
    this.#sharpness = sharpness;
    this.#connection = connection;
    this.#head = head;
    connection.addEventListener("hello", ({ detail: { avatar } }) => {
      const first = this.#set === null;
      const changed = this.#set !== (avatar.name ?? "");
      this.#set = avatar.name ?? "";
      if (first || (changed && this.from !== "file")) this.#start(first);
    });
  }

  async #start(first) {
    const turn = ++this.#turn;
    this.#say({ doing: "Looking for an avatar…" });
    const own = first ? await kept() : null;
    if (turn !== this.#turn) return; // a file was dropped meanwhile
    if (own) await this.#show(own.name, "file", () => own.bytes);
    else if (this.#set) await this.#show(this.#set, "setting", () => this.#fetched());
    else this.#remove();
  }

  /** Shows a file of this machine, and keeps it for the next time. */
  async use(file) {
    const limit = this.#megabytes * 1024 * 1024;
    const shown = await this.#show(file.name, "file", () => {
      if (file.size > limit) {
        throw new Unusable(`${file.name}: larger than ${this.#megabytes} MB`);
      }
      return file.arrayBuffer();
    });
    if (shown && !(await keep(file.name, shown))) {
      this.#say({ problem: "This browser does not keep the file; drop it again the next time." });
    }
  }

  /** Goes back to the setting's avatar, or to the head. */
  async forget() {
    await forget();
    this.#remove();
    if (this.#set) await this.#show(this.#set, "setting", () => this.#fetched());
  }

  get #megabytes() {
    return this.#connection.hello?.avatar.megabytes ?? 0;
  }

  async #fetched() {
    const { token } = this.#connection;
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const answer = await fetch("/v1/avatar", { headers });
    if (!answer.ok) throw new Unusable((await answer.json()).error);
    return answer.arrayBuffer();
  }

  /** Returns the bytes if they are shown. On a problem, what was shown before stays. */
  async #show(name, from, read) {
    const turn = ++this.#turn;
    this.#say({ doing: `Loading ${name}…` });
    const canvas = make("canvas", { className: "avatar", role: "img" });
    canvas.setAttribute("aria-label", `The face, drawn with ${name}`);
    this.#head.after(canvas);
    try {
      const bytes = await read();
      described(bytes, name);
      const { load } = await libraries();
      const avatar = await load(
        bytes, name, canvas, this.#connection.hello, this.#sharpness,
      );
      if (turn !== this.#turn) { // another one was chosen meanwhile
        avatar.dispose();
        canvas.remove();
        return null;
      }
      this.#remove();
      Object.assign(this, { avatar, name, from });
      this.#canvas = canvas;
      this.#head.style.opacity = "0";
      this.#say({});
      return bytes;
    } catch (problem) {
      canvas.remove();
      if (turn === this.#turn) {
        const known = problem instanceof Unusable;
        this.#say({ problem: known ? problem.message : `${name} cannot be shown: ${problem}` });
      }
      return null;
    }
  }

  #remove() {
    this.avatar?.dispose();
    this.#canvas?.remove();
    Object.assign(this, { avatar: null, name: "", from: "" });
    this.#canvas = null;
    this.#head.style.opacity = "";
    this.#say({});
  }

  #say({ problem = "", doing = "" }) {
    Object.assign(this, { problem, doing });
    this.dispatchEvent(new Event("change"));
  }

  /** Draws the avatar; `shown` is what `Connection.shown` returns. */
  paint(shown) {
    if (shown?.weights) this.avatar.paint(shown);
  }
}

async function libraries() {
  try {
    return await import("./avatar.js");
  } catch (problem) {
    const there = await fetch(import.meta.resolve("three"), { method: "HEAD" });
    throw there.ok ? problem : new Unusable(NOT_INSTALLED);
  }
}
