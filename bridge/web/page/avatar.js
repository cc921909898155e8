// Draws an avatar from a .vrm or .glb with three.js and three-vrm. Only this module and rig.js need
// the two libraries, so the page works without them.

import {
  AmbientLight, Box3, DirectionalLight, Group, LoadingManager, PerspectiveCamera, Scene, Timer,
  Vector3, WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";
import { Unusable } from "./glb.js";
import { Sharpness } from "./painter.js";
import { Rig } from "./rig.js";

const FIELD_OF_VIEW = 20; // degrees: little perspective
const NARROWEST = 0.8; // of the picture's width and height, before the whole head gets smaller
const LONGEST_STEP = 0.1; // seconds: hair and clothes do not jump after a pause

/** Loads a model. hello: what the bridge says first. sharpness: see Sharpness. Throws Unusable. */
export async function load(bytes, name, canvas, hello, sharpness) {
  const loader = new GLTFLoader(new LoadingManager());
  loader.register((parser) => new VRMLoaderPlugin(parser));
  let gltf;
  try {
    gltf = await loader.parseAsync(bytes, "");
  } catch (problem) {
    throw new Unusable(`${name}: the file cannot be read: ${problem.message}`);
  }
  if (new Box3().setFromObject(gltf.scene).isEmpty()) {
    throw new Unusable(`${name}: there is nothing in it to draw`);
  }
  return new Avatar(gltf, canvas, hello, new Sharpness(sharpness));
}

export class Avatar {
  #renderer;
  #scene = new Scene();
  #camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.01, 1000);
  #pivot = new Group();
  #timer = new Timer();
  #model;
  #sharpness;

  constructor({ scene, userData: { vrm } }, canvas, { blendshapes, presets }, sharpness) {
    this.#model = scene;
    this.#sharpness = sharpness;
    if (vrm) {
      VRMUtils.removeUnnecessaryVertices(scene);
      VRMUtils.rotateVRM0(vrm);
    }
    scene.traverse((node) => (node.frustumCulled = false)); // bones move it out of its box
    this.#place(scene, vrm);
    this.rig = new Rig({ scene, vrm, pivot: this.#pivot }, blendshapes, presets);
    this.#light();
    this.#renderer = new WebGLRenderer({ canvas, alpha: true, antialias: true });
    this.#renderer.setClearAlpha(0);
  }

  get matched() {
    return this.rig.matched;
  }

  /** Puts the head in the middle of the picture; of a model without a head bone, all of it. */
  #place(scene, vrm) {
    scene.updateWorldMatrix(true, true);
    const box = new Box3().setFromObject(scene);
    const middle = box.getCenter(new Vector3()), size = box.getSize(new Vector3());
    const bone = vrm?.humanoid?.getRawBoneNode("head") ?? named(scene, "head");
    const head = bone?.getWorldPosition(new Vector3());
    if (head && box.max.y > head.y) {
      const height = box.max.y - head.y;
      this.height = 1.75 * height;
      this.middle = new Vector3(head.x, head.y + 0.35 * height, head.z);
      this.depth = size.z;
    } else {
      this.height = 1.15 * Math.max(size.y, size.x / NARROWEST);
      this.middle = middle;
      this.depth = size.z;
    }
    // A head without bones turns as a whole, about its lower middle.
    this.#pivot.position.set(middle.x, middle.y - size.y / 4, middle.z);
    scene.position.sub(this.#pivot.position);
    this.#pivot.add(scene);
    this.#scene.add(this.#pivot);
  }

  #light() {
    const sun = new DirectionalLight(0xffffff, 0.75 * Math.PI);
    sun.position.set(0.6, 1, 2);
    this.#scene.add(sun, new AmbientLight(0xffffff, 0.4 * Math.PI));
  }

  /** Draws one face: `weights`, `rotations` and `feeling`. Call it at the rate of the display. */
  paint(shown) {
    this.#timer.update();
    this.rig.set(shown, Math.min(this.#timer.getDelta(), LONGEST_STEP));
    this.#fit();
    this.#renderer.render(this.#scene, this.#camera);
  }

  #fit() {
    const { domElement: canvas } = this.#renderer, camera = this.#camera;
    const { width, height } = canvas;
    this.#sharpness.fit(canvas);
    if (canvas.width !== width || canvas.height !== height) {
      this.#renderer.setSize(canvas.width, canvas.height, false);
    }
    const aspect = canvas.width / canvas.height;
    const seen = this.height / Math.min(1, aspect / NARROWEST);
    const away = seen / 2 / Math.tan((FIELD_OF_VIEW / 2) * (Math.PI / 180));
    camera.aspect = aspect;
    camera.near = away / 50;
    camera.far = away * 2 + this.depth;
    camera.position.copy(this.middle).setZ(this.middle.z + away);
    camera.lookAt(this.middle);
    camera.updateProjectionMatrix();
  }

  /** Frees what it holds on the graphics card. */
  dispose() {
    VRMUtils.deepDispose(this.#model);
    this.#renderer.dispose();
    this.#renderer.forceContextLoss();
  }
}

function named(scene, name) {
  let found = null;
  scene.traverse((node) => {
    if (!found && !node.isMesh && node.name.toLowerCase() === name) found = node;
  });
  return found;
}
