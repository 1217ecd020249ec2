// Stored files and what becomes of them: Filelink and Transformation. Each makes the other: a task of a
// Filelink begins a Transformation, which stores a Filelink.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

import koffi from "koffi";

import { AudioVisual } from "./av.js";
import { check, fixed, flag, json, list, made, ownedJson, ownedText, path, text } from "./call.js";
import { Contents } from "./contents.js";
import { Handle } from "./handle.js";
import { lib, struct } from "./library.js";
import { CALL, STORAGE, common, kept, requestOptions, signing, storage } from "./options.js";
import { plain, sourceText, wire } from "./parameters.js";
import { call } from "./pool.js";
import { copied, isStream } from "./source.js";

/** @import { Account } from "./account.js" */
/** @import { Path } from "./call.js" */
/** @import { Names } from "./names.js" */
/** @import { CallOptions, StorageOptions } from "./options.js" */
/** @import { Security } from "./policy.js" */
/** @import { ByteStream } from "./source.js" */
/** @import { Stored } from "./tasks.js" */
/** @import { FunctionName } from "./library.js" */

/**
 * What the service knows of a file: what was asked for, or what it chooses.
 * @typedef {{ filename?: string, mimetype?: string, size?: number, width?: number, height?: number,
 *     uploaded?: number, writeable?: boolean, location?: string, container?: string, path?: string,
 *     key?: string, md5?: string, sha256?: string, [other: string]: any }} Metadata
 */

/**
 * Where and how a result is stored.
 * @typedef {StorageOptions & { base64decode?: boolean } & CallOptions} StoreOptions
 */

/** @type {Names<StoreOptions>} */
const STORE = { ...CALL, ...STORAGE, base64decode: true };

/** @type {Names<{ keepStored?: boolean } & CallOptions>} */
const DELETE = { ...CALL, keepStored: true };

/** @type {Names<{ base64decode?: boolean } & CallOptions>} */
const OVERWRITE_URL = { ...CALL, base64decode: true };

/**
 * What Filelink and Transformation have in common: a file, or what becomes of it.
 * @extends {Contents<Transformation, AudioVisual>}
 */
class Chain extends Contents {
  /**
   * @internal
   * @type {Account}
   */
  _account;
  #security;

  /**
   * @internal
   * @param {Account} account
   * @param {Security | undefined} security that of kept(), as below; undefined: the client's
   * @param {Handle} handle
   */
  constructor(account, security, handle) {
    super(handle);
    handle.kept = account;
    handle.own(security);
    this._account = account;
    this.#security = security;
    Object.defineProperty(this, "_account", { enumerable: false });
  }

  /** @internal @override */
  get _security() {
    return this.#security;
  }

  /** @internal @override */
  get _deadlineMs() {
    return this._account.deadlineMs;
  }

  /**
   * The chain that a task is added to.
   * @internal
   * @returns {Transformation}
   */
  _start() {
    throw new Error("a Filelink or a Transformation has it");
  }

  /**
   * A chain of its own.
   * @internal
   * @returns {Transformation}
   */
  _fork() {
    throw new Error("a Filelink or a Transformation has it");
  }

  /**
   * Adds any task that the library knows by its name; the chain.
   * @param {string} task
   * @param {string | Record<string, unknown>} [parameters] by the service's names, or as in a URL,
   * "width:500,align:[top,left]", but not percent-encoded
   * @returns {Transformation}
   */
  add(task, parameters) {
    const chain = this._start();
    const address = chain._handle.address;
    if (typeof parameters === "string") {
      check("ferry_transform_add", address, text("task", task), text("parameters", parameters));
    } else {
      check("ferry_transform_add_json", address, text("task", task), json("parameters", plain(parameters)));
    }
    return chain;
  }

  /**
   * Adds an element of the URL as it is, "new_task=k:v", unchecked, for what this version does not know; the
   * chain.
   * @param {string} element
   * @returns {Transformation}
   */
  raw(element) {
    const chain = this._start();
    check("ferry_transform_add_raw", chain._handle.address, text("element", element));
    return chain;
  }

  /**
   * @internal
   * @override
   * @param {string} task
   * @param {Record<string, any>} parameters
   */
  _add(task, parameters) {
    return this.add(task, wire(parameters));
  }

  /**
   * @internal
   * @override
   * @param {string} task
   * @param {Record<string, any>} parameters
   * @param {CallOptions} [options]
   */
  async _answer(task, parameters, options) {
    const chain = this._fork();
    try {
      return await chain._add(task, parameters).json(options);
    } finally {
      chain.close();
    }
  }

  /**
   * @internal
   * @override
   * @param {Record<string, any>} parameters
   * @param {CallOptions} [options]
   */
  async _convert(parameters, options = {}) {
    const own = this._with(options);
    const security = kept(own.security);
    const chain = this._start();
    const given = [chain._handle.address, json("parameters", plain(wire(parameters)))];
    const name = /** @type {const} */ ("ferry_transform_av_convert");
    const task = { name, given, out: HANDLE, free: /** @type {const} */ ("ferry_av_free") };
    const address = await call({ ...task, options: requestOptions(own) }, own, chain._used(own));
    return new AudioVisual(this._account, security, new Handle("ferry_av_free", address));
  }

  /**
   * Stores the result as a new file. The request is not repeated once it may have arrived, or there would be
   * two.
   * @param {StoreOptions} [options]
   * @returns {Promise<Filelink>}
   */
  async store(options = {}) {
    const own = this._with(options, STORE);
    const security = kept(own.security);
    const fields = struct("ferry_store_options", {
      ...common(own),
      ...storage(own),
      base64decode: flag("base64decode", own.base64decode),
    });
    const chain = this._start();
    const task = {
      name: /** @type {const} */ ("ferry_transform_store"),
      given: [chain._handle.address],
      out: HANDLE,
      free: /** @type {const} */ ("ferry_filelink_free"),
    };
    const address = await call({ ...task, options: fields }, own, chain._used(own));
    return Filelink._made(this._account, security, address);
  }
}

const HANDLE = /** @type {const} */ ("handle");

/** A file in the cloud. An upload gives one; from a handle Client.filelink() makes one. */
export class Filelink extends Chain {
  /**
   * @internal
   * @param {Account} account
   * @param {Security | undefined} security
   * @param {bigint} address
   */
  static _made(account, security, address) {
    return new Filelink(account, security, new Handle("ferry_filelink_free", address));
  }

  /** @internal @override */
  get _functions() {
    return FILELINK;
  }

  /** @internal @override */
  _start() {
    return Transformation._of(this._account, kept(this._security), this);
  }

  /** @internal @override */
  _fork() {
    return this._start();
  }

  /**
   * The last element of the URL.
   * @returns {string}
   */
  get handle() {
    return lib.ferry_filelink_handle(this._handle.address);
  }

  /**
   * The address, never signed.
   * @returns {string}
   */
  get url() {
    return lib.ferry_filelink_url(this._handle.address);
  }

  /**
   * What the service said when the file was stored; of a Filelink made from a handle, only that.
   * @returns {Record<string, any>}
   */
  get answer() {
    return ownedJson("ferry_filelink_answer", this._handle.address);
  }

  /**
   * The address with a policy and its signature: those given, or the Filelink's own.
   * @param {Security} [security]
   */
  signedUrl(security = this._security) {
    return ownedText("ferry_filelink_signed_url", this._handle.address, signing(security));
  }

  /**
   * What the service knows of the file.
   * @param {readonly string[]} [attributes] such as ["size", "filename", "md5"]; default: as the service
   * chooses
   * @param {CallOptions} [options]
   * @returns {Promise<Metadata>}
   */
  async metadata(attributes = [], options = {}) {
    const own = this._with(options);
    const names = list("attributes", attributes).map((it) => text("attributes", it));
    const given = [this._handle.address, names.join(",") || null];
    const task = { name: /** @type {const} */ ("ferry_filelink_metadata"), given };
    return call({ ...task, options: requestOptions(own), out: "json" }, own, this._used(own));
  }

  /**
   * Deletes the file, which needs a security.
   * @param {{ keepStored?: boolean } & CallOptions} [options] keepStored: only the handle goes, and the
   * object stays in the storage
   * @returns {Promise<void>}
   */
  async delete(options = {}) {
    const own = this._with(options, DELETE);
    const given = [this._handle.address, flag("keepStored", own.keepStored)];
    const task = { name: /** @type {const} */ ("ferry_filelink_delete"), given };
    await call({ ...task, options: requestOptions(own) }, own, this._used(own));
  }

  /**
   * Replaces the bytes of the file, which needs a security; its name and type stay. A stream is copied to a
   * temporary file first.
   * @param {Path | Uint8Array | ByteStream} source a path, bytes or a stream
   * @param {CallOptions} [options]
   * @returns {Promise<void>}
   */
  async overwrite(source, options = {}) {
    const own = this._with(options);
    requestOptions(own); // refused before the stream is read
    if (!(source instanceof Uint8Array) && isStream(source)) {
      const folder = await mkdtemp(join(tmpdir(), "ferry-"));
      try {
        const file = join(folder, "file");
        const deadlineMs = await copied(source, file, own.signal, own.deadlineMs || this._deadlineMs);
        return await this.overwrite(file, { ...own, deadlineMs });
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    const isBytes = source instanceof Uint8Array;
    const given = isBytes
      ? [koffi.address(fixed("source", source)), source.length]
      : [path("source", source)];
    const name = isBytes ? "ferry_filelink_overwrite_bytes" : "ferry_filelink_overwrite_file";
    await this.#overwrite(name, given, own, isBytes ? source : undefined);
  }

  /**
   * Replaces the bytes of the file by what the service finds at a URL.
   * @param {string} url
   * @param {{ base64decode?: boolean } & CallOptions} [options] base64decode: whether it is base64 text, to
   * be stored decoded
   * @returns {Promise<void>}
   */
  async overwriteUrl(url, options = {}) {
    const own = this._with(options, OVERWRITE_URL);
    const given = [text("url", url), flag("base64decode", own.base64decode)];
    await this.#overwrite("ferry_filelink_overwrite_url", given, own);
  }

  /**
   * @param {FunctionName} name
   * @param {unknown[]} inputs
   * @param {CallOptions} options those of _with()
   * @param {Uint8Array} [bytes]
   */
  async #overwrite(name, inputs, options, bytes) {
    const task = { name, given: [this._handle.address, ...inputs], options: requestOptions(options) };
    await call(task, options, { ...this._used(options), bytes });
  }

  toJSON() {
    return this.handle;
  }

  /** @override */
  toString() {
    return this.url;
  }

  /** What console.log() shows. */
  [inspect.custom]() {
    return this._handle.isClosed ? "Filelink (closed)" : `Filelink ${this.handle}`;
  }
}

const FILELINK = /** @type {const} */ ({
  download: "ferry_filelink_download",
  content: "ferry_filelink_content",
  stream: "ferry_filelink_stream",
});

/**
 * What a chain begins with: a Filelink or a handle, an http or https URL, or a storage alias
 * "src://alias/path".
 * @typedef {Stored} ChainSource
 */

/**
 * A file, or several, and what is done to it, task after task. Building it sends nothing. The method of a
 * task adds it to this chain and returns the chain; copy() makes another one, to go on in two directions. A
 * task that answers with JSON, such as tags(), runs a copy with that task at its end.
 */
export class Transformation extends Chain {
  /**
   * @internal
   * @param {Account} account
   * @param {Security | undefined} security
   * @param {ChainSource | readonly ChainSource[]} source
   */
  static _of(account, security, source) {
    const client = account.handle.address;
    const address = Array.isArray(source)
      ? made("ferry_transform_new_list", client, source.map(sourceText), source.length)
      : made("ferry_transform_new", client, sourceText(/** @type {ChainSource} */ (source)));
    return Transformation._made(account, security, address);
  }

  /**
   * @internal
   * @param {Account} account
   * @param {Security | undefined} security
   * @param {bigint} address
   */
  static _made(account, security, address) {
    return new Transformation(account, security, new Handle("ferry_transform_free", address));
  }

  /** @internal @override */
  get _functions() {
    return TRANSFORM;
  }

  /** @internal @override */
  _start() {
    return this;
  }

  /** @internal @override */
  _fork() {
    return this.copy();
  }

  /** A chain of its own that is the same so far. */
  copy() {
    return Transformation._made(
      this._account,
      kept(this._security),
      made("ferry_transform_clone", this._handle.address),
    );
  }

  /**
   * Puts the API key into the URL even if the source is a handle; the chain.
   * @param {boolean} [always]
   */
  withApikey(always = true) {
    lib.ferry_transform_with_apikey(this._handle.address, flag("always", always));
    return this;
  }

  /** The URL of the result, unsigned, ready to be sent by any client. */
  get url() {
    return ownedText("ferry_transform_url", this._handle.address);
  }

  /**
   * The URL with a policy and its signature: those given, or the chain's own.
   * @param {Security} [security]
   */
  signedUrl(security = this._security) {
    return ownedText("ferry_transform_signed_url", this._handle.address, signing(security));
  }

  /**
   * The URL in base64 form, for sources and values that no path can carry; signed if there is a security.
   * @param {Security} [security]
   */
  base64Url(security = this._security) {
    return ownedText("ferry_transform_base64_url", this._handle.address, signing(security));
  }

  /**
   * Runs a chain whose last task answers with JSON.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async json(options = {}) {
    const own = this._with(options);
    const task = { name: /** @type {const} */ ("ferry_transform_json"), given: [this._handle.address] };
    return call({ ...task, options: requestOptions(own), out: "json" }, own, this._used(own));
  }
}

const TRANSFORM = /** @type {const} */ ({
  download: "ferry_transform_download",
  content: "ferry_transform_content",
  stream: "ferry_transform_stream",
});
