// What goes wrong.

import { getSystemErrorName } from "node:util";

import * as abi from "./abi.js";
import { lib } from "./library.js";

/**
 * A failure as it crosses from a thread to another.
 * @typedef {object} Failure
 * @property {number} status
 * @property {string} name
 * @property {string} message
 * @property {number} httpStatus
 * @property {number} errno
 * @property {string} body
 * @property {string} step
 * @property {boolean} retryable
 */

/**
 * Any failure of Ferry. The message says what was being done, to what, what came back and what to do; it
 * never holds a secret.
 */
export class FerryError extends Error {
  /**
   * @internal
   * @param {Failure} failure
   * @param {ErrorOptions} [options]
   */
  constructor(failure, options) {
    super(failure.message, options);
    /** "FerryError", or "AbortError" if a signal has ended the call: `cause` is its reason then. */
    this.name = "FerryError";
    /** The status as in ferry.h, such as "FERRY_NETWORK". */
    this.code = failure.name;
    /** The HTTP status of the service's answer; 0 if there was none. */
    this.httpStatus = failure.httpStatus;
    /** The first 16 KiB of the answer's body, without secrets; "" if there was none. */
    this.body = failure.body;
    /** The step that failed, such as "start", "put" or "complete"; "" if nothing had begun. */
    this.step = failure.step;
    /** Whether the same call can succeed later without a change. */
    this.retryable = failure.retryable;
    /**
     * What the system said, such as "ENOENT"; undefined if it was not the system that refused.
     * @type {string | undefined}
     */
    this.systemCode = failure.errno === 0 ? undefined : getSystemErrorName(-failure.errno);
  }
}

/**
 * What the library says of a failed call. Frees its error.
 * @internal
 * @param {number} status
 * @param {bigint | null} error
 * @returns {Failure}
 */
export function failureOf(status, error) {
  const told = borrowed(status, error);
  lib.ferry_error_free(error);
  return told;
}

/**
 * The same of an error that somebody else frees.
 * @internal
 * @param {number} status
 * @param {bigint | null} error
 * @returns {Failure}
 */
export function borrowed(status, error) {
  const name = lib.ferry_status_name(status);
  return {
    status,
    name,
    message: lib.ferry_error_message(error) || name,
    httpStatus: lib.ferry_error_http_status(error),
    errno: lib.ferry_error_errno(error),
    body: lib.ferry_error_body(error),
    step: lib.ferry_error_step(error),
    retryable: lib.ferry_error_retryable(error),
  };
}

/** @internal @param {bigint} error @returns {number} */
export function statusOf(error) {
  return lib.ferry_error_status(error);
}

/** @param {number} status @param {string} name @param {string} message @param {Partial<Failure>} [more] */
function own(status, name, message, more) {
  return { status, name, message, httpStatus: 0, errno: 0, body: "", step: "", retryable: false, ...more };
}

/** @internal @param {string} message */
export function invalidArgument(message) {
  return new FerryError(own(abi.FERRY_INVALID_ARGUMENT, "FERRY_INVALID_ARGUMENT", message));
}

/**
 * An argument that is something else than it has to be. Its value is not shown, for it may be a secret.
 * @internal
 * @param {string} name
 * @param {string} expected
 * @param {unknown} value
 */
export function wrongType(name, expected, value) {
  return new TypeError(`${name} must be ${expected}, not ${kind(value)}`);
}

/** @param {unknown} value */
function kind(value) {
  if (value === undefined || value === null) return `${value}`;
  const word = typeof value === "object" ? value.constructor?.name || "object" : typeof value;
  return `${/^[AEIOaeiou]/.test(word) ? "an" : "a"} ${word}`;
}

/** @internal @param {string} message */
export function invalidState(message) {
  return new FerryError(own(abi.FERRY_INVALID_STATE, "FERRY_INVALID_STATE", message));
}

/** @internal @param {string} message */
export function malformed(message) {
  return new FerryError(own(abi.FERRY_PROTOCOL, "FERRY_PROTOCOL", message));
}

/** @internal @param {string} message */
export function internal(message) {
  return new FerryError(own(abi.FERRY_INTERNAL, "FERRY_INTERNAL", message));
}

/**
 * The error of a call whose deadline has passed while the library waited for code of the caller.
 * @internal
 */
export function timedOut() {
  const message = "the deadline of the call has passed";
  return new FerryError(own(abi.FERRY_TIMEOUT, "FERRY_TIMEOUT", message, { retryable: true }));
}

/**
 * The error of a call that a signal has ended, or a callback that answered false.
 * @internal
 * @param {AbortSignal | undefined} signal
 * @param {Failure} [failure] what the library said; undefined if the call was not made
 */
export function interrupted(signal, failure) {
  const said = failure?.status === abi.FERRY_CANCELLED ? failure : undefined;
  const told = own(abi.FERRY_CANCELLED, "FERRY_CANCELLED", "the call was interrupted", {
    step: failure?.step ?? "",
    retryable: true,
    ...said,
  });
  if (!signal?.aborted) return new FerryError(told);
  const error = new FerryError(told, { cause: signal.reason });
  error.name = "AbortError"; // as Node's own functions name it
  return error;
}
