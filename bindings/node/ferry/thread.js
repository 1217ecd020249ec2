// Makes calls that block, each to its end, in a thread of its own: what pool.js starts.

import { parentPort, workerData } from "node:worker_threads";

import koffi from "koffi";

import { FERRY_OK } from "./abi.js";
import { failureOf } from "./errors.js";
import { lib, memoryAt, textAt } from "./library.js";
import { progressAt } from "./progress.js";

/** @import { Answer, Task } from "./pool.js" */

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);

/** What the main thread says meanwhile; see pool.js. */
const control = new Int32Array(workerData.control);
const data = new Uint8Array(workerData.data);
const [STOP, ANSWERED, ANSWER] = [0, 1, 2];

let isReporting = false;
const onProgress = callback("ferry_progress_fn", (report) => {
  if (isReporting) port.postMessage({ progress: progressAt(report) });
  return Atomics.load(control, STOP);
});

/**
 * ferry_read_fn
 * @param {bigint} buffer
 * @param {number} capacity
 */
function read(buffer, capacity) {
  const length = ask({ wanted: Math.min(capacity, data.length) });
  if (length > 0) memoryAt(buffer, length).set(data.subarray(0, length));
  return length;
}

/**
 * ferry_write_fn
 * @param {bigint} bytes
 * @param {number} length
 */
function write(bytes, length) {
  if (length === 0) return 0;
  const piece = memoryAt(bytes, length).slice();
  return ask({ piece }, [piece.buffer]);
}

/**
 * Asks the main thread and waits for its answer.
 * @param {object} message
 * @param {ArrayBuffer[]} [moved]
 */
function ask(message, moved) {
  Atomics.store(control, ANSWERED, 0);
  port.postMessage(message, moved);
  Atomics.wait(control, ANSWERED, 0);
  return Atomics.load(control, ANSWER);
}

/** @param {string} type @param {(...given: any[]) => number} function_ */
function callback(type, function_) {
  return koffi.register(function_, koffi.pointer(koffi.type(type)));
}

/**
 * What becomes of the result of a call: it is copied and freed, unless it is a handle.
 * @type {Record<NonNullable<Task["out"]>, (it: any) => any>}
 */
const RESULTS = {
  handle: (address) => address,
  length: (length) => Number(length),
  json(address) {
    const told = lib.ferry_value_json(address);
    lib.ferry_value_free(address);
    return told;
  },
  text(address) {
    const told = textAt(address);
    lib.ferry_string_free(address);
    return told;
  },
  bytes(address) {
    const told = copied(lib.ferry_bytes_data(address), Number(lib.ferry_bytes_len(address)));
    lib.ferry_bytes_free(address);
    return told;
  },
  response(address) {
    const count = Number(lib.ferry_response_header_count(address));
    const told = {
      status: lib.ferry_response_status(address),
      headers: Array.from({ length: count }, (_, index) => [
        lib.ferry_response_header_name(address, index),
        lib.ferry_response_header_value(address, index),
      ]),
      body: copied(lib.ferry_response_body(address), Number(lib.ferry_response_body_len(address))),
      url: lib.ferry_response_url(address),
    };
    lib.ferry_response_free(address);
    return told;
  },
};

/** @param {bigint} address @param {number} length */
function copied(address, length) {
  return length === 0 ? new Uint8Array(0) : memoryAt(address, length).slice();
}

/**
 * @param {Task} task
 * @returns {Answer}
 */
function perform({ name, given, transfer, options, isWatched, isReported, out }) {
  isReporting = isReported;
  const all = [...given];
  if (transfer !== undefined) all.splice(1, 0, transfer === "read" ? read : write, null);
  if (options !== undefined) all.push({ ...options, on_progress: isWatched ? onProgress : null });
  /** @type {[any]} */
  const result = [null];
  /** @type {[bigint | null]} */
  const error = [null];
  const status = lib[name](...all, ...(out === undefined ? [] : [result]), error);
  if (status !== FERRY_OK) return { failure: failureOf(status, error[0]) };
  return { result: out === undefined ? undefined : RESULTS[out](result[0]) };
}

port.postMessage({}); // it can make calls

port.on("message", (/** @type {Task} */ task) => {
  let answer;
  try {
    answer = perform(task);
  } catch (error) {
    answer = { thrown: error };
  }
  const whole = answer.result?.buffer ?? answer.result?.body?.buffer;
  port.postMessage({ answer }, whole instanceof ArrayBuffer ? [whole] : []);
});
