// Parameters of tasks as the library takes them.

import { text } from "./call.js";
import { WIRE_NAMES } from "./tasks.js";

/** @import { Stored } from "./tasks.js" */

/**
 * A file as the library takes it.
 * @param {Stored} source
 */
export function sourceText(source) {
  return text("source", typeof source === "string" ? source : source.handle);
}

/**
 * Parameters by the service's names.
 * @param {Record<string, any>} parameters
 */
export function wire(parameters) {
  const named = Object.entries(parameters).map(([name, value]) => [WIRE_NAMES[name] ?? name, value]);
  return Object.fromEntries(named);
}

/**
 * Filelinks, in lists too, as their handles.
 * @param {any} value
 * @returns {any}
 */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.handle === "string") return value.handle;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, plain(it)]));
}
