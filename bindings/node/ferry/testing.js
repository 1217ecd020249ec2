// For your own tests: the local cloud, both services on this machine, without an account.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { CLIENT, Client } from "./client.js";
import { known } from "./names.js";
import { Security } from "./policy.js";
import { TELESTREAM, Telestream } from "./telestream.js";

/** @import { ClientOptions } from "./client.js" */
/** @import { Names } from "./names.js" */
/** @import { TelestreamOptions } from "./telestream.js" */

/** In a clone of Ferry. */
const INSTALL = "cargo install --locked --path tests/localcloud";

/**
 * How long the program may take to start and to end, in milliseconds. It needs a few hundredths of a second.
 */
const PATIENCE = 30_000;

/**
 * A rule by which requests go wrong; the README of the local cloud lists classes and actions.
 * @typedef {object} Fault
 * @property {string} class
 * @property {Record<string, any>} action
 * @property {Record<string, any>} [match]
 * @property {number} [skip] How many matching requests pass first.
 * @property {number} [times] How often it acts. Default: without end.
 * @property {number} [probability] Of each matching request. Default: 1.
 */

/** @typedef {Fault & { seen: number, fired: number }} CountedFault */

/**
 * A request that the cloud has had. `status` is null while there is no answer.
 * @typedef {{ class: string, method: string, path: string, part: number | null, size: number | null,
 *     status: number | null, received: number, fault: boolean, headers: Record<string, any>, body: any,
 *     [other: string]: any }} Request
 */

/**
 * A file that is stored.
 * @typedef {{ handle: string, filename: string, mimetype: string, size: number, md5: string | null,
 *     sha256: string | null, location: string, container: string | null, key: string | null }} StoredFile
 */

/**
 * @typedef {object} LocalCloudOptions
 * @property {string} [appSecret] Calls need a policy that is signed with it; client() signs then.
 * @property {readonly string[]} [flags] Further ones of the program, such as ["--polls", "1"].
 * @property {string} [program] Its path. Default: what FERRY_LOCALCLOUD names, else what is found in PATH.
 */

/** @type {Names<LocalCloudOptions>} */
const LOCAL_CLOUD = { appSecret: true, flags: true, program: true };

/** @typedef {{ http: string, https: string | null, ca: string | null, [other: string]: any }} Addresses */

/**
 * The local cloud, as a process of its own on a free port. It ends with close(), and with this process,
 * however that ends. What it stores is removed then.
 */
export class LocalCloud {
  #process;
  #exited;
  #appSecret;

  /**
   * Starts one that knows nothing yet.
   * @param {LocalCloudOptions} [options]
   * @returns {Promise<LocalCloud>}
   */
  static async start(options = {}) {
    const {
      appSecret,
      flags = [],
      program = process.env.FERRY_LOCALCLOUD ?? "localcloud",
    } = known(LOCAL_CLOUD, options);
    const secret = appSecret === undefined ? [] : [`--app-secret=${appSecret}`];
    // Its input is a pipe of which this process has the other end: it ends when this process has.
    const child = spawn(program, ["--exit-with-stdin", ...secret, ...flags], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const exited = new Promise((resolve) => child.once("close", resolve));
    let said = "";
    child.stderr.on("data", (/** @type {Buffer} */ data) => (said += data));
    try {
      const lines = createInterface(child.stdout);
      const ready = await Promise.race([
        new Promise((resolve) => lines.once("line", resolve)),
        exited.then(() => ""),
        new Promise((_, reject) => child.once("error", reject)),
        new Promise((resolve) => setTimeout(() => resolve(""), PATIENCE).unref()),
      ]);
      if (!ready.startsWith("{")) throw new Error(`${program} did not say that it is ready: ${ready}${said}`);
      return new LocalCloud(child, exited, JSON.parse(ready), appSecret);
    } catch (error) {
      child.kill();
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
      throw new Error(
        `there is no program ${program}: install the local cloud with \`${INSTALL}\` in a clone of Ferry, ` +
          "and have cargo's bin folder in PATH or name the program in FERRY_LOCALCLOUD",
        { cause: error },
      );
    }
  }

  /**
   * @internal
   * @param {import("node:child_process").ChildProcessWithoutNullStreams} child
   * @param {Promise<unknown>} exited
   * @param {Addresses} addresses
   * @param {string | undefined} appSecret
   */
  constructor(child, exited, addresses, appSecret) {
    this.#process = child;
    this.#exited = exited;
    this.#appSecret = appSecret;
    /** Its addresses, as it says them. */
    this.addresses = addresses;
    // It does not keep this process.
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) /** @type {any} */ (pipe).unref();
  }

  /** The address of all of it, such as "http://127.0.0.1:40123": the baseUrl of clients. */
  get url() {
    return this.addresses.http;
  }

  /** Ends the process and removes what it has stored. */
  async close() {
    this.#process.ref();
    this.#process.stdin.end();
    this.#process.kill();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), PATIENCE);
    await this.#exited;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  /**
   * A client of Filestack at this cloud. With `security` undefined among the options it signs nothing.
   * @param {ClientOptions & { apikey?: string }} [options]
   */
  client(options = {}) {
    const { apikey = "TESTKEY", ...own } = known({ apikey: true, ...CLIENT }, options);
    const day = 24 * 3600;
    const isSigned = this.#appSecret !== undefined && !("security" in options);
    const security = isSigned
      ? {
          security: new Security({ expiry: Security.expiryIn(day) }, /** @type {string} */ (this.#appSecret)),
        }
      : {};
    return new Client(apikey, { baseUrl: this.url, ...security, ...own });
  }

  /**
   * An account of Telestream at this cloud.
   * @param {TelestreamOptions} [options]
   */
  telestream(options = {}) {
    const own = known(TELESTREAM, options);
    const keys = { accessKey: "LOCAL_ACCESS_KEY", secretKey: "LOCAL_SECRET_KEY" };
    return new Telestream({
      baseUrl: this.url,
      ...(own.apikey === undefined ? keys : {}),
      ...own,
    });
  }

  /**
   * What goes wrong from now on, in place of what did; [] lets all go well.
   * @param {readonly Fault[]} faults
   * @param {{ seed?: number }} [options] for faults with a probability: the same seed chooses the same
   * requests
   */
  async setFaults(faults, options = {}) {
    const { seed } = known({ seed: true }, options);
    await this.#control("PUT", "faults", seed === undefined ? faults : { seed, rules: faults });
  }

  /**
   * The faults with their counts. A test with a fault should check that it has fired.
   * @returns {Promise<CountedFault[]>}
   */
  async faults() {
    return this.#control("GET", "faults");
  }

  /**
   * The requests since the start or forgetRequests(), oldest first: all, or those of one class, such as
   * "put".
   * @param {string} [kind]
   * @returns {Promise<Request[]>}
   */
  async requests(kind) {
    const found = await this.#control("GET", "requests");
    return kind === undefined ? found : found.filter((/** @type {Request} */ it) => it.class === kind);
  }

  /**
   * The files that are stored.
   * @returns {Promise<StoredFile[]>}
   */
  async files() {
    return this.#control("GET", "files");
  }

  /**
   * What it knows of "uploads" to Filestack, "sessions" of Telestream, "webhooks", "settings" and what was
   * "repeated".
   * @param {"uploads" | "sessions" | "webhooks" | "settings" | "repeated"} what
   * @returns {Promise<any>}
   */
  async known(what) {
    return this.#control("GET", what);
  }

  /**
   * Changes settings, such as intelligent, webhook_url and webhook_secret; the others stay.
   * @param {Record<string, unknown>} settings
   */
  async set(settings) {
    await this.#control("PUT", "settings", settings);
  }

  /**
   * Knows nothing of them from now on. Files and videos stay.
   * @param {"requests" | "uploads" | "sessions" | "webhooks"} what
   */
  async forget(what) {
    await this.#control("DELETE", what);
  }

  /**
   * @param {string} method
   * @param {string} name
   * @param {unknown} [value]
   * @returns {Promise<any>}
   */
  async #control(method, name, value) {
    const body = value === undefined ? undefined : JSON.stringify(value);
    const answer = await fetch(`${this.url}/_local/${name}`, { method, body });
    if (!answer.ok)
      throw new Error(`the local cloud refuses ${method} ${name}: ${(await answer.text()).trim()}`);
    return answer.json();
  }
}
