// What a call is told and what ends it before its time: callbacks of the caller, and a signal.

import { setMaxListeners } from "node:events";

import { callable } from "./call.js";
import { FerryError, interrupted, timedOut, wrongType } from "./errors.js";

/** @import { Failure } from "./errors.js" */

/** @param {AbortSignal | undefined} signal */
export function checkSignal(signal) {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongType("signal", "an AbortSignal", signal);
  }
}

/** The most milliseconds that a timer of Node takes. */
const LONGEST = 0x7fff_ffff;

/** One call, or one run of an upload. */
export class Watch {
  /** @type {{ error: unknown } | undefined} */
  #raised;
  #isStopped = false;
  #isOver = false;
  /** @type {(() => void)[]} */
  #onStop = [];
  #deadline = Infinity;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {{ signal?: AbortSignal, progress?: (it: any) => unknown }} options
   */
  constructor({ signal, progress }) {
    this.progress = callable("progress", progress);
    checkSignal(signal);
    if (signal?.aborted) throw interrupted(signal);
    this.signal = signal;
    this.#aborted = () => this.stop();
    if (signal === undefined) return;
    setMaxListeners(0, signal); // one may be that of many calls
    signal.addEventListener("abort", this.#aborted);
  }

  #aborted;

  /** Whether the call has to be told of an end. */
  get isNeeded() {
    return this.progress !== undefined || this.signal !== undefined;
  }

  get isStopped() {
    return this.#isStopped;
  }

  /** Interrupts the call. */
  stop() {
    if (this.#isStopped || this.#isOver) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const run of this.#onStop) run();
  }

  /**
   * The call begins now.
   * @param {number | undefined} deadlineMs how long it may take; undefined and 0: as long as it does
   */
  begin(deadlineMs) {
    if (deadlineMs) this.#deadline = performance.now() + deadlineMs;
  }

  /** Milliseconds until the deadline, at least 1; undefined without a deadline. */
  get left() {
    if (this.#deadline === Infinity) return undefined;
    return Math.max(Math.ceil(this.#deadline - performance.now()), 1);
  }

  /**
   * Waits for code of the caller, for which the library waits too: it cannot keep its deadline meanwhile.
   * @param {Promise<void>} ready
   */
  async waitFor(ready) {
    const left = this.left ?? Infinity;
    if (left > LONGEST) return ready;
    this.#timer = setTimeout(() => this.fail(timedOut()), left);
    try {
      await ready;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** @param {() => void} run is called when the call is interrupted */
  onStop(run) {
    this.#onStop.push(run);
    if (this.#isStopped) run();
  }

  /**
   * Runs a callback of the caller. What it throws ends the call, and so does false; what its promise gives
   * too, if the call is not over by then.
   * @template {unknown[]} Given
   * @param {((...given: Given) => unknown) | undefined} callback
   * @param {Given} given
   */
  tell(callback, ...given) {
    if (callback === undefined || this.#raised !== undefined) return;
    try {
      const answer = callback(...given);
      if (answer === false) this.stop();
      if (answer instanceof Promise) {
        answer.then(
          (late) => late === false && this.stop(),
          (error) => this.fail(error),
        );
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * The call ends with this error.
   * @param {unknown} error
   */
  fail(error) {
    this.#raised ??= { error };
    this.stop();
  }

  /**
   * The call is over.
   * @param {Failure | undefined} failure
   */
  end(failure) {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.signal?.removeEventListener("abort", this.#aborted);
    if (this.#raised !== undefined) throw this.#raised.error;
    if (failure === undefined) return;
    // A stream that was ended by the signal is a failure to read or write.
    const isStop = this.#isStopped && ["FERRY_CANCELLED", "FERRY_IO"].includes(failure.name);
    throw isStop ? interrupted(this.signal, failure) : new FerryError(failure);
  }
}
