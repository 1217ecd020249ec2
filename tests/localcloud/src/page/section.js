// The lists of the sections and how many there are.

import { $, button, follow, put } from "./dom.js";
import { draw } from "./stream.js";

/** What is shown at first of a long section. */
const shown = { uploads: 6, files: 12, jobs: 6, videos: 6, webhooks: 8, requests: 150 };

export function list(kind, all, key, make, fill) {
  const box = $(`list-${kind}`);
  follow(box, all.slice(0, shown[kind] ?? all.length), key, make, fill);
  if (!box.more) {
    box.more = button("", () => {
      shown[kind] = Infinity;
      draw();
    });
    box.more.className = "more";
    box.after(box.more);
  }
  box.more.hidden = all.length <= (shown[kind] ?? all.length);
  put(box.more, `Show all ${all.length}`);
}

export function count(name, number, isEmpty = number === 0) {
  put($(`count-${name}`), String(number));
  const empty = $(`empty-${name}`);
  if (empty) empty.hidden = !isEmpty;
}
