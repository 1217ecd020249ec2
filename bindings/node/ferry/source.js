// The bytes of a stream, as the library reads them: so many at a time, in order.

import { open } from "node:fs/promises";
import { Readable } from "node:stream";

import { FERRY_SIZE_UNKNOWN } from "./abi.js";
import { whole } from "./call.js";
import { interrupted, invalidArgument } from "./errors.js";
import { Watch } from "./watch.js";

/**
 * A stream that is read: a Readable of Node, a ReadableStream, or anything with `for await`. It gives
 * Uint8Arrays.
 * @typedef {AsyncIterable<Uint8Array>} ByteStream
 */

/** A stream under way. */
export class Source {
  #stream;
  #pieces;
  /** @type {Uint8Array} */
  #piece = new Uint8Array(0);
  #isOver = false;
  /** @type {{ error: unknown } | undefined} */
  #failed;
  /** @type {Promise<void> | undefined} */
  #waiting;

  /** @param {ByteStream} stream */
  constructor(stream) {
    this.#stream = stream;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Whether take() has something to say. */
  get isReady() {
    return this.#piece.length > 0 || this.#isOver || this.#failed !== undefined;
  }

  /** Until it is ready. Runs that wait one after the other ask the stream once, or a piece would be lost. */
  wait() {
    this.#waiting ??= this.#fill().finally(() => (this.#waiting = undefined));
    return this.#waiting;
  }

  async #fill() {
    while (!this.isReady) {
      try {
        const { value, done } = await this.#pieces.next();
        if (done) this.#isOver = true;
        else if (value instanceof Uint8Array) this.#piece = value;
        else this.#failed = { error: new TypeError(`the stream gives a ${typeof value}, no Uint8Array`) };
      } catch (error) {
        this.#isOver = true;
        this.#failed = { error };
      }
    }
  }

  /**
   * Copies what is there into the target, at most as much as it holds; how much, 0 at the end.
   * @param {Uint8Array} target
   */
  take(target) {
    if (this.#failed !== undefined) throw this.#failed.error;
    const count = Math.min(target.length, this.#piece.length);
    target.set(this.#piece.subarray(0, count));
    this.#piece = this.#piece.subarray(count);
    return count;
  }

  /** No more is read; the stream is told so. */
  close() {
    if (this.#isOver) return;
    this.#isOver = true;
    // Its iterator may wait for a piece that never comes; a stream of Node does not.
    if (this.#stream instanceof Readable) this.#stream.destroy();
    else this.#pieces.return?.()?.then(undefined, () => {});
  }
}

/**
 * The size of a stream as the library takes it.
 * @param {number | undefined} size
 */
export function streamSize(size) {
  return size === undefined ? FERRY_SIZE_UNKNOWN : whole("size", size);
}

/**
 * Refuses a size that would not be heeded.
 * @param {number | undefined} size
 */
export function sizeless(size) {
  if (size !== undefined) throw invalidArgument("size is for a stream: a path and bytes have their own");
}

/**
 * @param {unknown} source
 * @returns {source is ByteStream}
 */
export function isStream(source) {
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}

/** How many bytes copied() writes at most at once. */
const COPIED = 1 << 16;

/**
 * Copies a stream to a file, until a signal or the deadline of the call ends that, also while the stream is
 * silent. How many milliseconds are left of the deadline.
 * @param {ByteStream} stream
 * @param {string} file
 * @param {AbortSignal | undefined} signal
 * @param {number | undefined} deadlineMs
 */
export async function copied(stream, file, signal, deadlineMs) {
  const watch = new Watch({ signal });
  /** @type {() => void} */
  let wake = () => {};
  watch.onStop(() => wake());
  watch.begin(deadlineMs);
  /** @type {Source | undefined} */
  let source;
  try {
    source = new Source(stream);
    const target = await open(file, "w");
    try {
      const buffer = Buffer.alloc(COPIED);
      for (let length = -1; length !== 0; await target.writeFile(buffer.subarray(0, length))) {
        if (!source.isReady && !watch.isStopped) {
          const ready = source.wait();
          /** @type {Promise<void>} */
          const readyOrStopped = new Promise((resolve) => {
            wake = resolve;
            ready.then(resolve);
          });
          await watch.waitFor(readyOrStopped);
        }
        if (watch.isStopped) break;
        length = source.take(buffer);
      }
    } finally {
      await target.close();
    }
  } catch (error) {
    watch.fail(error);
  } finally {
    source?.close();
  }
  watch.end(undefined);
  if (watch.isStopped) throw interrupted(signal);
  return watch.left;
}
