// A factory of Telestream: what holds videos, encodings and profiles, and where videos are uploaded to.

import * as abi from "./abi.js";
import { fixed, flag, json, made, object, optionalText, ownedJson, path, text } from "./call.js";
import { Collection, Encodings, Scope, Videos } from "./collection.js";
import { Handle } from "./handle.js";
import { struct } from "./library.js";
import { known } from "./names.js";
import { PREPARED_CALL, RUN, common } from "./options.js";
import { Relay, onProgress, onRead } from "./relay.js";
import { Running } from "./run.js";
import { Source, isStream, sizeless, streamSize } from "./source.js";
import { GOING_ON, goingOn } from "./upload.js";

/** @import { Account } from "./account.js" */
/** @import { Path } from "./call.js" */
/** @import { Params, Resource } from "./collection.js" */
/** @import { UploadSource } from "./client.js" */
/** @import { Names } from "./names.js" */
/** @import { TelestreamCallOptions } from "./options.js" */
/** @import { ProgressListener } from "./progress.js" */
/** @import { GoingOn } from "./upload.js" */

/**
 * How a video is uploaded.
 * @typedef {object} VideoOptions
 * @property {string} [filename] The name at the service. Bytes and streams need one.
 * @property {Readonly<Record<string, Path | readonly Path[]>>} [extraFiles] Local paths by tag, such as
 *   { subtitles: ["de.srt", "en.srt"] }.
 * @property {boolean} [ranges] The older protocol, one range after the other.
 * @property {number} [size] Of a stream, in bytes. Without it all of the stream is read before it is sent.
 */

/** @typedef {VideoOptions & GoingOn & TelestreamCallOptions} VideoUploadOptions */

/** @typedef {Omit<VideoUploadOptions, "signal">} PrepareVideoOptions */

/** @typedef {Omit<PrepareVideoOptions, "filename" | "ranges" | "size">} ResumeVideoOptions */

const { security: _, ...CALL } = PREPARED_CALL;

/** @type {Names<ResumeVideoOptions>} */
const RESUME = { extraFiles: true, ...GOING_ON, ...CALL };

/** @type {Names<PrepareVideoOptions>} */
const PREPARE = { filename: true, ranges: true, size: true, ...RESUME };

/** @type {Names<VideoUploadOptions>} */
const UPLOAD = { signal: true, ...PREPARE };

/** An upload of a video. Made by Factory.prepareUpload() and Factory.resumeUpload(). */
export class VideoUpload extends Running {
  /**
   * @internal
   * @param {Handle} handle
   * @param {Relay} relay
   * @param {ProgressListener | undefined} progress
   * @param {Source | undefined} source
   */
  constructor(handle, relay, progress, source) {
    super(handle, relay, progress);
    this.#source = source;
  }

  #source;

  /**
   * Uploads, or goes on after a pause, an interrupt or a failure: what the service has is not sent again. The
   * video, when the service has it; null if it said nothing of it.
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Resource | null>}
   */
  async run(options = {}) {
    return this._run(known(RUN, options), videoOf);
  }

  /**
   * What the service said of the video; FERRY_NOT_READY before it is uploaded.
   * @returns {Resource | null}
   */
  get video() {
    return videoOf(this._handle.address);
  }

  /** What Factory.resumeUpload() goes on with, in any process, language or machine. It has no key in it. */
  get token() {
    return this._token();
  }

  /** @override */
  close() {
    super.close();
    this.#source?.close();
  }
}

/** @param {bigint} upload */
function videoOf(upload) {
  return ownedJson("ferry_upload_result", upload);
}

/** A factory. Made by Telestream.factory(). */
export class Factory {
  #scope;

  /**
   * @internal
   * @param {Account} account
   * @param {string | undefined} id
   */
  constructor(account, id) {
    this.id = id;
    this.#scope = new Scope(account, id);
    this.videos = new Videos(account, abi.FERRY_VIDEOS, id);
    this.encodings = new Encodings(account, abi.FERRY_ENCODINGS, id);
    this.profiles = new Collection(account, abi.FERRY_PROFILES, id);
  }

  /**
   * Uploads a video; what the service says of it, null if it says nothing.
   * @param {UploadSource} source a path, bytes or a stream
   * @param {Params} [params] profiles (names or ids, a list or separated by commas), path_format, payload, …
   * @param {VideoUploadOptions} [options]
   * @returns {Promise<Resource | null>}
   */
  async upload(source, params, options = {}) {
    const { signal, ...prepared } = known(UPLOAD, options);
    const upload = this.prepareUpload(source, params, prepared);
    try {
      return await upload.run({ signal });
    } finally {
      upload.close();
    }
  }

  /**
   * Prepares the upload of a video that can be paused, interrupted, cancelled and run again: run() starts it.
   * Bytes must not be changed or transferred until it is closed; a stream is read while it runs.
   * @param {UploadSource} given
   * @param {Params} [params] as for upload()
   * @param {PrepareVideoOptions} [options] deadlineMs is for each run
   */
  prepareUpload(given, params, options = {}) {
    const { size, ...own } = known(PREPARE, options);
    const parameters = json("params", params);
    if (!isStream(given)) sizeless(size);
    if (given instanceof Uint8Array) {
      const inputs = [fixed("source", given), given.length, parameters];
      return this.#prepared("bytes_new", inputs, own, { kept: given });
    }
    if (typeof given !== "string" && !(given instanceof URL) && isStream(given)) {
      const inputs = [streamSize(size), parameters];
      return this.#prepared("reader_new", inputs, own, { source: new Source(given) });
    }
    return this.#prepared("new", [path("source", given), parameters], own);
  }

  /**
   * Prepares the upload of a token (VideoUpload.token) again, in any process or on any machine. Nothing is
   * sent yet.
   * @param {Path} file the file, or a copy of it
   * @param {string} token
   * @param {ResumeVideoOptions} [options]
   */
  resumeUpload(file, token, options = {}) {
    return this.#prepared("resume", [path("file", file), text("token", token)], known(RESUME, options));
  }

  /**
   * @param {"new" | "resume" | "bytes_new" | "reader_new"} kind
   * @param {unknown[]} inputs
   * @param {PrepareVideoOptions} options
   * @param {{ source?: Source, kept?: Uint8Array }} [more]
   */
  #prepared(kind, inputs, options, { source, kept } = {}) {
    const relay = new Relay();
    relay.source = source;
    relay.deadlineMs = options.deadlineMs || this.#scope.account.deadlineMs;
    const fields = struct("ferry_telestream_upload_options", {
      filename: optionalText("filename", options.filename),
      extra_files_json: options.extraFiles === undefined ? null : extraFiles(options.extraFiles),
      protocol: flag("ranges", options.ranges) ? abi.FERRY_PROTOCOL_RANGES : abi.FERRY_PROTOCOL_PARTS,
      on_progress: onProgress,
      user_data: relay.id,
      deadline_ms: common(options).deadline_ms,
      ...goingOn(options),
    });
    /** @type {unknown[]} */
    const first = [this.#scope.account.handle.address];
    if (kind !== "resume") first.push(optionalText("factoryId", this.id));
    const read = source === undefined ? [] : [onRead, relay.id];
    const address = made(`ferry_telestream_upload_${kind}`, ...first, ...read, ...inputs, fields);
    const handle = new Handle("ferry_upload_free", address, [relay, this.#scope.account, kept]);
    return new VideoUpload(handle, relay, options.progress, source);
  }

  /**
   * Where notifications go ("url", "delay" in seconds, "send_video_payload") and of which "events".
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Record<string, any>>}
   */
  async notifications(options) {
    return this.#scope.ask("ferry_telestream_notifications", [], options);
  }

  /**
   * Changes the given members of what notifications() tells.
   * @param {Params} params
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Record<string, any>>}
   */
  async updateNotifications(params, options) {
    const given = [json("params", object("params", params))];
    return this.#scope.ask("ferry_telestream_notifications_update", given, options);
  }
}

/** @param {NonNullable<VideoOptions["extraFiles"]>} files */
function extraFiles(files) {
  const named = Object.entries(object("extraFiles", files)).map(([tag, given]) => [
    tag,
    Array.isArray(given) ? given.map((it) => path(tag, it)) : path(tag, /** @type {Path} */ (given)),
  ]);
  return json("extraFiles", Object.fromEntries(named));
}
