// Calls that return at once, and how values cross to the library.

import { fileURLToPath } from "node:url";

import { FERRY_OK } from "./abi.js";
import { FerryError, failureOf, invalidArgument, wrongType } from "./errors.js";
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
 * A text that UTF-8 can have. In another one "\ufffd" would take the place of what it cannot.
 * @param {string} name
 * @param {string} value
 */
export function wellFormed(name, value) {
  if (!value.isWellFormed()) throw new TypeError(`${name} has half a surrogate pair, which is no character`);
  return value;
}

/**
 * Bytes that the library reads while this program goes on: they have to stay where they are.
 * @param {string} name
 * @param {Uint8Array} value
 */
export function fixed(name, value) {
  const { buffer } = value;
  if (buffer instanceof ArrayBuffer ? buffer.resizable : buffer.growable) {
    throw new TypeError(`${name} must be bytes of a fixed length: its buffer can be resized, so copy it`);
  }
  return value;
}

/**
 * A text as the library takes it.
 * @param {string} name
 * @param {string} value
 */
export function text(name, value) {
  if (typeof value !== "string") throw wrongType(name, "a string", value);
  wellFormed(name, value);
  if (value.includes("\0")) throw invalidArgument(`${name} has a NUL character, which no text can have here`);
  return value;
}

/**
 * The same of one that may be left out, which is NULL.
 * @param {string} name
 * @param {string | null | undefined} value
 */
export function optionalText(name, value) {
  return value === undefined || value === null ? null : text(name, value);
}

/**
 * A local path: a string or a URL with "file:".
 * @typedef {string | URL} Path
 */

/**
 * @param {string} name
 * @param {Path} value
 */
export function path(name, value) {
  if (typeof value === "string") return text(name, value);
  if (value instanceof URL && value.protocol === "file:") return text(name, fileURLToPath(value));
  throw wrongType(name, 'a path or a URL with "file:"', value);
}

/**
 * The same of one that may be left out, which is NULL.
 * @param {string} name
 * @param {Path | null | undefined} value
 */
export function optionalPath(name, value) {
  return value === undefined || value === null ? null : path(name, value);
}

/**
 * Whether an object keeps what it has elsewhere than in members of its own, as a Map or an instance with
 * getters does: JSON would have {} of it.
 * @param {object} value
 */
export function isOpaque(value) {
  if (Array.isArray(value) || "toJSON" in value || Object.keys(value).length > 0) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/**
 * Refuses what JSON would leave out or change in silence.
 * @param {string} name
 * @param {unknown} value
 */
function writable(name, value) {
  if (typeof value === "string") wellFormed(name, value);
  if (typeof value === "object" && value !== null) object(name, value);
  if (typeof value === "function" || typeof value === "symbol") {
    throw wrongType(name, "a value that JSON has", value);
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`${name} is ${value}, a number that JSON does not have`);
  }
  return value;
}

/**
 * A value as JSON text; undefined is NULL.
 * @param {string} name
 * @param {unknown} value
 */
export function json(name, value) {
  if (value === undefined) return null;
  writable(name, value);
  let told;
  try {
    told = JSON.stringify(value, (member, it) => writable(wellFormed("a name", member) || name, it));
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw new TypeError(`${name} cannot be written as JSON: ${message}`, { cause });
  }
  if (told === undefined) throw wrongType(name, "a value that JSON has", value);
  return told;
}

/**
 * An object with members of its own, that is not left out.
 * @template {object} T
 * @param {string} name
 * @param {T} value
 */
export function object(name, value) {
  if (typeof value !== "object" || value === null) throw wrongType(name, "an object", value);
  if (isOpaque(value)) throw wrongType(name, "a plain object", value);
  return value;
}

/**
 * @template T
 * @param {string} name
 * @param {readonly T[]} value
 */
export function list(name, value) {
  if (!Array.isArray(value)) throw wrongType(name, "a list", value);
  return value;
}

/**
 * A function that may be left out.
 * @template T
 * @param {string} name
 * @param {T} value
 */
export function callable(name, value) {
  if (value !== undefined && typeof value !== "function") throw wrongType(name, "a function", value);
  return value;
}

/**
 * Whether an option is set.
 * @param {string} name
 * @param {boolean | undefined} value
 */
export function flag(name, value) {
  if (value !== undefined && typeof value !== "boolean") throw wrongType(name, "true or false", value);
  return value === true;
}

/**
 * A whole number.
 * @param {string} name
 * @param {number} value
 * @param {number} [most]
 * @param {string} [range] in words
 */
export function whole(name, value, most = MOST, range = `from 0 to ${most}`) {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw invalidArgument(`${name} is ${value}; it takes a whole number ${range}`);
  }
  return value;
}

/**
 * A whole number; undefined is 0, the default.
 * @param {string} name
 * @param {number | undefined} value
 * @param {number} [most]
 */
export function count(name, value, most = MOST) {
  return value === undefined ? 0 : whole(name, value, most, `from 1 to ${most}, or 0 for the default`);
}

/** The most that a number can be. */
const MOST = Number.MAX_SAFE_INTEGER;

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
