// Leads callbacks of the library, which run in this thread while an upload is polled, to the run under way;
// and events, which come from any call of a client.

import koffi from "koffi";

import { FerryError, borrowed, statusOf } from "./errors.js";
import { eventAt } from "./event.js";
import { memoryAt } from "./library.js";
import { progressAt } from "./progress.js";

/** @import { Event } from "./event.js" */
/** @import { Source } from "./source.js" */
/** @import { Watch } from "./watch.js" */

/**
 * By the number that the library gives to callbacks as their user data. Not held here: what the caller's
 * functions refer to may hold the very object that they are of.
 * @type {Map<bigint, WeakRef<Relay>>}
 */
const relays = new Map();

const gone = new FinalizationRegistry((/** @type {bigint} */ id) => relays.delete(id));

let last = 0n;

/** What the callbacks of an upload have, or those of a client, for all its life. Its handle keeps it. */
export class Relay {
  /** @type {Watch | undefined} the run under way */
  watch;
  /** @type {Source | undefined} */
  source;
  /** @type {(() => void) | undefined} polls the run under way, whether or not the source is ready */
  poll;
  /** @type {number | undefined} how long a run may take */
  deadlineMs;
  /** @type {((index: number, path: string, error: FerryError | undefined) => unknown) | undefined} */
  onItem;
  /** @type {((event: Event) => unknown) | undefined} */
  onEvent;

  constructor() {
    last += 1n;
    this.id = last;
    relays.set(this.id, new WeakRef(this));
    gone.register(this, this.id);
  }

  get isStopped() {
    return this.watch?.isStopped ? 1 : 0;
  }
}

/** @param {string} type @param {(...given: any[]) => number | void} function_ */
function callback(type, function_) {
  return koffi.register(function_, koffi.pointer(koffi.type(type)));
}

export const onProgress = callback(
  "ferry_progress_fn",
  (/** @type {bigint} */ report, /** @type {bigint} */ id) => {
    const relay = relays.get(id)?.deref();
    const watch = relay?.watch;
    if (watch?.progress !== undefined) watch.tell(watch.progress, progressAt(report));
    return relay?.isStopped ?? 0;
  },
);

export const onItem = callback("ferry_item_fn", (index, path, _filelink, error, /** @type {bigint} */ id) => {
  const relay = relays.get(id)?.deref();
  const failed = error === null ? undefined : new FerryError(borrowed(statusOf(error), error));
  relay?.watch?.tell(relay.onItem, Number(index), path, failed);
  return relay?.isStopped ?? 0;
});

export const onRead = callback(
  "ferry_read_fn",
  (/** @type {bigint} */ buffer, /** @type {number} */ capacity, /** @type {bigint} */ id) => {
    const relay = relays.get(id)?.deref();
    try {
      const source = relay?.isStopped === 0 ? relay.source : undefined;
      return source?.isReady ? source.take(memoryAt(buffer, Number(capacity))) : -1;
    } catch (error) {
      relay?.watch?.fail(error);
      return -1;
    }
  },
);

export const onEvent = callback("ferry_event_fn", (/** @type {bigint} */ event, /** @type {bigint} */ id) => {
  const relay = relays.get(id)?.deref();
  try {
    relay?.onEvent?.(eventAt(event));
  } catch (error) {
    // It is no failure of the call that it tells of.
    queueMicrotask(() => {
      throw error;
    });
  }
});
