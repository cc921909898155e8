// The connection to the bridge: frames, names and states come; updates and questions go. It
// connects again by itself. bridge/web/live.py describes what is sent.

const FIRST_DELAY = 300, LONGEST_DELAY = 4000; // milliseconds until the next attempt
const STALE_AFTER = 1500; // milliseconds without a frame
const ANSWER_WITHIN = 5000;
const TOKEN = "affect-bridge token";
const NUMBERS_A_FACE = 61; // 52 weights, and three angles of head, left eye and right eye

/** Takes a token out of the address, where others could read it, and keeps it for this tab. */
function token() {
  const address = new URL(location.href);
  const given = address.searchParams.get("access_token");
  if (given !== null) {
    sessionStorage.setItem(TOKEN, given);
    address.searchParams.delete("access_token");
    history.replaceState(null, "", address);
  }
  return sessionStorage.getItem(TOKEN) ?? "";
}

/** Events: `state` (connecting, live, stale, locked), `hello`, `streams`, `status`, `frame`. */
export class Connection extends EventTarget {
  state = "connecting";
  hello = null;
  streams = [];
  frame = null;
  #socket = null;
  #wanted = { faces: [], status: false };
  #waiting = new Map();
  #number = 0;
  #delay = FIRST_DELAY;
  #latest = 0;

  constructor() {
    super();
    this.token = token();
    document.addEventListener("visibilitychange", () => this.#watch());
    setInterval(() => this.#look(), 500);
    this.#connect();
  }

  /** Which faces are shown, and whether the state of the bridge is. */
  watch(wanted) {
    this.#wanted = { ...this.#wanted, ...wanted };
    this.#watch();
  }

  /** Sends an update. Returns the answer: `understood`, or `error` and `expected`. */
  update(update, stream) {
    return this.#question({ update, stream });
  }

  /** Asks for something, such as `settings`. */
  ask(what, more = {}) {
    return this.#question({ ask: what, ...more });
  }

  /** Has the bridge examine itself. Returns `problems` and `findings`, or `error` and `expected`. */
  async examine() {
    try {
      const method = "POST", headers = this.#permission();
      return await (await fetch("/v1/examination", { method, headers })).json();
    } catch {
      return LOST;
    }
  }

  /** Tries again with this token. */
  unlock(given) {
    this.token = given;
    sessionStorage.setItem(TOKEN, given);
    this.#connect();
  }

  #connect() {
    const address = new URL("/v1/live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (this.token) address.searchParams.set("access_token", this.token);
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#watch();
    socket.onmessage = ({ data }) =>
      typeof data === "string" ? this.#told(JSON.parse(data)) : this.#framed(data);
    socket.onclose = () => this.#closed();
    this.#socket = socket;
  }

  async #closed() {
    for (const answer of this.#waiting.values()) answer(LOST);
    this.#waiting.clear();
    this.#become("connecting");
    if (await this.#isLocked()) {
      this.#become("locked");
      return;
    }
    setTimeout(() => this.#connect(), this.#delay * (0.5 + Math.random() / 2));
    this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY);
  }

  /** A WebSocket does not say why it is refused. */
  async #isLocked() {
    try {
      const method = "HEAD", headers = this.#permission();
      return (await fetch("/v1/openapi.json", { method, headers })).status === 401;
    } catch {
      return false;
    }
  }

  #permission() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  #watch() {
    const faces = document.hidden ? [] : this.#wanted.faces;
    this.#send({ watch: { faces, status: this.#wanted.status && !document.hidden } });
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #question(message) {
    const number = ++this.#number;
    if (!this.#send({ ...message, number })) return Promise.resolve(LOST);
    return new Promise((resolve) => {
      const late = setTimeout(() => answer(LOST), ANSWER_WITHIN);
      const answer = (told) => {
        clearTimeout(late);
        this.#waiting.delete(number);
        resolve(told);
      };
      this.#waiting.set(number, answer);
    });
  }

  #told(message) {
    if ("answer" in message) {
      this.#waiting.get(message.answer)?.(message);
      return;
    }
    for (const [kind, value] of Object.entries(message)) {
      if (kind === "hello" || kind === "streams") this[kind] = value;
      this.dispatchEvent(new CustomEvent(kind, { detail: value }));
    }
  }

  #framed(data) {
    this.#latest = performance.now();
    this.#delay = FIRST_DELAY;
    this.frame = read(data);
    this.#become("live");
    this.dispatchEvent(new Event("frame"));
  }

  #look() {
    if (this.state === "live" && performance.now() - this.#latest > STALE_AFTER) {
      this.#become("stale");
    }
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  /** The row of a stream, -1 if there is none. */
  row(stream) {
    return this.streams.findIndex((one) => one.stream === stream);
  }

  /** What a stream shows now: feeling, speaking, weights and rotations; null if it is not there. */
  shown(stream) {
    const row = this.row(stream), { frame } = this;
    if (!frame || row < 0 || row >= frame.speaking.length) return null;
    return {
      feeling: frame.feelings.subarray(3 * row, 3 * row + 3),
      speaking: frame.speaking[row] === 1,
      ...(frame.faces.get(row) ?? {}),
    };
  }
}

const LOST = { error: "the bridge does not answer", expected: "try again" };

/** One frame; `Shown.frame` in bridge/web/shown.py writes it. */
function read(data) {
  const [streams, count] = new Uint32Array(data, 0, 2);
  const faces = new Map();
  let at = 8 + 12 * streams;
  for (let face = 0; face < count; face++, at += 4 + 4 * NUMBERS_A_FACE) {
    const [row] = new Uint32Array(data, at, 1);
    const numbers = new Float32Array(data, at + 4, NUMBERS_A_FACE);
    faces.set(row, { weights: numbers.subarray(0, 52), rotations: numbers.subarray(52) });
  }
  return {
    feelings: new Float32Array(data, 8, 3 * streams),
    faces,
    speaking: new Uint8Array(data, at, streams),
  };
}
