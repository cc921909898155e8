// Smiles, and prints what the face shows whenever it changes, for two seconds. Needs Node 18.
const face = `${process.argv[2] ?? "http://127.0.0.1:8765"}/v1/streams/main`;

const sent = await fetch(face, { method: "POST", body: JSON.stringify({ emotion: "joy" }) });
const told = await sent.json();
if (!sent.ok) throw new Error(`${told.error}; expected ${told.expected}`);
console.log(`understood ${told.label}`);

const events = await fetch(`${face}/events`, { signal: AbortSignal.timeout(2000) });
let text = "";
try {
  for await (const piece of events.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      const shown = JSON.parse(line.slice(6));
      console.log(`${shown.label}: valence ${shown.valence}, arousal ${shown.arousal}`);
    }
  }
} catch (problem) {
  if (problem.name !== "TimeoutError") throw problem;
}
