// Small helpers to make elements. Text is always set as text, never as HTML.

/** Makes an element: properties, `data-` and `aria-` attributes, and what is in it. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && !key.includes("-")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Sets a text only if it is another: the browser lays out nothing anew otherwise. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const $ = (selector) => document.querySelector(selector);

/** A slider with its name and its value. `change` gets the number. */
export function slider(label, { min, max, step, value, show = (x) => x.toFixed(2) }, change) {
  const output = make("output", {}, show(value));
  const input = make("input", { type: "range", min, max, step, value });
  input.addEventListener("input", () => {
    say(output, show(input.valueAsNumber));
    change(input.valueAsNumber);
  });
  const row = make("label", { className: "slider" }, make("span", {}, label), input, output);
  return {
    row,
    input,
    set(number) {
      input.value = number;
      say(output, show(number));
    },
  };
}

/** Sends the newest of many values, one at a time. Those between are left out. */
export function newest(send) {
  let next = null, busy = false;
  return async (...value) => {
    next = value;
    if (busy) return;
    busy = true;
    while (next !== null) {
      const now = next;
      next = null;
      await send(...now);
    }
    busy = false;
  };
}
