// What a service answered to a request that has no method of its own.

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
    /** @type {globalThis.Headers} */
    this.headers = new Headers(headers);
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
   * The body as JSON.
   * @returns {any}
   */
  json() {
    return JSON.parse(this.text());
  }
}
