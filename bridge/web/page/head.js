// The head: reads its mesh, and poses it by 52 weights and the rotations of head and eyes.
// bridge/head/head.py describes the file; bridge/head/README.md says how to draw it.

const METRES_A_STEP = 1e-5;
const TYPES = { I16: Int16Array, U8: Uint8Array, U16: Uint16Array, U32: Uint32Array };

/** Fetches the mesh and its look from the bridge. */
export async function loadHead() {
  const [mesh, look] = await Promise.all(["head.safetensors", "look.json"].map(fetched));
  return { mesh: parsed(await mesh.arrayBuffer()), look: await look.json() };
}

async function fetched(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: status ${answer.status}`);
  return answer;
}

function parsed(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const facts = JSON.parse(header.__metadata__.head);
  const array = (name) => {
    const { dtype, data_offsets: [from, to] } = header[name];
    const kind = TYPES[dtype];
    return new kind(buffer.slice(8 + length + from, 8 + length + to));
  };
  return {
    positions: array("positions"),
    colours: array("colours"),
    parts: array("parts"),
    triangles: array("triangles"),
    moved: array("moved"),
    moves: array("moves"),
    ends: array("ends"),
    partNames: facts.parts,
    shapes: facts.shapes,
    eyes: facts.eyes,
  };
}

/** A rotation by yaw, pitch and roll in radians, as nine numbers in rows. */
export function rotation(yaw, pitch, roll) {
  const [cy, sy] = [Math.cos(-yaw), Math.sin(-yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  // About y, then x, then z, from the left.
  return [
    cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp,
    cp * sr, cp * cr, -sp,
    cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp,
  ];
}

/** What each vertex has: place and normal as the camera sees them, and how high it is on its eye. */
export const FLOATS_A_VERTEX = 7;

/** Poses the head. One pose serves any number of faces, one after the other. */
export class Pose {
  constructor(mesh) {
    this.mesh = mesh;
    this.count = mesh.parts.length;
    this.vertices = new Float32Array(this.count * FLOATS_A_VERTEX);
    this.rest = Float32Array.from(mesh.positions, (step) => step * METRES_A_STEP);
    this.moves = Float32Array.from(mesh.moves, (step) => step * METRES_A_STEP);
    this.turns = Float32Array.from({ length: this.count }, (_, v) => mesh.colours[4 * v + 3] / 255);
    this.posed = new Float32Array(this.rest.length);
    this.eyes = ["left eye", "right eye"].map((name, place) => {
      const number = mesh.partNames.indexOf(name);
      const own = [];
      mesh.parts.forEach((part, vertex) => part === number && own.push(vertex));
      return { own, middle: mesh.eyes[place].map((step) => step * METRES_A_STEP) };
    });
  }

  /** weights: 52 from 0 to 1. rotations: yaw, pitch and roll of head, left eye and right eye. */
  set(weights, rotations) {
    this.#move(weights);
    this.#turnEyes(rotations);
    this.#turnHead(rotation(rotations[0], rotations[1], rotations[2]));
    return this.vertices;
  }

  #move(weights) {
    const { moved, ends } = this.mesh;
    const { posed, moves } = this;
    posed.set(this.rest);
    for (let shape = 0, move = 0; shape < ends.length; shape++) {
      const weight = weights[shape];
      if (weight === 0) {
        move = ends[shape];
        continue;
      }
      for (; move < ends[shape]; move++) {
        const to = 3 * moved[move], from = 3 * move;
        posed[to] += weight * moves[from];
        posed[to + 1] += weight * moves[from + 1];
        posed[to + 2] += weight * moves[from + 2];
      }
    }
  }

  #turnEyes(rotations) {
    this.eyes.forEach(({ own, middle: [x, y, z] }, place) => {
      const turn = rotations.slice(3 + 3 * place, 6 + 3 * place);
      if (!turn.some((angle) => angle !== 0)) return;
      const r = rotation(...turn);
      for (const vertex of own) this.#turn(this.posed, 3 * vertex, r, x, y, z, 1);
    });
  }

  #turn(array, at, r, x, y, z, share) {
    const a = array[at] - x, b = array[at + 1] - y, c = array[at + 2] - z;
    array[at] += share * (r[0] * a + r[1] * b + r[2] * c - a);
    array[at + 1] += share * (r[3] * a + r[4] * b + r[5] * c - b);
    array[at + 2] += share * (r[6] * a + r[7] * b + r[8] * c - c);
  }

  #turnHead(r) {
    const { vertices, posed, turns } = this;
    for (let vertex = 0, at = 0; vertex < this.count; vertex++, at += FLOATS_A_VERTEX) {
      vertices.set(posed.subarray(3 * vertex, 3 * vertex + 3), at);
      this.#turn(vertices, at, r, 0, 0, 0, turns[vertex]);
      vertices[at + 3] = vertices[at + 4] = vertices[at + 5] = 0;
    }
    this.#addNormals();
    // An eyeball has few triangles and is a ball: its normals point away from its middle.
    for (const { own, middle } of this.eyes) {
      for (const vertex of own) {
        const at = vertex * FLOATS_A_VERTEX, [x, y, z] = [0, 1, 2].map(
          (axis) => posed[3 * vertex + axis] - middle[axis],
        );
        vertices[at + 3] = r[0] * x + r[1] * y + r[2] * z;
        vertices[at + 4] = r[3] * x + r[4] * y + r[5] * z;
        vertices[at + 5] = r[6] * x + r[7] * y + r[8] * z;
        vertices[at + 6] = y / Math.hypot(x, y, z);
      }
    }
  }

  /** Adds the normal of each triangle, as long as the triangle is large, to its corners. */
  #addNormals() {
    const { vertices } = this, { triangles } = this.mesh;
    for (let t = 0; t < triangles.length; t += 3) {
      const a = triangles[t] * FLOATS_A_VERTEX;
      const b = triangles[t + 1] * FLOATS_A_VERTEX;
      const c = triangles[t + 2] * FLOATS_A_VERTEX;
      const ux = vertices[b] - vertices[a], vx = vertices[c] - vertices[a];
      const uy = vertices[b + 1] - vertices[a + 1], vy = vertices[c + 1] - vertices[a + 1];
      const uz = vertices[b + 2] - vertices[a + 2], vz = vertices[c + 2] - vertices[a + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      for (const corner of [a, b, c]) {
        vertices[corner + 3] += x;
        vertices[corner + 4] += y;
        vertices[corner + 5] += z;
      }
    }
  }
}
