// The weights of VRM's preset expressions for a face, for models without the 52 shapes.
// protocols/vrm.py explains them; its tables come with `hello`.

const HARDLY_APART = 1e-6;
const MOST = 1 - 1e-6;

/** Weights for any point, from the weights of some anchors: the nearer the direction, the more. */
class Mixture {
  constructor(points, rows) {
    this.lengths = points.map((point) => Math.hypot(...point));
    this.directions = points.map((point, at) => point.map((x) => x / this.lengths[at]));
    this.rows = rows;
  }

  weigh(point) {
    const sums = this.rows[0].map(() => 0);
    const length = Math.hypot(...point);
    if (length === 0) return sums;
    let nearness = 0, lengths = 0;
    this.directions.forEach((direction, at) => {
      const cosine = direction.reduce((sum, x, axis) => sum + x * point[axis], 0) / length;
      const near = (1 + HARDLY_APART - cosine) ** -2;
      nearness += near;
      lengths += near * this.lengths[at];
      this.rows[at].forEach((weight, column) => (sums[column] += near * weight));
    });
    const scale = Math.min(MOST / nearness, length / lengths);
    return sums.map((sum) => sum * scale);
  }
}

export class Presets {
  #features;
  #feelings;
  #vowels;

  /**
   * tables: `names` of the presets in VRM 1; `features`: sums of shapes by name; `anchors`: point,
   * emotions and what the mouth and lids show there; `mouths`: mouth and vowels.
   * shapes: the names of the 52.
   */
  constructor({ names, features, anchors, mouths }, shapes) {
    this.names = names;
    this.#features = features.map((parts) =>
      Object.entries(parts).map(([shape, factor]) => [shapes.indexOf(shape), factor]),
    );
    this.#feelings = new Mixture(
      anchors.map(([point]) => point),
      anchors.map(([, emotions, shown]) => [...emotions, ...shown]),
    );
    this.#vowels = new Mixture(
      mouths.map(([mouth]) => mouth),
      mouths.map(([, vowels]) => vowels),
    );
  }

  /** The weight of each preset, in the order of `names`. */
  weigh(weights, feeling) {
    const shown = this.#feelings.weigh([...feeling]);
    const emotions = shown.slice(0, 5), [lids, ...usual] = shown.slice(5);
    const [left, right, up, down, toLeft, toRight, ...mouth] = this.#features.map((parts) =>
      parts.reduce((sum, [shape, factor]) => sum + factor * weights[shape], 0),
    );
    const beyond = (lid) => Math.max(0, (lid - lids) / (1 - lids));
    const both = Math.min(beyond(left), beyond(right));
    return [
      ...emotions,
      both, beyond(left) - both, beyond(right) - both,
      Math.max(0, up - down), Math.max(0, down - up),
      Math.max(0, toLeft - toRight), Math.max(0, toRight - toLeft),
      ...this.#vowels.weigh(mouth.map((is, at) => Math.max(0, is - usual[at]))),
    ];
  }
}
