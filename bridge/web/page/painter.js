// Draws the head with WebGL 2, with the light of bridge/head/look.json.

import { FLOATS_A_VERTEX, Pose } from "./head.js";

const VERTEX_SHADER = `#version 300 es
uniform vec2 scale;      // of x and y on the screen
uniform vec3 target;
uniform float distance;
in vec3 position;
in vec3 normal;
in float height;         // on the eyeball
in vec3 colour;
in vec3 direction;       // from the middle of the eye at rest; 0 elsewhere
in vec2 gloss;
out vec3 vNormal, vColour, vDirection;
out float vHeight;
out vec2 vGloss;
void main() {
  vec3 seen = position - target;
  float away = distance - seen.z;
  float near = distance - 0.5, far = distance + 0.5;
  float depth = ((far + near) * away - 2.0 * far * near) / (far - near);
  gl_Position = vec4(seen.xy * scale, depth, away);
  vNormal = normal; vColour = colour; vDirection = direction; vHeight = height; vGloss = gloss;
}`;

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
uniform vec3 above, below;
uniform vec3 towards[LIGHTS], light[LIGHTS], halfway[LIGHTS];
uniform float wrap[LIGHTS];
uniform vec3 pupil, irisInner, irisOuter, rim, white, corner, glintTowards;
uniform float pupilAngle, irisAngle, rimAngle, soft, glintAngle, shadeFrom, shadeTo, shade;
in vec3 vNormal, vColour, vDirection;
in float vHeight;
in vec2 vGloss;
out vec4 pixel;

vec3 eyeball(vec3 direction) {
  float angle = acos(clamp(direction.z, -1.0, 1.0));
  vec3 outside = mix(white, corner, smoothstep(irisAngle, 1.2, angle));
  vec3 inside = mix(irisInner, irisOuter, smoothstep(pupilAngle, irisAngle, angle));
  inside = mix(inside, rim, smoothstep(irisAngle - rimAngle, irisAngle, angle));
  inside = mix(pupil, inside, smoothstep(pupilAngle - soft, pupilAngle + soft, angle));
  vec3 whole = mix(inside, outside, smoothstep(irisAngle - soft, irisAngle + soft, angle));
  return whole * (1.0 - shade * smoothstep(shadeFrom, shadeTo, vHeight));
}

void main() {
  vec3 n = normalize(vNormal);
  bool eye = dot(vDirection, vDirection) > 0.1;
  vec3 colour = eye ? eyeball(normalize(vDirection)) : vColour;
  vec3 bright = mix(below, above, 0.5 + 0.5 * n.y), shine = vec3(0.0);
  for (int lamp = 0; lamp < LIGHTS; lamp++) {
    bright += max(0.0, (dot(n, towards[lamp]) + wrap[lamp]) / (1.0 + wrap[lamp])) * light[lamp];
    if (towards[lamp].z > 0.0)
      shine += vGloss.x * pow(max(0.0, dot(n, halfway[lamp])), vGloss.y) * light[lamp];
  }
  vec3 seen = sqrt(clamp(colour * colour * bright + shine, 0.0, 1.0));
  if (eye) {
    float angle = acos(clamp(dot(n, glintTowards), -1.0, 1.0));
    seen = mix(vec3(1.0), seen, smoothstep(glintAngle - soft, glintAngle + soft, angle));
  }
  pixel = vec4(seen, 1.0);
}`;

const NARROWEST = 0.8; // of the picture's width and height, before the whole head gets smaller

/** Draws faces on one canvas, with nothing behind them. */
export class Painter {
  constructor(canvas, { mesh, look }) {
    this.canvas = canvas;
    this.look = look;
    this.pose = new Pose(mesh);
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.#prepare());
    this.#prepare();
  }

  #prepare() {
    const gl = this.canvas.getContext("webgl2", { alpha: true, antialias: false });
    if (!gl) throw new Error("this browser has no WebGL 2");
    this.gl = gl;
    this.program = linked(gl, this.look.lights.length);
    gl.useProgram(this.program);
    this.#setLook();
    this.#setMesh();
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.CULL_FACE);
    gl.clearColor(0, 0, 0, 0);
  }

  #setLook() {
    const { ambient, lights, eye, camera } = this.look;
    const unit = (v) => v.map((x) => x / Math.hypot(...v));
    const values = {
      above: ambient.above, below: ambient.below,
      towards: lights.flatMap((lamp) => unit(lamp.towards)),
      light: lights.flatMap((lamp) => lamp.colour),
      halfway: lights.flatMap(({ towards }) => {
        const [x, y, z] = unit(towards);
        return unit([x, y, z + 1]);
      }),
      pupil: eye.pupil.colour, irisInner: eye.iris.inner, irisOuter: eye.iris.outer,
      rim: eye.rim.colour, white: eye.white.colour, corner: eye.white.corner,
      glintTowards: unit(eye.glint.towards), target: camera.target,
    };
    const numbers = {
      wrap: lights.map((lamp) => lamp.wrap),
      pupilAngle: [eye.pupil.angle], irisAngle: [eye.iris.angle], rimAngle: [eye.rim.angle],
      soft: [eye.soft], glintAngle: [eye.glint.angle], distance: [camera.distance],
      shadeFrom: [eye.shade.from], shadeTo: [eye.shade.to], shade: [eye.shade.strength],
    };
    const place = (name) => this.gl.getUniformLocation(this.program, name);
    for (const [name, value] of Object.entries(values)) this.gl.uniform3fv(place(name), value);
    for (const [name, value] of Object.entries(numbers)) this.gl.uniform1fv(place(name), value);
  }

  #setMesh() {
    const { gl } = this, { mesh } = this.pose;
    const stays = this.#staying();
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, stays, gl.STATIC_DRAW);
    this.#attributes({ colour: 3, direction: 3, gloss: 2 });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, mesh.triangles, gl.STATIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, this.pose.vertices.byteLength, gl.DYNAMIC_DRAW);
    this.#attributes({ position: 3, normal: 3, height: 1 });
  }

  /** What does not move with the face: colour, direction on the eyeball, gloss. */
  #staying() {
    const { mesh, rest, eyes, count } = this.pose;
    const stays = new Float32Array(count * 8);
    for (let vertex = 0; vertex < count; vertex++) {
      const { strength, exponent } = this.look.gloss[mesh.partNames[mesh.parts[vertex]]];
      const colour = mesh.colours.subarray(4 * vertex, 4 * vertex + 3);
      stays.set([...colour].map((level) => level / 255), 8 * vertex);
      stays.set([strength, exponent], 8 * vertex + 6);
    }
    for (const { own, middle } of eyes) {
      for (const vertex of own) {
        const out = middle.map((m, axis) => rest[3 * vertex + axis] - m);
        stays.set(out.map((x) => x / Math.hypot(...out)), 8 * vertex + 3);
      }
    }
    return stays;
  }

  #attributes(sizes) {
    const { gl } = this;
    const stride = 4 * Object.values(sizes).reduce((sum, size) => sum + size);
    let offset = 0;
    for (const [name, size] of Object.entries(sizes)) {
      const place = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
      offset += 4 * size;
    }
  }

  /** Draws one face on the whole canvas. */
  paint(weights, rotations) {
    const { gl, canvas } = this, { height, distance } = this.look.camera;
    if (gl.isContextLost()) return;
    const aspect = canvas.width / canvas.height;
    const up = (2 * distance / height) * Math.min(1, aspect / NARROWEST);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniform2f(gl.getUniformLocation(this.program, "scale"), up / aspect, up);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, this.pose.set(weights, rotations));
    gl.drawElements(gl.TRIANGLES, this.pose.mesh.triangles.length, gl.UNSIGNED_SHORT, 0);
  }
}

/** Gives a canvas more pixels than it has on the screen, for smooth edges. The antialiasing of
 * software renderers leaves holes. */
export function fit(canvas) {
  const ratio = Math.min(2 * (devicePixelRatio || 1), 3);
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

function linked(gl, lights) {
  const program = gl.createProgram();
  for (const [kind, text] of [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, FRAGMENT_SHADER.replaceAll("LIGHTS", String(lights))],
  ]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(program));
  }
  return program;
}
