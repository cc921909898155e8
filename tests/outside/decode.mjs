// Reads datagrams, one a line in hexadecimal, with two OSC libraries. Writes one line of JSON for
// each: by library, the messages as [address, type tags, arguments], or what was wrong.

import { createInterface } from "node:readline";
import osc from "osc";
import * as oscMin from "osc-min";

const TAGS = { integer: "i", float: "f", string: "s", blob: "b", true: "T", false: "F", null: "N" };
const WITH_TAGS = { metadata: true, unpackSingleArgs: false };

const same = (written, datagram) => {
  const view = new Uint8Array(written.buffer, written.byteOffset, written.byteLength);
  // Neither library looks at padding or at what follows the last argument.
  if (!datagram.equals(view)) throw new Error("written again, it is not the same");
};

const byOsc = (datagram) => {
  const flat = (packet) =>
    packet.packets
      ? packet.packets.flatMap(flat)
      : [[packet.address, packet.args.map((a) => a.type).join(""), packet.args.map((a) => a.value)]];
  const packet = osc.readPacket(datagram, WITH_TAGS);
  same(osc.writePacket(packet, WITH_TAGS), datagram);
  return flat(packet);
};

const byOscMin = (datagram) => {
  const flat = (packet) =>
    packet.oscType === "bundle"
      ? packet.elements.flatMap(flat)
      : [[packet.address, packet.args.map((a) => TAGS[a.type]).join(""), packet.args.map((a) => a.value)]];
  const packet = oscMin.fromBuffer(datagram);
  same(oscMin.toBuffer(packet), datagram);
  return flat(packet);
};

const tried = (read, datagram) => {
  try {
    return read(datagram);
  } catch (problem) {
    return String(problem);
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const datagram = Buffer.from(line, "hex");
  console.log(JSON.stringify({ osc: tried(byOsc, datagram), "osc-min": tried(byOscMin, datagram) }));
}
