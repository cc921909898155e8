// The page: the face, and a panel beside it.

import { AvatarPanel } from "./avatar_panel.js";
import { Connection } from "./connection.js";
import { $, make, say } from "./dom.js";
import { loadHead } from "./head.js";
import { Layers } from "./layers.js";
import { Numbers } from "./numbers.js";
import { Own } from "./own.js";
import { Painter, Sharpness } from "./painter.js";
import { Path } from "./path.js";
import { Steer } from "./steer.js";
import { Streams } from "./streams.js";

const STATES = {
  connecting: "connecting…",
  live: "live",
  stale: "no frames arrive",
  locked: "a token is needed",
};
const VEILS = {
  connecting: "The bridge does not answer. The page connects again as soon as it does.",
  stale: "The bridge sends no frames at the moment.",
};

const asked = new URLSearchParams(location.search);
const connection = new Connection();
const page = {
  connection,
  /** The stream that is shown and steered. */
  stream: asked.get("stream") || "main",
  head: null,
  watch,
  /** The avatar that is drawn in place of the head, if there is one. */
  own: new Own(connection, $("#face"), Number(asked.get("sharpness"))),
  choose(stream) {
    page.stream = stream;
    watch();
    names();
  },
};
const panels = {
  steer: new Steer($("#panel-steer"), page),
  numbers: new Numbers($("#panel-numbers"), page),
  layers: new Layers($("#panel-layers"), page),
  path: new Path($("#panel-path"), page),
  streams: new Streams($("#panel-streams"), page),
  avatar: new AvatarPanel($("#panel-avatar"), page),
};
const titles = {
  steer: "Steer", numbers: "Numbers", layers: "Layers", path: "Path", streams: "Streams",
  avatar: "Avatar",
};
let open = "steer";

// Tabs

for (const [name, title] of Object.entries(titles)) {
  const tab = make("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`,
  }, title);
  tab.addEventListener("click", () => show(name));
  $("#tabs").append(tab);
}
$("#tabs").addEventListener("keydown", (event) => {
  const tabs = [...$("#tabs").children].filter((tab) => !tab.hidden);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = tabs.findIndex((tab) => tab.id === `tab-${open}`);
  const tab = tabs[(at + step + tabs.length) % tabs.length];
  tab.click();
  tab.focus();
});

function show(name) {
  open = name;
  for (const key of Object.keys(panels)) {
    $(`#panel-${key}`).hidden = key !== name;
    $(`#tab-${key}`).setAttribute("aria-selected", String(key === name));
    $(`#tab-${key}`).tabIndex = key === name ? 0 : -1;
  }
  history.replaceState(null, "", `#${name}`);
  panels[name].opened?.();
  watch();
}

function watch() {
  const faces = [page.stream, ...(panels[open].faces?.() ?? [])];
  connection.watch({ faces: [...new Set(faces)], status: open === "path" || open === "steer" });
}

// What the bridge says

connection.addEventListener("state", () => {
  const { state } = connection;
  $("#state").dataset.state = state;
  say($("#state"), STATES[state]);
  $("#lock").hidden = state !== "locked";
  $("main").hidden = state === "locked";
  $("#veil").hidden = !(state in VEILS);
  say($("#veil"), VEILS[state] ?? "");
});
connection.addEventListener("hello", ({ detail: { control } }) => {
  $("#tab-steer").hidden = $("#help").hidden = !control;
  if (!control && open === "steer") show("numbers");
  panels[open].opened?.(); // what it had asked for may be lost
});
connection.addEventListener("streams", () => {
  names();
  if (panels[open].faces) watch();
});
connection.addEventListener("frame", () => panels.numbers.remember());
$("#help").addEventListener("click", () => {
  show("path");
  panels.path.doctor.examine();
});
$("#lock").addEventListener("submit", (event) => {
  event.preventDefault();
  connection.unlock($("#token").value.trim());
});

function names() {
  const there = connection.streams.map(({ stream }) => stream);
  const options = there.includes(page.stream) ? there : [...there, page.stream];
  const select = $("#stream");
  if (options.join() !== [...select.options].map(({ value }) => value).join()) {
    select.replaceChildren(...options.map((name) => make("option", { value: name }, name)));
  }
  select.value = page.stream;
  const told = connection.streams.find(({ stream }) => stream === page.stream);
  say($("#label"), told ? told.label || "neutral" : "no such stream yet");
  say($("#source"), told?.source ? `from ${told.source}` : "no update in force");
}
$("#stream").addEventListener("change", (event) => page.choose(event.target.value));

// Drawing

function caption(shown) {
  const told = connection.streams[connection.row(page.stream)];
  const cues = [told?.state, shown.speaking && told?.state !== "speaking" && "speaking"];
  say($("#cues"), cues.filter(Boolean).join(", "));
}

async function start() {
  page.head = await loadHead();
  const canvas = $("#face");
  const painter = new Painter(canvas, page.head);
  const sharpness = new Sharpness(Number(asked.get("sharpness")));
  let painted = null;
  const draw = () => {
    requestAnimationFrame(draw);
    const size = [
      canvas.clientWidth, canvas.clientHeight, devicePixelRatio, !page.own.avatar,
    ].join();
    const { frame } = connection;
    // Hair and clothes move between frames too.
    if (page.own.avatar) page.own.paint(connection.shown(page.stream));
    if (!frame || (painted?.frame === frame && painted.size === size)) return;
    painted = { frame, size };
    const shown = connection.shown(page.stream);
    if (shown?.weights) {
      if (!page.own.avatar) {
        sharpness.fit(canvas);
        painter.paint(shown.weights, shown.rotations);
      }
      caption(shown);
    }
    panels[open].draw?.(shown);
  };
  draw();
}

addEventListener("hashchange", () => location.hash.slice(1) in panels && show(location.hash.slice(1)));
show(location.hash.slice(1) in panels ? location.hash.slice(1) : "steer");
start().catch((problem) => {
  $("#problem").hidden = false;
  say($("#problem"), `The face cannot be drawn: ${problem.message}. Everything else works.`);
  const draw = () => {
    requestAnimationFrame(draw);
    panels[open].draw?.(connection.shown(page.stream));
  };
  draw();
});
