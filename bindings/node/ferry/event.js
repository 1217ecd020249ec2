// Events: what a call tells of its requests, connections and retries while it runs.

import koffi from "koffi";

import { lib } from "./library.js";

/**
 * Something that has happened in a call. What does not apply to its kind is 0 or "". No field holds a secret.
 * Times are in microseconds.
 * @typedef {object} Event
 * @property {string} kind "attempt", "connection", "retry", "restart", "concurrency", or "unknown".
 * @property {string} status "FERRY_OK", or what failed.
 * @property {number} httpStatus 0 if there was no answer.
 * @property {number} attempt Which attempt it was, or has failed: 1, 2, …
 * @property {number} part The part that it was for, from 1; 0 if for none.
 * @property {number} concurrency Of a change: how many parts or files are sent at once from now on.
 * @property {number} waitMs Of a retry: the pause.
 * @property {boolean} reused Of an attempt: whether it went over a connection that was open.
 * @property {string} step
 * @property {string} method
 * @property {string} url As errors show it.
 * @property {string} remote Where the bytes went, as "192.0.2.1:443": a proxy, if there is one.
 * @property {string} requestId What the service calls the request.
 * @property {string} message What failed.
 * @property {Date} time When it happened or ended.
 * @property {number} nameUs The look-up of the host's name.
 * @property {number} connectUs
 * @property {number} tlsUs
 * @property {number} firstByteUs From the beginning to the first byte of the answer.
 * @property {number} wholeUs
 * @property {number} bytesSent
 * @property {number} bytesReceived
 */

/**
 * @internal
 * @param {bigint} address a `const ferry_event *`
 * @returns {Event}
 */
export function eventAt(address) {
  const told = koffi.decode(address, "ferry_event");
  return {
    kind: lib.ferry_event_kind_name(told.kind),
    status: lib.ferry_status_name(told.status),
    httpStatus: told.http_status,
    attempt: told.attempt,
    part: told.part,
    concurrency: told.concurrency,
    waitMs: told.wait_ms,
    reused: told.reused !== 0,
    step: told.step,
    method: told.method,
    url: told.url,
    remote: told.remote,
    requestId: told.request_id,
    message: told.message,
    time: new Date(Number(told.time_us) / 1000),
    nameUs: Number(told.name_us),
    connectUs: Number(told.connect_us),
    tlsUs: Number(told.tls_us),
    firstByteUs: Number(told.first_byte_us),
    wholeUs: Number(told.whole_us),
    bytesSent: Number(told.bytes_sent),
    bytesReceived: Number(told.bytes_received),
  };
}
