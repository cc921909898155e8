// The last seconds of some numbers, in an array that never grows.

const SAMPLES_A_SECOND = 20;

export class History {
  /** `width`: numbers in each sample. */
  constructor(width, seconds) {
    this.width = width;
    this.capacity = seconds * SAMPLES_A_SECOND;
    this.numbers = new Float32Array(width * this.capacity);
    this.times = new Float64Array(this.capacity);
    this.clear();
  }

  clear() {
    this.count = 0;
  }

  /** Keeps `numbers`, unless the sample before is quite new. `now`: milliseconds. */
  add(now, ...numbers) {
    if (this.count && now - this.times[(this.count - 1) % this.capacity] < 990 / SAMPLES_A_SECOND) {
      return;
    }
    const row = this.count++ % this.capacity;
    this.times[row] = now;
    let at = row * this.width;
    for (const part of numbers) {
      this.numbers.set(part, at);
      at += part.length;
    }
  }

  /** The samples of the last seconds, oldest first; each has its `age` in seconds. */
  *last(seconds, now = performance.now()) {
    for (let n = Math.max(0, this.count - this.capacity); n < this.count; n++) {
      const row = n % this.capacity;
      const age = (now - this.times[row]) / 1000;
      if (age > seconds) continue;
      const sample = this.numbers.subarray(row * this.width, (row + 1) * this.width);
      sample.age = age;
      yield sample;
    }
  }
}
