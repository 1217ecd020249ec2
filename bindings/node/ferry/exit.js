// The end of the process. Node waits for its threads then, and so for calls that may go on for minutes; one
// that tells of an event would even wait for this thread. So calls under way end with the process. A thread
// that begins is no better: koffi does not bear to be stopped while it is loaded.

import { isMainThread } from "node:worker_threads";

import koffi from "koffi";

/**
 * The calls under way, with what they borrow, which the garbage collector must not see as unused; and threads
 * that begin.
 * @type {Set<object>}
 */
export const underWay = new Set();

/** @type {{ error: unknown } | undefined} */
let uncaught;

if (isMainThread) {
  const exit = koffi.load(null).func("_exit", "void", ["int"]);
  process.on("uncaughtExceptionMonitor", (error) => {
    uncaught = { error };
  });
  process.on("exit", function end(code) {
    if (underWay.size === 0) return;
    const isUncaught = code !== 0 && process.listenerCount("uncaughtException") === 0;
    let last = isUncaught ? uncaught : undefined;
    const leave = () => exit(Number(process.exitCode ?? code));
    // The listeners after this one have their turn now. A process.exit() in them ends here; Node's own waits.
    Object.assign(process, { reallyExit: leave });
    const listeners = process.rawListeners("exit");
    try {
      for (const listener of listeners.slice(listeners.indexOf(end) + 1)) listener.call(process, code);
    } catch (error) {
      last ??= { error };
      process.exitCode ||= code || 1;
    }
    // Node would say so after this.
    if (last !== undefined) console.error(last.error);
    leave();
  });
}
