// Names of options: one that is not known is an error, for it would be left out in silence.

import { wrongType } from "./errors.js";

/**
 * The names of the options T. As a type of a table it says which name is missing there, or one too many.
 * @template T
 * @typedef {{ readonly [Name in keyof Required<T>]: true }} Names
 */

/**
 * The options as a plain object, if all their names are known. They may be inherited, or getters of a class:
 * each is read once.
 * @template {object} T
 * @param {Names<T>} names
 * @param {T} options
 * @param {string} [what] what they are to whoever gives them
 * @returns {T}
 */
export function known(names, options, what = "options") {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrongType(what, "an object", options);
  }
  for (const name in options) {
    if (Object.hasOwn(names, name)) continue;
    const all = Object.keys(names);
    const meant = nearest(name, all);
    const told = meant === undefined ? `there are ${all.join(", ")}` : `did you mean "${meant}"?`;
    throw new TypeError(`unknown name "${name}" in ${what}: ${told}`);
  }
  const given = /** @type {(keyof T)[]} */ (Object.keys(names)).map((name) => [name, options[name]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/**
 * The name that the fewest typing errors turn into the given one, as in src/nearest.rs; undefined if all are
 * too far.
 * @param {string} name
 * @param {string[]} names
 */
function nearest(name, names) {
  const most = Math.min(Math.max(Math.floor(name.length / 3), 1), 3);
  const near = names
    .filter((it) => Math.abs(it.length - name.length) <= most)
    .map((it) => ({ it, errors: distance(name.toLowerCase(), it.toLowerCase()) }))
    .filter(({ errors }) => errors <= most)
    .sort((one, other) => one.errors - other.errors);
  return near[0]?.it;
}

/**
 * Letters to insert, to remove, to replace or to swap with the next one.
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  /** @type {number[][]} of each beginning of the one to each beginning of the other */
  const errors = [];
  for (let i = 0; i <= one.length; i++) {
    errors.push([i]);
    for (let j = 1; j <= other.length; j++) {
      if (i === 0) {
        errors[i].push(j);
        continue;
      }
      const replaced = errors[i - 1][j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwap ? errors[i - 2][j - 2] + 1 : Infinity;
      errors[i].push(Math.min(replaced, swapped, errors[i - 1][j] + 1, errors[i][j - 1] + 1));
    }
  }
  return errors[one.length][other.length];
}
