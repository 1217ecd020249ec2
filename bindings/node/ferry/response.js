// What a service answered to a request that has no method of its own.

import { malformed } from "./errors.js";

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A response. */
export class Response {
  #body;

  /**
   * @internal
   * @param {{ status: number, headers: [string, string][], body: Uint8Array, url: string }} told
   */
  constructor({ status, headers, body, url }) {
    /** The HTTP status, such as 200. */
    this.status = status;
    /**
     * The headers. A value has a character for each byte, as with fetch(): Buffer.from(value, "latin1") has
     * its bytes, which are UTF-8. What was not UTF-8 is U+FFFD.
     * @type {globalThis.Headers}
     */
    this.headers = new Headers(headers.map(([name, value]) => [name, Buffer.from(value).toString("latin1")]));
    /** The URL of the request as errors show it. */
    this.url = url;
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  /** The body. */
  get body() {
    return this.#body;
  }

  /** The body as UTF-8. */
  text() {
    return this.#body.toString();
  }

  /**
   * The body as JSON; null if it is empty. FERRY_PROTOCOL if it is anything else.
   * @returns {any}
   */
  json() {
    if (this.#body.length === 0) return null;
    try {
      return JSON.parse(UTF_8.decode(this.#body));
    } catch {
      throw malformed(`${this.url}: the answer is not JSON`);
    }
  }
}
