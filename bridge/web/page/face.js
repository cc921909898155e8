// The face alone, for OBS: /face?stream=main&background=transparent

import { Connection } from "./connection.js";
import { loadHead } from "./head.js";
import { Painter, fit } from "./painter.js";

const asked = new URLSearchParams(location.search);
const stream = asked.get("stream") || "main";
document.body.style.background = asked.get("background") || "transparent";

const connection = new Connection();
connection.watch({ faces: [stream] });

const canvas = document.querySelector("#face");
const painter = new Painter(canvas, await loadHead());
let painted = null;

function draw() {
  requestAnimationFrame(draw);
  const size = `${innerWidth} ${innerHeight} ${devicePixelRatio}`;
  const shown = connection.shown(stream);
  if (!shown?.weights || (painted?.frame === connection.frame && painted.size === size)) return;
  fit(canvas);
  painter.paint(shown.weights, shown.rotations);
  painted = { frame: connection.frame, size };
}
draw();
