// Parameters of tasks as the library takes them.

import { isOpaque, json, object, text } from "./call.js";
import { invalidArgument, wrongType } from "./errors.js";
import { WIRE_NAMES } from "./tasks.js";

/** @import { Stored } from "./tasks.js" */

/**
 * A file as the library takes it.
 * @param {Stored} source
 */
export function sourceText(source) {
  const named = typeof source === "object" && source !== null ? source.handle : source;
  if (typeof named !== "string") throw wrongType("source", "a Filelink, a handle or a URL", source);
  return text("source", named);
}

/**
 * Parameters by the service's names.
 * @param {Record<string, any>} parameters
 */
export function wire(parameters) {
  const given = Object.entries(object("parameters", parameters));
  const named = given.map(([name, value]) => {
    // The library would leave it out.
    if (value === null) throw wrongType(name, "a value", value);
    return [WIRE_NAMES[name] ?? name, value];
  });
  return Object.fromEntries(named);
}

/**
 * The same as text, 'width:400,agent:"mobile"', for a task whose parameters are texts, numbers and flags.
 * @param {Record<string, any>} parameters
 */
export function wireText(parameters) {
  const given = Object.entries(wire(parameters)).filter(([, value]) => value !== undefined);
  const pairs = given.map(([name, value]) => {
    if (/[:,]/.test(name)) throw invalidArgument(`there is no parameter ${JSON.stringify(name)}`);
    if (typeof value === "object") throw wrongType(name, "a string, a number or a boolean", value);
    const told = /** @type {string} */ (json(name, value));
    if (told.includes("\\")) throw invalidArgument(`${name} has a character that it cannot have`);
    return `${name}:${told}`;
  });
  return pairs.join(",");
}

/**
 * Filelinks, in lists too, as their handles. What JSON has to write or to refuse stays as it is.
 * @param {any} value
 * @returns {any}
 */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.handle === "string") return value.handle;
  if ("toJSON" in value || isOpaque(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, plain(it)]));
}
