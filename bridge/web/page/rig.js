// Moves a loaded model: its expressions, morph targets, head and eyes.

import { Euler, Quaternion, MathUtils } from "three";
import { Names } from "./names.js";
import { Presets } from "./presets.js";

const NECKS_SHARE = 0.4; // of the head's rotation
const ARMS_DOWN = 1.2; // radians from the T pose
const BONES = {
  head: /^(?:.*[:_ .])?head$/i,
  neck: /^(?:.*[:_ .])?neck(?:_?0?1)?$/i,
  leftEye: /^(?:.*[:_ .])?(?:left_?eye|eye_?(?:left|l|\.l))$/i,
  rightEye: /^(?:.*[:_ .])?(?:right_?eye|eye_?(?:right|r|\.r))$/i,
};
/** The presets of each kind, by their places, and shapes that do the same: if the model has one of
 * these, the presets would do it twice. */
const KINDS = [
  { from: 0, to: 5, instead: ["mouthSmileLeft", "mouthFrownLeft", "browDownLeft", "browInnerUp"] },
  { from: 5, to: 8, instead: ["eyeBlinkLeft", "eyeBlinkRight"] },
  { from: 12, to: 17, instead: ["jawOpen"] }, // vowels; the look moves the eyes
];

const EULER = new Euler(0, 0, 0, "YXZ");
/** Yaw is positive to the face's right, pitch downwards, roll to its right shoulder, in radians. */
const turned = (yaw, pitch, roll, share = 1) =>
  new Quaternion().setFromEuler(EULER.set(pitch * share, -yaw * share, roll * share));

export class Rig {
  /** What matched: `shapes` by the model's name for them, and in words what moves head and eyes. */
  matched = { shapes: new Map(), missing: [], presets: [], head: "", eyes: "" };
  #expressions = []; // [shape's number, name]
  #morphs = []; // [shape's number, influences, index]
  #presets = [];

  /** shapes: the names of the 52. tables: see Presets. */
  constructor({ scene, vrm, pivot }, shapes, tables) {
    this.scene = scene;
    this.vrm = vrm;
    this.pivot = pivot;
    this.weigher = new Presets(tables, shapes);
    this.#matchShapes(shapes, new Names(shapes));
    this.#matchPresets();
    this.bones = vrm ? this.#humanoid() : this.#named();
    this.#say();
  }

  #matchShapes(shapes, names) {
    const expressions = this.vrm?.expressionManager?.expressions ?? [];
    const has = names.match(expressions.map(({ expressionName }) => expressionName));
    this.#expressions = [...has];
    const found = new Map(has);
    this.scene.traverse(({ morphTargetDictionary: targets, morphTargetInfluences: influences }) => {
      for (const [number, name] of names.match(Object.keys(targets ?? {}))) {
        if (has.has(number)) continue; // the expression moves it
        this.#morphs.push([number, influences, targets[name]]);
        if (!found.has(number)) found.set(number, name);
      }
    });
    shapes.forEach((shape, number) => {
      if (found.has(number)) this.matched.shapes.set(shape, found.get(number));
      else this.matched.missing.push(shape);
    });
  }

  #matchPresets() {
    const expressions = this.vrm?.expressionManager?.expressions ?? [];
    const own = new Map(expressions.map(({ expressionName: n }) => [n.toLowerCase(), n]));
    for (const { from, to, instead } of KINDS) {
      if (instead.some((shape) => this.matched.shapes.has(shape))) continue;
      for (let number = from; number < to; number++) {
        const name = own.get(this.weigher.names[number].toLowerCase());
        if (name === undefined) continue;
        this.#presets.push([number, name]);
        this.matched.presets.push(name);
      }
    }
  }

  #humanoid() {
    const bone = (name) => this.vrm.humanoid?.getNormalizedBoneNode(name);
    const old = this.vrm.meta?.metaVersion === "0"; // its bones face the other way
    const set = (node) => node && ((turn) => {
      node.quaternion.set(old ? -turn.x : turn.x, turn.y, old ? -turn.z : turn.z, turn.w);
    });
    for (const [side, sign] of [["left", -1], ["right", 1]]) {
      set(bone(`${side}UpperArm`))?.(turned(0, 0, sign * ARMS_DOWN));
    }
    return { head: set(bone("head")), neck: set(bone("neck")) };
  }

  #named() {
    const bones = {};
    this.scene.updateWorldMatrix(true, true);
    this.scene.traverse((node) => {
      const kind = Object.keys(BONES).find((name) => BONES[name].test(node.name));
      if (!kind || bones[kind] || node.isMesh) return;
      const rest = node.quaternion.clone();
      const parent = node.parent.getWorldQuaternion(new Quaternion()), back = parent.clone().invert();
      bones[kind] = (turn) =>
        node.quaternion.copy(back).multiply(turn).multiply(parent).multiply(rest);
    });
    return bones;
  }

  #say() {
    const { bones, vrm } = this;
    this.matched.head = bones.head ? (bones.neck ? "head and neck bones" : "head bone") : "the whole";
    if (vrm?.lookAt) {
      const byBones = vrm.lookAt.applier?.constructor.type === "bone";
      this.matched.eyes = byBones ? "eye bones" : "expressions of the look";
    } else if (bones.leftEye && bones.rightEye && !this.#movesEyes()) this.matched.eyes = "eye bones";
    else this.matched.eyes = this.#movesEyes() ? "shapes" : "nothing";
  }

  #movesEyes() {
    return this.matched.shapes.has("eyeLookInLeft") && this.matched.shapes.has("eyeLookInRight");
  }

  /** Shows a face, `seconds` after the last one. */
  set({ weights, rotations, feeling }, seconds) {
    this.#turnHead(rotations);
    this.#turnEyes(rotations);
    if (this.vrm) {
      const manager = this.vrm.expressionManager;
      for (const [number, name] of this.#expressions) manager.setValue(name, weights[number]);
      if (this.#presets.length) {
        const presets = this.weigher.weigh(weights, feeling);
        for (const [number, name] of this.#presets) manager.setValue(name, presets[number]);
      }
      this.vrm.update(seconds);
    }
    // After the expressions, because they reset every morph target that they know.
    for (const [number, influences, index] of this.#morphs) influences[index] = weights[number];
  }

  #turnHead([yaw, pitch, roll]) {
    const { head, neck } = this.bones;
    if (!head) {
      this.pivot.quaternion.copy(turned(yaw, pitch, roll));
      return;
    }
    head(turned(yaw, pitch, roll, neck ? 1 - NECKS_SHARE : 1));
    neck?.(turned(yaw, pitch, roll, NECKS_SHARE));
  }

  #turnEyes(rotations) {
    const left = rotations.subarray(3, 6), right = rotations.subarray(6, 9);
    if (this.vrm?.lookAt) {
      const gaze = this.vrm.lookAt;
      // The model's own ranges say how far its eyes turn.
      gaze.yaw = MathUtils.radToDeg(-(left[0] + right[0]) / 2);
      gaze.pitch = MathUtils.radToDeg((left[1] + right[1]) / 2);
    } else if (this.matched.eyes === "eye bones") {
      this.bones.leftEye(turned(...left));
      this.bones.rightEye(turned(...right));
    }
  }
}
