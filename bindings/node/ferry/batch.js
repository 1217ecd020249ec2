// Uploads of many files.

import { callable, made, path, whole } from "./call.js";
import { FerryError, wrongType } from "./errors.js";
import { Filelink } from "./filelink.js";
import { Handle } from "./handle.js";
import { known } from "./names.js";
import { RUN, SECURITY, kept } from "./options.js";
import { Relay, onItem, onProgress } from "./relay.js";
import { Running } from "./run.js";
import { PREPARE, STORED_AS, uploadOptions } from "./upload.js";

/** @import { Account } from "./account.js" */
/** @import { Path } from "./call.js" */
/** @import { Names } from "./names.js" */
/** @import { SecurityOption } from "./options.js" */
/** @import { Security } from "./policy.js" */
/** @import { StoredAs, UploadOptions } from "./upload.js" */

/**
 * A file that is stored in another way than the others of its batch. `storePath` is what `path` is elsewhere:
 * folder or key in the storage.
 * @typedef {{ path: Path } & Omit<StoredAs, "path"> & { storePath?: string } & SecurityOption} BatchItem
 */

/**
 * What has become of a file: its Filelink, or the error that says why it is not stored, or neither if the
 * batch has not come to it.
 * @typedef {{ path: string, filelink?: Filelink, error?: FerryError }} BatchResult
 */

/**
 * `onItem` is called when a file has ended, in the order in which files end. What it throws interrupts the
 * batch, which throws it; so does false as its answer. Other options hold for every file that has none of its
 * own; one that has some has those alone. Filenames are for one file, and are set in its BatchItem alone.
 * @typedef {UploadOptions & { onItem?: (index: number, result: BatchResult) => unknown }} BatchOptions
 */

/** @typedef {Omit<BatchOptions, "signal">} PrepareBatchOptions */

/** @type {Names<BatchItem>} */
const ITEM = { ...STORED_AS, ...SECURITY, storePath: true };

/** @type {Names<PrepareBatchOptions>} */
export const PREPARE_BATCH = { onItem: true, ...PREPARE };

/** @type {Names<BatchOptions>} */
export const BATCH = { signal: true, ...PREPARE_BATCH };

/** A batch that can be stopped and run again. Made by Client.prepareBatch(). */
export class Batch extends Running {
  #account;
  #securities;
  #paths;

  /**
   * @internal
   * @param {Handle} handle
   * @param {Relay} relay
   * @param {Account} account
   * @param {string[]} paths
   * @param {(Security | undefined)[]} securities of the files
   * @param {PrepareBatchOptions} options
   */
  constructor(handle, relay, account, paths, securities, { progress, onItem }) {
    super(handle, relay, progress);
    this.#account = account;
    const all = new Map([...new Set(securities)].map((it) => [it, kept(it)]));
    for (const it of all.values()) handle.own(it);
    this.#securities = securities.map((it) => all.get(it));
    this.#paths = paths;
    if (onItem === undefined) return;
    const { address } = handle; // it may be closed during a run
    relay.onItem = (index, path, error) => {
      const filelink = error === undefined ? this.#filelinkOf(address, index) : undefined;
      return onItem(index, filelink === undefined ? { path, error } : { path, filelink });
    };
  }

  /**
   * Uploads what is not stored yet; the results in the order of the list, when all files are stored. One
   * file's failure does not stop the others: then the error is that of the first in the list, and `results`
   * has all.
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Filelink[]>}
   */
  async run(options = {}) {
    const result = (/** @type {bigint} */ address) =>
      this.#paths.map((_, index) => this.#filelinkOf(address, index));
    return this._run(known(RUN, options), result);
  }

  /**
   * The stored file at an index, from 0; the file's own error if it is not stored, and FERRY_NOT_READY if the
   * batch has not come to it.
   * @param {number} index
   */
  filelink(index) {
    return this.#filelinkOf(this._handle.address, whole("index", index));
  }

  /**
   * @param {bigint} batch
   * @param {number} index
   */
  #filelinkOf(batch, index) {
    const address = made("ferry_upload_item_filelink", batch, index);
    return Filelink._made(this.#account, kept(this.#securities[index]), address);
  }

  /**
   * What has become of each file so far, in the order of the list.
   * @returns {BatchResult[]}
   */
  get results() {
    return this.#paths.map((path, index) => {
      try {
        return { path, filelink: this.filelink(index) };
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        return error.code === "FERRY_NOT_READY" ? { path } : { path, error };
      }
    });
  }
}

/**
 * @internal
 * @param {Account} account
 * @param {Iterable<Path | BatchItem>} files
 * @param {PrepareBatchOptions} options
 */
export function prepareBatch(account, files, options) {
  if (typeof files === "string" || typeof files?.[Symbol.iterator] !== "function") {
    throw wrongType("files", "a list of paths", files);
  }
  callable("onItem", options.onItem);
  const items = [...files].map((it) => item(it));
  const relay = new Relay();
  const whole = { ...uploadOptions(options), on_progress: onProgress, user_data: relay.id };
  const listener = options.onItem === undefined ? null : onItem;
  const given = [account.handle.address, items, items.length, whole, listener, relay.id];
  const address = made("ferry_filestack_upload_batch_new", ...given);
  const handle = new Handle("ferry_upload_free", address, [relay, account]);
  return new Batch(
    handle,
    relay,
    account,
    items.map((it) => it.path),
    items.map((it) => (it.options === null ? options : it).security),
    options,
  );
}

/**
 * @param {Path | BatchItem} given
 */
function item(given) {
  const what = "a file of the batch";
  if (typeof given === "string" || given instanceof URL) return { path: path(what, given), options: null };
  if (typeof given !== "object" || given === null) {
    throw wrongType(what, "a path or an object with one", given);
  }
  const { path: file, storePath, ...stored } = known(ITEM, given, what);
  const own = storePath === undefined ? stored : { ...stored, path: storePath };
  const options = Object.keys(own).length === 0 ? null : uploadOptions(own);
  return { path: path("path", file), options, security: stored.security };
}
