// What a single call is given.

import { MOST_32, count, json, text } from "./call.js";
import { struct } from "./library.js";
import { Security } from "./policy.js";

/** @import { ProgressListener } from "./progress.js" */

/**
 * What ends a call and tells of it.
 * @typedef {object} WatchOptions
 * @property {AbortSignal} [signal] Interrupts the call, within a second. Its error has the name "AbortError"
 *  then.
 * @property {ProgressListener} [progress]
 */

/**
 * @typedef {object} DeadlineOption
 * @property {number} [deadlineMs] Milliseconds that the whole call may take, retries included. Default: the
 *   connection's.
 */

/**
 * @typedef {object} SecurityOption
 * @property {Security} [security] Policy and signature. Default: those of the object.
 */

/** @typedef {WatchOptions & DeadlineOption} TelestreamCallOptions */

/** @typedef {WatchOptions & DeadlineOption & SecurityOption} CallOptions */

/**
 * The fields of an option struct that every call has.
 * @internal
 * @param {SecurityOption & DeadlineOption} options
 */
export function common({ security, deadlineMs }) {
  if (security !== undefined && !(security instanceof Security)) {
    throw new TypeError("security must be a Security");
  }
  return {
    security: security?._handle.address ?? null,
    deadline_ms: count("deadlineMs", deadlineMs, MOST_32),
  };
}

/**
 * The fields of an option struct that say where and under which name a file is stored.
 * @internal
 * @param {{ filename?: string, location?: string, path?: string, container?: string, region?: string,
 *   access?: string, workflows?: readonly string[] }} options
 */
export function storage({ filename, location, path, container, region, access, workflows }) {
  return {
    filename: text("filename", filename),
    location: text("location", location),
    path: text("path", path),
    container: text("container", container),
    region: text("region", region),
    access: text("access", access),
    workflows_json: json(workflows),
  };
}

/**
 * @internal
 * @param {SecurityOption & DeadlineOption} options
 */
export function requestOptions(options) {
  return struct("ferry_request_options", common(options));
}
