// Uploads to Filestack: their options, and the ones that can be paused and run again.

import * as abi from "./abi.js";
import { count, flag, json, made, optionalPath, optionalText, word } from "./call.js";
import { Filelink } from "./filelink.js";
import { Handle } from "./handle.js";
import { struct } from "./library.js";
import { known } from "./names.js";
import { PREPARED_CALL, RUN, STORAGE, common, kept, storage } from "./options.js";
import { Relay, onProgress } from "./relay.js";
import { Running } from "./run.js";

/** @import { Account } from "./account.js" */
/** @import { Path } from "./call.js" */
/** @import { Names } from "./names.js" */
/** @import { CallOptions, SecurityOption } from "./options.js" */
/** @import { ProgressListener } from "./progress.js" */

/** Parts, or files of a batch, that the library sends at once. */
const MOST_AT_ONCE = 64;

const INTELLIGENT = {
  false: abi.FERRY_INTELLIGENT_OFF,
  true: abi.FERRY_INTELLIGENT_ON,
  fallback: abi.FERRY_INTELLIGENT_FALLBACK,
};

/**
 * Where and how a file is stored.
 * @typedef {object} StoredAs
 * @property {string} [filename] Default: the last element of the path; "unnamed_file" for data without one.
 * @property {boolean} [sanitizeFilename] Whether each of \ { } | % ` " ' ~ [ ] # ^ < > in the name becomes a
 *  "-".
 * @property {string} [mimetype] Default: derived from the name.
 * @property {string} [altText] A description for people who cannot see the picture, up to 125 characters.
 * @property {Readonly<Record<string, string>>} [tags] At most 10.
 * @property {string} [location] "S3", "gcs", "azure", "rackspace" or "dropbox". Default: the client's
 *  storage.
 * @property {string} [path] Folder (with a slash at its end) or full key in the storage.
 * @property {string} [container] Bucket or container. Default: the account's.
 * @property {string} [region] Of the container.
 * @property {"public" | "private"} [access] Default: "private".
 * @property {readonly string[]} [workflows] 1 to 20 ids of workflows to run on the stored file.
 * @property {boolean | "fallback"} [intelligent] true sends parts in chunks that get smaller on a bad
 *  network, "fallback" only once a part has failed.
 * @property {number} [partSize] Bytes, 5 MiB to 5 GiB. Default: 5 MiB.
 * @property {boolean} [singleRequest] Sends the file in one request instead of parts, which is for small
 *  files. It is sent again only if it has surely not arrived.
 */

/**
 * How an upload goes on.
 * @typedef {object} GoingOn
 * @property {number} [concurrency] Parts sent at once, 1 to 64. Default, or 0: as many as make it faster.
 * @property {Path} [journal] A folder that keeps what the upload of a path needs to go on: after a crash or a
 *  kill, the same call in a new process goes on.
 * @property {boolean} [restart] Starts anew where the file may be stored already and the service cannot tell,
 *  which is FERRY_NOT_READY else; then a second file is possible.
 * @property {number} [bytesPerSecond] The most of all connections of the upload together. Default: no limit.
 */

/** @typedef {StoredAs & GoingOn & CallOptions} UploadOptions */

/** @typedef {Omit<UploadOptions, "signal">} PrepareOptions */

/** @typedef {Omit<GoingOn & CallOptions, "signal">} ResumeOptions */

/** @type {Names<StoredAs>} */
export const STORED_AS = {
  ...STORAGE,
  sanitizeFilename: true,
  mimetype: true,
  altText: true,
  tags: true,
  intelligent: true,
  partSize: true,
  singleRequest: true,
};

/** @type {Names<GoingOn>} */
export const GOING_ON = { concurrency: true, journal: true, restart: true, bytesPerSecond: true };

/** @type {Names<ResumeOptions>} */
export const RESUME = { ...GOING_ON, ...PREPARED_CALL };

/** @type {Names<PrepareOptions>} */
export const PREPARE = { ...STORED_AS, ...RESUME };

/** @type {Names<UploadOptions>} */
export const UPLOAD = { signal: true, ...PREPARE };

/**
 * The fields of an option struct that say how an upload goes on.
 * @internal
 * @param {GoingOn} options
 */
export function goingOn({ concurrency, journal, restart, bytesPerSecond }) {
  return {
    concurrency: count("concurrency", concurrency, MOST_AT_ONCE),
    restart: flag("restart", restart),
    journal_dir: optionalPath("journal", journal),
    bytes_per_second: count("bytesPerSecond", bytesPerSecond),
  };
}

/**
 * @internal
 * @param {UploadOptions} options whose names are known
 */
export function uploadOptions(options) {
  return struct("ferry_upload_options", {
    ...common(options),
    ...storage(options),
    sanitize_filename: flag("sanitizeFilename", options.sanitizeFilename),
    mimetype: optionalText("mimetype", options.mimetype),
    alt_text: optionalText("altText", options.altText),
    tags_json: json("tags", options.tags),
    intelligent: word("intelligent", INTELLIGENT, /** @type {any} */ (options.intelligent?.toString())),
    part_size: count("partSize", options.partSize),
    ...goingOn(options),
    single_request: flag("singleRequest", options.singleRequest),
  });
}

/** An upload of a file. Made by Client.prepareUpload() and Client.resumeUpload(). */
export class Upload extends Running {
  #account;
  #security;

  /**
   * @internal
   * @param {Handle} handle
   * @param {Relay} relay
   * @param {Account} account
   * @param {SecurityOption & { progress?: ProgressListener }} options
   */
  constructor(handle, relay, account, { security, progress }) {
    super(handle, relay, progress);
    this.#account = account;
    this.#security = kept(security);
    handle.own(this.#security);
  }

  /**
   * Uploads the file, or goes on with it after a pause, an interrupt or a failure: what the service has
   * confirmed is not sent again.
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Filelink>}
   */
  async run(options = {}) {
    return this._run(known(RUN, options), (address) => this.#filelinkOf(address));
  }

  /**
   * The stored file; FERRY_NOT_READY before it is uploaded.
   * @returns {Filelink}
   */
  get filelink() {
    return this.#filelinkOf(this._handle.address);
  }

  /** @param {bigint} upload */
  #filelinkOf(upload) {
    return Filelink._made(this.#account, kept(this.#security), made("ferry_upload_filelink", upload));
  }

  /** What Client.resumeUpload() goes on with, in any process, language or machine. It has no key in it. */
  get token() {
    return this._token();
  }
}

/**
 * @internal
 * @param {Account} account
 * @param {"ferry_filestack_upload_new" | "ferry_filestack_upload_resume"} name
 * @param {unknown[]} given
 * @param {PrepareOptions} options
 */
export function prepare(account, name, given, options) {
  const relay = new Relay();
  const fields = { ...uploadOptions(options), on_progress: onProgress, user_data: relay.id };
  const address = made(name, account.handle.address, ...given, fields);
  const handle = new Handle("ferry_upload_free", address, [relay, account]);
  return new Upload(handle, relay, account, options);
}
