// How a client connects.

import { isMainThread } from "node:worker_threads";

import * as abi from "./abi.js";
import { MOST_32, callable, count, optionalPath, optionalText, whole, word } from "./call.js";
import { invalidArgument } from "./errors.js";
import { struct } from "./library.js";
import { known } from "./names.js";
import { Relay, onEvent } from "./relay.js";

/** @import { Path } from "./call.js" */
/** @import { Event } from "./event.js" */
/** @import { Names } from "./names.js" */

const TRUST = { public: abi.FERRY_TRUST_PUBLIC, system: abi.FERRY_TRUST_SYSTEM };
const MANNERS = { fair: abi.FERRY_MANNERS_FAIR, background: abi.FERRY_MANNERS_BACKGROUND };

/**
 * How a client connects. Times are in milliseconds; of these only `deadlineMs` ends a transfer that moves.
 * @typedef {object} Connection
 * @property {number} [connectTimeoutMs] To find the host, to reach it and for the TLS handshake. Default:
 *  10,000.
 * @property {number} [stallTimeoutMs] Without a byte sent or received. Default: 120,000.
 * @property {number} [deadlineMs] For a whole call, all retries included. Default: none.
 * @property {number} [maxRetries] Further attempts of one request or part; 0: none. Default: 10.
 * @property {string} [proxy] Such as "http://user:password@proxy.example.com:3128". "environment" takes
 *  http_proxy, HTTPS_PROXY, ALL_PROXY and NO_PROXY when the client is made, as curl does. Default: none.
 * @property {Path} [caFile] A PEM file of certificates to trust in addition.
 * @property {string} [userAgent] Default: ferry/VERSION.
 * @property {"public" | "system"} [trust] Who may sign certificates: the public authorities, which are built
 *  in, or those of the system's store. Default: "public".
 * @property {"fair" | "background"} [manners] "background": what is sent yields to other traffic. Default:
 *  "fair".
 * @property {number} [bytesPerSecond] The most of all calls of the client together, there and back. Default:
 *  no limit.
 * @property {string} [congestion] How the kernel controls congestion, such as "bbr". Default: as the system
 *  does.
 * @property {(event: Event) => unknown} [onEvent] Is given an Event for each attempt of each request, each
 *  connection, each retry, each restart of an upload and each change of the number of parts sent at once.
 *  What it throws is no failure of a call, but an uncaught exception.
 */

/** @type {Names<Connection>} */
const CONNECTION = {
  connectTimeoutMs: true,
  stallTimeoutMs: true,
  deadlineMs: true,
  maxRetries: true,
  proxy: true,
  caFile: true,
  userAgent: true,
  trust: true,
  manners: true,
  bytesPerSecond: true,
  congestion: true,
  onEvent: true,
};

/**
 * The struct, and the relay of its events.
 * @internal
 * @param {Connection} [given]
 */
export function connectionOptions(given = {}) {
  const connection = known(CONNECTION, given, "connection");
  const { maxRetries, onEvent: listener } = connection;
  const retries = maxRetries === undefined ? 0 : whole("maxRetries", maxRetries, MOST_32 - 1);
  callable("onEvent", listener);
  // A call waits until this thread has run it, and so would the end of a worker, for ever.
  if (listener !== undefined && !isMainThread)
    throw invalidArgument("onEvent is for the main thread: it cannot be told in a worker");
  const fields = {
    connect_timeout_ms: count("connectTimeoutMs", connection.connectTimeoutMs, MOST_32),
    stall_timeout_ms: count("stallTimeoutMs", connection.stallTimeoutMs, MOST_32),
    deadline_ms: count("deadlineMs", connection.deadlineMs, MOST_32),
    max_retries: maxRetries === 0 ? abi.FERRY_NO_RETRIES : retries,
    proxy: optionalText("proxy", connection.proxy),
    ca_file: optionalPath("caFile", connection.caFile),
    user_agent: optionalText("userAgent", connection.userAgent),
    trust: word("trust", TRUST, connection.trust),
    manners: word("manners", MANNERS, connection.manners),
    bytes_per_second: count("bytesPerSecond", connection.bytesPerSecond),
    congestion: optionalText("congestion", connection.congestion),
  };
  const relay = listener === undefined ? undefined : new Relay();
  if (relay !== undefined) relay.onEvent = listener;
  const events = relay === undefined ? {} : { on_event: onEvent, event_data: relay.id };
  return { options: struct("ferry_connection_options", { ...fields, ...events }), relay };
}
