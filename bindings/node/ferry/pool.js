// Threads for calls that block. Node's own few threads, which files and names need, are not used for them: a
// call may wait for minutes.

import { Worker } from "node:worker_threads";

import { internal, interrupted, invalidState } from "./errors.js";
import { underWay } from "./exit.js";
import { lib } from "./library.js";
import { Watch } from "./watch.js";

/** @import { Failure } from "./errors.js" */
/** @import { Handle } from "./handle.js" */
/** @import { Source } from "./source.js" */
/** @import { FunctionName } from "./library.js" */

/**
 * A call: its function takes these arguments, after the first one a callback and its data if bytes are
 * transferred, then the options if there are some, the result if there is one, and `ferry_error **`.
 * @typedef {object} Task
 * @property {FunctionName} name
 * @property {unknown[]} given
 * @property {"read" | "write"} [transfer]
 * @property {Record<string, any>} [options]
 * @property {boolean} isWatched
 * @property {boolean} isReported
 * @property {"handle" | "json" | "text" | "bytes" | "response" | "length"} [out]
 * @property {FunctionName} [free] frees a result that is a handle
 */

/** @typedef {{ result?: any, failure?: Failure, thrown?: unknown }} Answer */

/** @typedef {(piece: Uint8Array) => Promise<void>} Write */

/** How many calls block at once; the others wait. */
const MOST = 32;

/** How many threads begin at once. */
const AT_ONCE = 4;

/** How many threads are kept without a call. */
const KEPT = 4;

/** Bytes that a stream hands over at a time. */
const PIECE = 256 * 1024;

/** What a thread waits for, in its Int32Array: whether to end; whether a question is answered, and how. */
const [STOP, ANSWERED, ANSWER] = [0, 1, 2];

class Thread {
  #worker;
  #control;
  #data;
  /** @type {((answer: Answer) => void) | undefined} */
  #resolve;
  /** @type {{ watch: Watch, source?: Source, write?: Write } | undefined} */
  #call;
  /** @type {(() => void) | undefined} refuses what the thread asks for */
  #refuse;
  isAlive = true;

  constructor() {
    const control = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
    const data = new SharedArrayBuffer(PIECE);
    this.#control = new Int32Array(control);
    this.#data = new Uint8Array(data);
    this.#worker = new Worker(new URL("thread.js", import.meta.url), {
      name: "ferry",
      execArgv: [],
      workerData: { control, data },
    });
    const begun = new Promise((resolve, reject) => {
      this.#worker.once("message", resolve);
      this.#worker.once("error", reject);
      this.#worker.once("exit", () => reject(internal("a thread for calls did not begin")));
    });
    /** Until it can make calls; without a call it does not keep the process. */
    this.begun = begun.then(() => this.#worker.unref());
    this.#worker.on("message", (message) => this.#heard(message));
    this.#worker.on("error", (error) => this.#end({ thrown: error }));
    this.#worker.on("exit", () => {
      this.isAlive = false;
      this.#end({ thrown: internal("the thread of the call has ended") });
    });
  }

  /**
   * @param {Task} task
   * @param {{ watch: Watch, source?: Source, write?: Write }} call
   * @returns {Promise<Answer>}
   */
  async run(task, call) {
    this.#call = call;
    Atomics.store(this.#control, STOP, 0);
    call.watch.onStop(() => {
      if (this.#call !== call) return;
      Atomics.store(this.#control, STOP, 1);
      this.#refuse?.();
    });
    this.#worker.ref();
    try {
      return await new Promise((resolve) => {
        this.#resolve = resolve;
        this.#worker.postMessage(task);
      });
    } finally {
      this.#worker.unref();
    }
  }

  /** @param {{ answer?: Answer, progress?: any, wanted?: number, piece?: Uint8Array }} message */
  #heard({ answer, progress, wanted, piece }) {
    const call = this.#call;
    if (answer !== undefined) this.#end(answer);
    else if (call === undefined) return;
    else if (progress !== undefined) call.watch.tell(call.watch.progress, progress);
    else if (wanted !== undefined) this.#ask(call.watch, -1, call.source?.wait(), () => this.#take(wanted));
    else if (piece !== undefined) this.#ask(call.watch, 1, call.write?.(piece), () => 0);
  }

  /** @param {number} wanted */
  #take(wanted) {
    return this.#call?.source?.take(this.#data.subarray(0, wanted)) ?? -1;
  }

  /**
   * Answers a question of the thread when something is ready; with a refusal if that fails or the call is to
   * end.
   * @param {Watch} watch
   * @param {number} refusal
   * @param {Promise<void> | undefined} ready
   * @param {() => number} answer
   */
  #ask(watch, refusal, ready, answer) {
    let isOpen = true;
    const reply = (/** @type {number} */ value) => {
      isOpen = false;
      this.#refuse = undefined;
      Atomics.store(this.#control, ANSWER, value);
      Atomics.store(this.#control, ANSWERED, 1);
      Atomics.notify(this.#control, ANSWERED);
    };
    const whenReady = () => {
      if (isOpen) reply(answer());
    };
    this.#refuse = () => reply(refusal);
    if (watch.isStopped) return reply(refusal);
    if (ready === undefined) return;
    // To fail is to stop, and so to refuse.
    const failed = (/** @type {unknown} */ error) => isOpen && watch.fail(error);
    watch.waitFor(ready).then(whenReady).catch(failed);
  }

  /** @param {Answer} answer */
  #end(answer) {
    this.#call = undefined;
    this.#refuse = undefined;
    this.#resolve?.(answer);
    this.#resolve = undefined;
  }

  end() {
    this.#worker.terminate();
  }
}

/** @type {Thread[]} */
const idle = [];
/** @type {{ resolve: (thread: Thread) => void, reject: (error: unknown) => void }[]} */
const waiting = [];
let threads = 0;
let beginning = 0;

/** Begins threads for the calls that wait. Calls are often short, and to begin a thread takes longer. */
function grow() {
  while (beginning < Math.min(AT_ONCE, waiting.length) && threads < MOST) begin(new Thread());
}

/** @param {Thread} thread */
async function begin(thread) {
  threads += 1;
  beginning += 1;
  underWay.add(thread);
  try {
    await thread.begun;
    giveBack(thread);
  } catch (error) {
    threads -= 1;
    for (const { reject } of waiting.splice(0)) reject(error);
  } finally {
    beginning -= 1;
    underWay.delete(thread);
  }
  grow();
}

/**
 * @param {Watch} watch
 * @returns {Promise<Thread>}
 */
async function borrowed(watch) {
  const thread = idle.pop();
  if (thread !== undefined) return thread;
  return new Promise((resolve, reject) => {
    const turn = { resolve, reject };
    waiting.push(turn);
    watch.onStop(() => {
      const place = waiting.indexOf(turn);
      if (place >= 0) waiting.splice(place, 1);
      reject(interrupted(watch.signal));
    });
    grow();
  });
}

/** @param {Thread} thread */
function giveBack(thread) {
  const next = thread.isAlive ? waiting.shift() : undefined;
  if (next !== undefined) next.resolve(thread);
  else if (thread.isAlive && idle.length < KEPT) idle.push(thread);
  else {
    threads -= 1;
    thread.end();
    grow();
  }
}

/**
 * Makes a call that blocks, in a thread; its result.
 * @param {Omit<Task, "isWatched" | "isReported">} task
 * @param {{ signal?: AbortSignal, progress?: (it: any) => unknown }} watched
 * @param {object} [more]
 * @param {(Handle | undefined)[]} [more.handles] what the call uses
 * @param {Source} [more.source] where the bytes come from
 * @param {Write} [more.write] where they go
 * @param {Uint8Array} [more.bytes] whose address the call is given
 * @param {number} [more.deadlineMs] how long it may take, where bytes are transferred
 */
export async function call(task, watched, { handles = [], source, write, bytes, deadlineMs } = {}) {
  const used = handles.filter((it) => it !== undefined);
  if (used.some((it) => it.isClosed)) throw invalidState("the object is closed");
  const watch = new Watch(watched);
  const loan = { bytes, used };
  underWay.add(loan);
  for (const handle of used) handle.use();
  try {
    const thread = await borrowed(watch);
    /** @type {Answer} */
    let answer = {};
    try {
      const whole = { ...task, isWatched: watch.isNeeded, isReported: watch.progress !== undefined };
      watch.begin(deadlineMs);
      answer = await thread.run(whole, { watch, source, write });
    } finally {
      giveBack(thread);
    }
    if (answer.thrown !== undefined) watch.fail(answer.thrown);
    try {
      watch.end(answer.failure);
    } catch (error) {
      // A callback may throw at the end of a call that has made something.
      if (task.free !== undefined && answer.result !== undefined) lib[task.free](answer.result);
      throw error;
    }
    return task.out === "json" ? JSON.parse(answer.result) : answer.result;
  } finally {
    for (const handle of used) handle.done();
    underWay.delete(loan);
  }
}
