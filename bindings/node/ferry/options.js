// What a single call is given.

import { MOST_32, count, json, optionalText } from "./call.js";
import { wrongType } from "./errors.js";
import { struct } from "./library.js";
import { Security } from "./policy.js";

/** @import { Names } from "./names.js" */
/** @import { ProgressListener } from "./progress.js" */
/** @import { StoredAs } from "./upload.js" */

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
 * Where and under which name a file is stored.
 * @typedef {Pick<StoredAs, "filename" | "location" | "path" | "container" | "region" | "access" | "workflows">
 *   } StorageOptions
 */

/** @type {Names<SecurityOption>} */
export const SECURITY = { security: true };

/** @type {Names<Omit<CallOptions, "signal">>} */
export const PREPARED_CALL = { progress: true, deadlineMs: true, ...SECURITY };

/** @type {Names<CallOptions>} */
export const CALL = { signal: true, ...PREPARED_CALL };

/** @type {Names<TelestreamCallOptions>} */
export const TELESTREAM_CALL = { signal: true, progress: true, deadlineMs: true };

/** @type {Names<Pick<WatchOptions, "signal">>} */
export const RUN = { signal: true };

/** @type {Names<StorageOptions>} */
export const STORAGE = {
  filename: true,
  location: true,
  path: true,
  container: true,
  region: true,
  access: true,
  workflows: true,
};

/**
 * A security as the library takes it.
 * @internal
 * @param {Security | undefined} security
 */
export function signing(security) {
  if (security === undefined) return null;
  if (!(security instanceof Security)) throw wrongType("security", "a Security", security);
  return security._handle.address;
}

/**
 * The same security for an object that may outlive the one that was given: it closes this one.
 * @internal
 * @param {Security | undefined} security
 */
export function kept(security) {
  if (signing(security) === null) return undefined;
  const { policyB64, signature } = /** @type {Security} */ (security);
  return Security.fromSigned(policyB64, signature);
}

/**
 * The fields of an option struct that every call has.
 * @internal
 * @param {SecurityOption & DeadlineOption} options
 */
export function common({ security, deadlineMs }) {
  return {
    security: signing(security),
    deadline_ms: count("deadlineMs", deadlineMs, MOST_32),
  };
}

/**
 * The fields of an option struct that say where and under which name a file is stored.
 * @internal
 * @param {StorageOptions} options
 */
export function storage({ filename, location, path, container, region, access, workflows }) {
  return {
    filename: optionalText("filename", filename),
    location: optionalText("location", location),
    path: optionalText("path", path),
    container: optionalText("container", container),
    region: optionalText("region", region),
    access: optionalText("access", access),
    workflows_json: json("workflows", workflows),
  };
}

/**
 * @internal
 * @param {SecurityOption & DeadlineOption} options
 */
export function requestOptions(options) {
  return struct("ferry_request_options", common(options));
}
