// "Nothing moves?": the bridge examines itself and says what keeps the face still.

import { make, say } from "./dom.js";

const MARKS = { ok: "fine", note: "note", problem: "problem" };
const STILL = "If the avatar does not move although its program receives, the avatar may lack the "
  + "52 blendshapes or spell them in another way: docs/troubleshooting.md says more.";

export class Doctor {
  constructor(button, connection) {
    this.button = button;
    this.connection = connection;
    this.told = make("p", { className: "health", role: "status" });
    this.causes = make("div");
    this.checks = make("ul", { className: "parts" });
    this.all = make("details", { hidden: true }, make("summary", {}, "All checks"), this.checks);
    this.card = make("div", { className: "card", id: "doctor", hidden: true },
      this.told, this.causes, this.all);
  }

  async examine() {
    if (this.busy) return;
    this.busy = true;
    this.button.setAttribute("aria-disabled", "true"); // a disabled button would lose the focus
    this.card.hidden = false;
    delete this.told.dataset.ok;
    say(this.told, "Examining. The face smiles; this takes a few seconds.");
    this.causes.replaceChildren();
    this.all.hidden = true;
    this.card.scrollIntoView({ block: "nearest" });
    this.#show(await this.connection.examine());
    this.button.removeAttribute("aria-disabled");
    this.busy = false;
  }

  #show({ problems, findings, error, expected }) {
    this.told.dataset.ok = String(problems?.length === 0);
    if (error) {
      say(this.told, `${error}. Expected: ${expected}`);
      return;
    }
    say(this.told, problems.length ? "Most probable cause" : "No problem found.");
    const [first, ...others] = problems;
    if (!first) this.causes.append(make("p", { className: "hint" }, STILL));
    if (first) this.causes.append(list([first]));
    if (others.length) this.causes.append(make("h2", {}, "Other problems"), list(others));
    this.checks.replaceChildren(...findings.map(row));
    this.all.hidden = false;
  }
}

function list(found) {
  return make("ul", { className: "parts" }, ...found.map(row));
}

function row({ subject, verdict, found, cure }) {
  const item = make("li", {},
    make("strong", {}, subject),
    make("span", { className: "pill", "data-ok": String(verdict !== "problem") }, MARKS[verdict]),
    make("p", {}, found));
  if (cure) item.append(make("p", { className: "cure" }, `What to do: ${cure}`));
  return item;
}
