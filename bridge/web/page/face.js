// The face alone, for OBS: /face?stream=main&background=transparent

import { Connection } from "./connection.js";
import { loadHead } from "./head.js";
import { Own } from "./own.js";
import { Painter, Sharpness } from "./painter.js";

const asked = new URLSearchParams(location.search);
const stream = asked.get("stream") || "main";
document.body.style.background = asked.get("background") || "transparent";

const connection = new Connection();
connection.watch({ faces: [stream] });

const canvas = document.querySelector("#face");
const sharp = Number(asked.get("sharpness"));
const own = new Own(connection, canvas, sharp);
own.addEventListener("change", () => own.problem && console.warn(own.problem));
const painter = new Painter(canvas, await loadHead());
const sharpness = new Sharpness(sharp);
let painted = null;

function draw() {
  requestAnimationFrame(draw);
  const size = `${innerWidth} ${innerHeight} ${devicePixelRatio} ${!own.avatar}`;
  const shown = connection.shown(stream);
  if (own.avatar) {
    own.paint(shown);
    painted = null;
    return;
  }
  if (own.doing) return; // the head would be seen until the avatar is there
  if (!shown?.weights || (painted?.frame === connection.frame && painted.size === size)) return;
  sharpness.fit(canvas);
  painter.paint(shown.weights, shown.rotations);
  painted = { frame: connection.frame, size };
}
draw();
