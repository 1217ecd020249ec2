// What the library hands out and this program has to free.

import { invalidState } from "./errors.js";
import { lib } from "./library.js";

/** @import { FunctionName } from "./library.js" */

/** @typedef {{ free: FunctionName, address: bigint }} Held */

/** Frees what was forgotten. */
const forgotten = new FinalizationRegistry((/** @type {Held} */ { free, address }) => lib[free](address));

/**
 * An object of the library. It is freed when it is closed and no call uses it, or with its last reference.
 */
export class Handle {
  #held;
  /** @type {Handle[]} */
  #owned = [];
  #uses = 0;
  #isClosed = false;

  /**
   * @param {FunctionName} free the function that frees it
   * @param {bigint} address
   * @param {unknown} [kept] what has to live as long as it: what its callbacks need, bytes that it borrows
   */
  constructor(free, address, kept) {
    this.#held = { free, address };
    this.kept = kept;
    forgotten.register(this, this.#held, this);
  }

  /**
   * Closes another one when this one is freed.
   * @param {Owner | undefined} other
   */
  own(other) {
    if (other !== undefined) this.#owned.push(other._handle);
  }

  get address() {
    if (this.#isClosed) throw invalidState("the object is closed");
    return this.#held.address;
  }

  /** A call begins that uses it in another thread, or beyond this turn of the event loop. */
  use() {
    const address = this.address;
    this.#uses += 1;
    return address;
  }

  /** That call has ended. */
  done() {
    this.#uses -= 1;
    if (this.#isClosed && this.#uses === 0) this.#free();
  }

  get isUsed() {
    return this.#uses > 0;
  }

  get isClosed() {
    return this.#isClosed;
  }

  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#uses === 0) this.#free();
  }

  #free() {
    forgotten.unregister(this);
    lib[this.#held.free](this.#held.address);
    this.kept = undefined;
    for (const it of this.#owned) it.close();
  }
}

/** The base of the public classes that own an object of the library. */
export class Owner {
  /**
   * @internal
   * @type {Handle}
   */
  _handle;

  /**
   * @internal
   * @param {Handle} handle
   */
  constructor(handle) {
    this._handle = handle;
    Object.defineProperty(this, "_handle", { enumerable: false });
  }

  /** Frees it, once no call uses it any more. What is never closed is freed by the garbage collector. */
  close() {
    this._handle.close();
  }

  [Symbol.dispose]() {
    this.close();
  }
}
