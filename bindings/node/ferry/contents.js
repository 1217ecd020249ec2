// What can be read: stored files, and what becomes of them.

import { Readable } from "node:stream";

import { path } from "./call.js";
import { known } from "./names.js";
import { CALL, requestOptions } from "./options.js";
import { call } from "./pool.js";
import { Tasks } from "./tasks.js";
import { checkSignal } from "./watch.js";

/** @import { Path } from "./call.js" */
/** @import { FunctionName } from "./library.js" */
/** @import { Names } from "./names.js" */
/** @import { CallOptions } from "./options.js" */
/** @import { Security } from "./policy.js" */

/**
 * Something with bytes that are downloaded.
 * @template Chained, Job
 * @extends {Tasks<Chained, Job>}
 */
export class Contents extends Tasks {
  /**
   * The functions of the library that read it.
   * @internal
   * @returns {{ download: FunctionName, content: FunctionName, stream: FunctionName }}
   */
  get _functions() {
    throw new Error("a chain has them");
  }

  /**
   * @internal
   * @returns {Security | undefined}
   */
  get _security() {
    throw new Error("a chain has it");
  }

  /**
   * How long a call may take that does not say so.
   * @internal
   * @returns {number | undefined}
   */
  get _deadlineMs() {
    throw new Error("a chain has it");
  }

  /**
   * The options of a call as known() gives them, with the object's own security.
   * @internal
   * @template {CallOptions} T
   * @param {T} options
   * @param {Names<T>} [names]
   */
  _with(options, names = /** @type {Names<T>} */ (CALL)) {
    const given = known(names, options);
    return { ...given, security: given.security ?? this._security };
  }

  /**
   * @internal
   * @param {CallOptions} options those of _with()
   */
  _used({ security, deadlineMs }) {
    return { handles: [this._handle, security?._handle], deadlineMs: deadlineMs || this._deadlineMs };
  }

  /**
   * Downloads it to a file; its length. What was there is replaced when all bytes have come, and not before.
   * @param {Path} target
   * @param {CallOptions} [options]
   * @returns {Promise<number>}
   */
  async download(target, options = {}) {
    const own = this._with(options);
    const given = [this._handle.address, path("target", target)];
    const task = { name: this._functions.download, given, options: requestOptions(own) };
    return call({ ...task, out: "length" }, own, this._used(own));
  }

  /**
   * Its bytes, at most 1 GiB.
   * @param {CallOptions} [options]
   * @returns {Promise<Buffer>}
   */
  async buffer(options = {}) {
    const own = this._with(options);
    const given = [this._handle.address];
    const task = { name: this._functions.content, given, options: requestOptions(own) };
    const bytes = await call({ ...task, out: "bytes" }, own, this._used(own));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Its bytes as a stream, which are received while they are read. destroy() ends the download.
   * @param {CallOptions} [options]
   * @returns {Readable}
   */
  open(options = {}) {
    const own = this._with(options);
    const fields = requestOptions(own);
    checkSignal(own.signal);
    const end = new AbortController();
    const signal = own.signal === undefined ? end.signal : AbortSignal.any([own.signal, end.signal]);
    /** @type {() => void} */
    let goOn = () => {};
    const stream = new Readable({
      read: () => goOn(),
      destroy(error, callback) {
        end.abort();
        callback(error);
      },
    });
    const write = async (/** @type {Uint8Array} */ piece) => {
      if (!stream.push(piece)) await new Promise((resolve) => (goOn = () => resolve(undefined)));
    };
    const task = {
      name: this._functions.stream,
      given: [this._handle.address],
      transfer: /** @type {const} */ ("write"),
      options: fields,
      out: /** @type {const} */ ("length"),
    };
    call(task, { ...own, signal }, { ...this._used(own), write }).then(
      () => stream.push(null),
      (error) => stream.destroy(error),
    );
    return stream;
  }
}
