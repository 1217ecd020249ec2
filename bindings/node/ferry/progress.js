// How far a call has come, and what is told of it.

import koffi from "koffi";

/**
 * How far a call has come. Reported at once, then two to ten times a second, and at the end.
 * @typedef {object} Progress
 * @property {number} bytesDone Never goes down during a call; bytesTotal only when everything is confirmed.
 *  While a stream of unknown size is read, the bytes read; it begins again at 0 when the size is known.
 * @property {number} bytesTotal 0 while it is not known.
 * @property {number} partsDone Parts confirmed by the storage.
 * @property {number} partsTotal
 * @property {number} retries Requests that had to be tried again.
 * @property {number} bytesPerSecond Over the last five seconds.
 * @property {number | undefined} secondsLeft At that rate; undefined while it is not known.
 * @property {number} filesDone Files of a batch that are stored.
 * @property {number} filesTotal 0 outside of a batch.
 */

/**
 * Is given each report. What it throws interrupts the call, which throws it; false as its answer interrupts
 * the call too. The call does not wait for a promise, but heeds it in the same way while it lasts.
 * @typedef {(progress: Progress) => unknown} ProgressListener
 */

/**
 * @internal
 * @param {bigint} report a `const ferry_progress *`
 * @returns {Progress}
 */
export function progressAt(report) {
  const told = koffi.decode(report, "ferry_progress");
  return {
    bytesDone: Number(told.bytes_done),
    bytesTotal: Number(told.bytes_total),
    partsDone: told.parts_done,
    partsTotal: told.parts_total,
    retries: told.retries,
    bytesPerSecond: Number(told.bytes_per_second),
    secondsLeft: told.seconds_left < 0 ? undefined : told.seconds_left,
    filesDone: told.files_done,
    filesTotal: told.files_total,
  };
}
