// Calls that return at once, and how values cross to the library.

import { fileURLToPath } from "node:url";

import { FERRY_OK } from "./abi.js";
import { FerryError, failureOf, invalidArgument } from "./errors.js";
import { Handle } from "./handle.js";
import { lib, textAt } from "./library.js";

/** @import { FunctionName } from "./library.js" */

/**
 * Calls a function whose last argument is `ferry_error **`.
 * @param {FunctionName} name
 * @param {...unknown} given
 */
export function check(name, ...given) {
  /** @type {[bigint | null]} */
  const error = [null];
  const status = lib[name](...given, error);
  if (status !== FERRY_OK) throw new FerryError(failureOf(status, error[0]));
}

/**
 * The same for one whose last arguments are `T **out, ferry_error **err`; the address.
 * @param {FunctionName} name
 * @param {...unknown} given
 */
export function made(name, ...given) {
  /** @type {[bigint | null]} */
  const out = [null];
  check(name, ...given, out);
  return /** @type {bigint} */ (out[0]);
}

/**
 * The same as a handle.
 * @param {FunctionName} free
 * @param {FunctionName} name
 * @param {...unknown} given
 */
export function owned(free, name, ...given) {
  return new Handle(free, made(name, ...given));
}

/**
 * The same for `char **out`.
 * @param {FunctionName} name
 * @param {...unknown} given
 */
export function ownedText(name, ...given) {
  const address = made(name, ...given);
  const told = textAt(address);
  lib.ferry_string_free(address);
  return told;
}

/**
 * The same for `ferry_value **out`.
 * @param {FunctionName} name
 * @param {...unknown} given
 */
export function ownedJson(name, ...given) {
  const address = made(name, ...given);
  const told = lib.ferry_value_json(address);
  lib.ferry_value_free(address);
  return JSON.parse(told);
}

/**
 * A text as the library takes it; undefined and null are NULL.
 * @param {string} name
 * @param {string | null | undefined} value
 */
export function text(name, value) {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw new TypeError(`${name} must be a string, not ${typeof value}`);
  if (value.includes("\0")) throw invalidArgument(`${name} has a NUL character, which no text can have here`);
  return value;
}

/**
 * A local path: a string or a URL with "file:".
 * @typedef {string | URL} Path
 */

/**
 * @param {string} name
 * @param {Path | null | undefined} value
 */
export function path(name, value) {
  return text(name, value instanceof URL ? fileURLToPath(value) : value);
}

/**
 * A value as JSON text; undefined is NULL.
 * @param {unknown} value
 */
export function json(value) {
  return value === undefined ? null : JSON.stringify(value);
}

/**
 * A whole number from 1; undefined is 0, the default.
 * @param {string} name
 * @param {number | undefined} value
 * @param {number} [most]
 */
export function count(name, value, most = Number.MAX_SAFE_INTEGER) {
  if (value === undefined) return 0;
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${typeof value}`);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidArgument(`${name} is ${value}; it takes a whole number from 1 to ${most}`);
  }
  return value;
}

/** The most that a number of 32 bits can be. */
export const MOST_32 = 0xffff_ffff;

/**
 * One of several words, as the number that stands for it.
 * @template {string} Word
 * @param {string} name
 * @param {Readonly<Record<Word, number>>} words
 * @param {Word | undefined} value
 */
export function word(name, words, value) {
  if (value === undefined) return 0;
  if (!Object.hasOwn(words, value)) {
    const known = Object.keys(words).map((it) => JSON.stringify(it));
    throw invalidArgument(`${name} is ${JSON.stringify(value)}; it takes ${known.join(" or ")}`);
  }
  return words[value];
}

/**
 * An object without its undefined members.
 * @template {object} T
 * @param {T} object
 */
export function defined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
