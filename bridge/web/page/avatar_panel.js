// The panel of your own avatar: choose or drop a file, and see what of it moves.

import { $, make, say } from "./dom.js";

export class AvatarPanel {
  constructor(section, page) {
    this.page = page;
    this.own = page.own;
    section.append(this.#chooser(), this.#found());
    this.#dropping();
    this.own.addEventListener("change", () => this.#tell());
    this.#tell();
  }

  #chooser() {
    this.input = make("input", { type: "file", accept: ".vrm,.glb", id: "avatar-file", hidden: true });
    this.input.addEventListener("change", () => {
      if (this.input.files[0]) this.own.use(this.input.files[0]);
      this.input.value = "";
    });
    const choose = make("button", { type: "button" }, "Choose a file…");
    choose.addEventListener("click", () => this.input.click());
    this.back = make("button", { type: "button" }, "Remove it");
    this.back.addEventListener("click", () => this.own.forget());
    this.said = make("p", { className: "answer", role: "status" });
    return make("div", { className: "card" },
      make("h2", {}, "Your own avatar"),
      make("p", {}, "Drop a .vrm or .glb file on this page. It is not sent: only this browser keeps it."),
      make("div", { className: "row" }, choose, this.back, this.input),
      this.said,
    );
  }

  #found() {
    this.how = make("p", {});
    this.matches = make("ul", { className: "matches" });
    this.missing = make("p", { className: "hint" });
    this.card = make("div", { className: "card", hidden: true },
      make("h2", {}, "What moves"), this.how, this.matches, this.missing);
    return this.card;
  }

  #dropping() {
    const files = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    });
    addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!files(event)) return;
      event.preventDefault();
      $("#tab-avatar").click();
      if (event.dataTransfer.files[0]) this.own.use(event.dataTransfer.files[0]);
    });
  }

  #tell() {
    const { avatar, name, from, problem, doing } = this.own;
    this.said.dataset.refused = String(Boolean(problem));
    say(this.said, problem || doing || (avatar ? "" : "The page shows its own head."));
    this.back.hidden = from !== "file";
    this.card.hidden = !avatar;
    if (!avatar) return;
    const { shapes, missing, presets, head, eyes } = avatar.matched;
    say(this.how, [
      `${name}${from === "setting" ? ", from the setting web.avatar" : ""}:`,
      `${shapes.size} of the ${shapes.size + missing.length} shapes by name.`,
      presets.length ? `VRM presets: ${presets.join(", ")}.` : "",
      `Head: ${head}. Eyes: ${eyes}.`,
    ].filter(Boolean).join(" "));
    this.matches.replaceChildren(...[...shapes].map(([shape, own]) =>
      make("li", {}, make("span", {}, shape), make("span", {}, own)),
    ));
    say(this.missing, missing.length && shapes.size ? `Not found: ${missing.join(", ")}.` : "");
  }
}
