// Uploads as handles: they run beside the event loop, and can be paused, interrupted, cancelled and run
// again.

import koffi from "koffi";

import { FERRY_NOT_READY, FERRY_OK } from "./abi.js";
import { check, ownedText, whole } from "./call.js";
import { failureOf } from "./errors.js";
import { Handle, Owner } from "./handle.js";
import { lib } from "./library.js";
import { Watch } from "./watch.js";

/** @import { Failure } from "./errors.js" */
/** @import { ProgressListener } from "./progress.js" */
/** @import { Relay } from "./relay.js" */

/**
 * Where an upload stands: "initialized" (not run yet), "uploading", "paused" and "interrupted" (another run
 * goes on), "error" (another run fails too unless the cause is removed), "uploaded" and "aborted" (final).
 * @typedef {"initialized" | "uploading" | "paused" | "interrupted" | "error" | "uploaded" | "aborted"} UploadState
 */

/** An upload of one file or of many. */
export class Running extends Owner {
  #relay;
  #progress;
  #isPausing = false;
  /** Whether a pause came after the end of the run that is under way here still. */
  #pausesNext = false;

  /**
   * @internal
   * @param {Handle} handle
   * @param {Relay} relay
   * @param {ProgressListener | undefined} progress
   */
  constructor(handle, relay, progress) {
    super(handle);
    this.#relay = relay;
    this.#progress = progress;
  }

  /**
   * @internal
   * @template T
   * @param {{ signal?: AbortSignal }} options
   * @param {(address: bigint) => T} result of this upload, which may be closed by then
   */
  async _run({ signal }, result) {
    const relay = this.#relay;
    const address = this._handle.use();
    // A run after a cancel ends, whatever the stream does.
    const isOver = this.state === "aborted";
    try {
      const watch = new Watch({ signal, progress: this.#progress });
      try {
        watch.begin(relay.deadlineMs);
        check("ferry_upload_start", address);
      } catch (error) {
        watch.fail(error);
        watch.end(undefined);
      }
      relay.watch = watch;
      watch.onStop(() => lib.ferry_upload_interrupt(address));
      if (isOver && relay.source !== undefined) watch.stop();
      await ended(address, watch, relay, this.#isPausing);
      relay.watch = undefined;
      const failure = finished(address);
      if (failure?.name === "FERRY_PAUSED") this.#isPausing = this.#pausesNext;
      this.#pausesNext = false;
      watch.end(failure);
      return result(address);
    } finally {
      this._handle.done();
    }
  }

  /**
   * Asks for a pause and returns at once: no new part starts, those under way end, then the run fails with
   * FERRY_PAUSED, and another one goes on. Asked for while nothing runs, it pauses the next run at its start.
   */
  pause() {
    lib.ferry_upload_pause(this._handle.address);
    this.#isPausing = true;
    this.#pausesNext = this._handle.isUsed && this.state !== "uploading";
    this.#relay.poll?.();
  }

  /**
   * Interrupts the run and returns at once; the run fails with FERRY_CANCELLED within a second, and another
   * one goes on. The signal of a run does the same.
   */
  interrupt() {
    lib.ferry_upload_interrupt(this._handle.address);
    this.#stopReading();
  }

  /** Ends the upload for good and returns at once; the run fails with FERRY_CANCELLED within a second. */
  cancel() {
    lib.ferry_upload_cancel(this._handle.address);
    this.#stopReading();
  }

  /** The run may wait for a stream that is silent. */
  #stopReading() {
    if (this.#relay.source !== undefined) this.#relay.watch?.stop();
  }

  /**
   * Sets the most bytes a second of all connections together, for now and for the runs that follow.
   * @param {number} bytesPerSecond 0 takes the limit away
   */
  limit(bytesPerSecond) {
    lib.ferry_upload_limit(this._handle.address, whole("bytesPerSecond", bytesPerSecond));
  }

  /** @returns {UploadState} */
  get state() {
    return lib.ferry_upload_state_name(lib.ferry_upload_state(this._handle.address));
  }

  /** @internal */
  _token() {
    return ownedText("ferry_upload_token", this._handle.address);
  }

  /**
   * Interrupts a run that is under way, and frees the upload. What the service has stays there.
   * @override
   */
  close() {
    if (this._handle.isUsed && !this._handle.isClosed) this.interrupt();
    super.close();
  }
}

/**
 * Polls a started upload until it is over.
 * @param {bigint} address
 * @param {Watch} watch
 * @param {Relay} relay
 * @param {boolean} isPausing
 * @returns {Promise<void>}
 */
function ended(address, watch, relay, isPausing) {
  return new Promise((resolve) => {
    const source = relay.source;
    const descriptor = koffi.node.poll(lib.ferry_upload_fd(address), { readable: true }, look);
    let isOver = false;
    // A run that was stopped or paused asks for no more bytes.
    let mayAsk = !isPausing;
    const goOn = () => {
      if (!isOver) descriptor.start({ readable: true }, look);
    };
    relay.poll = () => {
      mayAsk = false;
      goOn();
    };
    watch.onStop(relay.poll);

    function look() {
      // Polling may ask for bytes, which have to be there then.
      if (source !== undefined && mayAsk && !source.isReady) {
        descriptor.stop();
        watch.waitFor(source.wait()).then(goOn);
        return;
      }
      if (isOver || lib.ferry_upload_poll(address, null) === FERRY_NOT_READY) return;
      isOver = true;
      relay.poll = undefined;
      descriptor.stop();
      descriptor.close();
      resolve();
    }
  });
}

/**
 * The result of a started upload that is over.
 * @param {bigint} address
 * @returns {Failure | undefined}
 */
function finished(address) {
  /** @type {[bigint | null]} */
  const error = [null];
  const status = lib.ferry_upload_finish(address, error);
  return status === FERRY_OK ? undefined : failureOf(status, error[0]);
}
