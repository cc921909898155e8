// Finds the 52 shapes among the names that a model uses for its morph targets or expressions.

const plain = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const SIDES = { Left: "l", Right: "r" };

/** Every spelling that is understood, in lower case and without signs, with its shape's number. */
function spellings(shapes) {
  const found = new Map();
  shapes.forEach((shape, number) => {
    const [, stem, side] = /^(.*?)(Left|Right)?$/.exec(shape);
    found.set(plain(shape), number);
    if (side) found.set(plain(stem) + SIDES[side], number);
  });
  return found;
}

/** A name, and what is left of it without the parts before a separator: `Face.jawOpen`, `jawOpen`. */
function* endings(name) {
  let rest = name;
  while (rest) {
    yield plain(rest);
    const cut = rest.search(/[\s._:/|-]/);
    if (cut < 0) return;
    rest = rest.slice(cut + 1);
  }
}

export class Names {
  #spellings;

  /** shapes: the names of the 52, in order. */
  constructor(shapes) {
    this.#spellings = spellings(shapes);
  }

  /**
   * The number of the shape that a name means, -1 if none. Upper and lower case are the same, and
   * `_L` and `_R` mean left and right: `mouthSmileLeft`, `MouthSmile_L`, `Face.mouth_smile_left`.
   */
  shape(name) {
    for (const ending of endings(name)) {
      const number = this.#spellings.get(ending);
      if (number !== undefined) return number;
    }
    return -1;
  }

  /** Which of `names` means which shape: the first name that means it, by the shape's number. */
  match(names) {
    const found = new Map();
    for (const name of names) {
      const number = this.shape(name);
      if (number >= 0 && !found.has(number)) found.set(number, name);
    }
    return found;
  }
}
