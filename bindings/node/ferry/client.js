// A Filestack account.

import koffi from "koffi";

import { Account } from "./account.js";
import { BATCH, PREPARE_BATCH, prepareBatch } from "./batch.js";
import { fixed, flag, json, list, made, optionalText, owned, path, text } from "./call.js";
import { connectionOptions } from "./connection.js";
import { wrongType } from "./errors.js";
import { Filelink, Transformation } from "./filelink.js";
import { Owner } from "./handle.js";
import { struct } from "./library.js";
import { known } from "./names.js";
import { CALL, SECURITY, kept, requestOptions, signing } from "./options.js";
import { sourceText, wireText } from "./parameters.js";
import { Security } from "./policy.js";
import { call } from "./pool.js";
import { Response } from "./response.js";
import { Source, isStream, sizeless, streamSize } from "./source.js";
import { PREPARE, RESUME, UPLOAD, prepare, uploadOptions } from "./upload.js";

/** @import { BatchItem, BatchOptions, PrepareBatchOptions } from "./batch.js" */
/** @import { Path } from "./call.js" */
/** @import { Connection } from "./connection.js" */
/** @import { ChainSource } from "./filelink.js" */
/** @import { Names } from "./names.js" */
/** @import { CallOptions, DeadlineOption, SecurityOption } from "./options.js" */
/** @import { ByteStream } from "./source.js" */
/** @import { Stored, UrlscreenshotParameters } from "./tasks.js" */
/** @import { PrepareOptions, ResumeOptions, UploadOptions } from "./upload.js" */

/**
 * Options of a Client.
 * @typedef {object} ClientOptions
 * @property {Security} [security] Goes with every call that does not bring its own.
 * @property {string} [storage] Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox". Default:
 *  "S3".
 * @property {string} [cname] Your own domain, such as "files.example.com".
 * @property {string} [baseUrl] One origin for all APIs, such as a gateway or the local cloud. Plain http is
 *  used only to this machine or where such a URL asks for it.
 * @property {string} [uploadUrl] Takes precedence over baseUrl, as do the following.
 * @property {string} [cdnUrl]
 * @property {string} [apiUrl] Its path "/api" included.
 * @property {string} [processUrl]
 * @property {Connection} [connection] Timeouts, retries, proxy, events.
 * @property {boolean} [skipPolicyChecks] Leaves it to the service whether a policy allows a call.
 */

/** @type {Names<ClientOptions>} */
export const CLIENT = {
  security: true,
  storage: true,
  cname: true,
  baseUrl: true,
  uploadUrl: true,
  cdnUrl: true,
  apiUrl: true,
  processUrl: true,
  connection: true,
  skipPolicyChecks: true,
};

/**
 * What is uploaded: the path of a file, bytes, or a stream.
 * @typedef {Path | Uint8Array | ByteStream} UploadSource
 */

/**
 * A Filestack account and its connections.
 *
 * What was made with it, such as Filelinks and uploads, goes on working after close(); only new chains need
 * it.
 */
export class Client extends Owner {
  #account;

  /**
   * @param {string} apikey
   * @param {ClientOptions} [options]
   */
  constructor(apikey, options = {}) {
    const own = known(CLIENT, options);
    const { options: connection, relay } = connectionOptions(own.connection);
    const fields = struct("ferry_filestack_options", {
      security: signing(own.security),
      storage: optionalText("storage", own.storage),
      cname: optionalText("cname", own.cname),
      base_url: optionalText("baseUrl", own.baseUrl),
      upload_url: optionalText("uploadUrl", own.uploadUrl),
      cdn_url: optionalText("cdnUrl", own.cdnUrl),
      api_url: optionalText("apiUrl", own.apiUrl),
      process_url: optionalText("processUrl", own.processUrl),
      connection,
      skip_policy_checks: flag("skipPolicyChecks", own.skipPolicyChecks),
    });
    super(owned("ferry_filestack_free", "ferry_filestack_new", text("apikey", apikey), fields));
    this.#account = new Account(this._handle, relay, own.connection?.deadlineMs);
  }

  /**
   * Uploads a file; when it is stored, its Filelink. To stop it and go on, give a journal, or use
   * prepareUpload().
   *
   * Bytes must not be changed or transferred meanwhile. A stream goes up while it is read if you tell its
   * size; otherwise all of it is read into a temporary file first, since the service must be told the size at
   * the start.
   * @param {UploadSource} source
   * @param {UploadOptions & { size?: number }} [options] size: of a stream, in bytes
   * @returns {Promise<Filelink>}
   */
  async upload(source, options = {}) {
    const { size, ...how } = known({ ...UPLOAD, size: true }, options);
    if (!isStream(source)) sizeless(size);
    if (typeof source === "string" || source instanceof URL) {
      const { signal, ...prepared } = how;
      const upload = this.prepareUpload(source, prepared);
      try {
        return await upload.run({ signal });
      } finally {
        upload.close();
      }
    }
    if (source instanceof Uint8Array) {
      const given = [koffi.address(fixed("source", source)), source.length];
      return this.#stored("ferry_filestack_upload_bytes", given, how, { bytes: source });
    }
    if (isStream(source)) {
      const bytes = new Source(source);
      try {
        const given = [streamSize(size)];
        return await this.#stored("ferry_filestack_upload_reader", given, how, { source: bytes });
      } finally {
        bytes.close();
      }
    }
    throw wrongType("source", 'a path, a URL with "file:", a Uint8Array or a stream of them', source);
  }

  /**
   * Has the service fetch and store the file at a URL.
   * @param {string} url
   * @param {UploadOptions} [options]
   * @returns {Promise<Filelink>}
   */
  async uploadUrl(url, options = {}) {
    return this.#stored("ferry_filestack_upload_url", [text("url", url)], known(UPLOAD, options));
  }

  /**
   * @param {"ferry_filestack_upload_bytes" | "ferry_filestack_upload_reader" | "ferry_filestack_upload_url"}
   * name
   * @param {unknown[]} inputs
   * @param {UploadOptions} options
   * @param {{ source?: Source, bytes?: Uint8Array }} [more]
   */
  async #stored(name, inputs, options, { source, bytes } = {}) {
    const security = kept(options.security);
    const task = {
      name,
      given: [this._handle.address, ...inputs],
      options: uploadOptions({ ...options, security }),
      out: /** @type {const} */ ("handle"),
      free: /** @type {const} */ ("ferry_filelink_free"),
      transfer: source === undefined ? undefined : /** @type {const} */ ("read"),
    };
    const used = this.#used({ ...options, security });
    const address = await call(task, options, { ...used, source, bytes });
    return Filelink._made(this.#account, security, address);
  }

  /** @param {SecurityOption & DeadlineOption} options */
  #used({ security, deadlineMs }) {
    return { handles: [this._handle, security?._handle], deadlineMs: deadlineMs || this.#account.deadlineMs };
  }

  /**
   * Prepares the upload of a file that can be paused, interrupted, cancelled and run again: run() starts it.
   * Nothing is sent yet.
   * @param {Path} file
   * @param {PrepareOptions} [options] deadlineMs is for each run
   */
  prepareUpload(file, options = {}) {
    const given = [path("file", file)];
    return prepare(this.#account, "ferry_filestack_upload_new", given, known(PREPARE, options));
  }

  /**
   * Prepares the upload of a token (Upload.token) again, in any process or on any machine: run() sends what
   * the service lacks, and compares what it has with the file. Nothing is sent yet.
   * @param {Path} file the file, or a copy of it
   * @param {string} token
   * @param {ResumeOptions} [options]
   */
  resumeUpload(file, token, options = {}) {
    const given = [path("file", file), text("token", token)];
    return prepare(this.#account, "ferry_filestack_upload_resume", given, known(RESUME, options));
  }

  /**
   * Uploads files and gives their Filelinks in the order of the list, when all are stored. They share
   * connections, so that small files cost little more than their bytes. One file's failure does not stop the
   * others: the error is then that of the first in the list. `onItem` tells of each; prepareBatch() makes a
   * batch whose `results` has all.
   * @param {Iterable<Path | BatchItem>} files
   * @param {BatchOptions} [options]
   * @returns {Promise<Filelink[]>}
   */
  async uploadMany(files, options = {}) {
    const { signal, ...prepared } = known(BATCH, options);
    const batch = this.prepareBatch(files, prepared);
    try {
      return await batch.run({ signal });
    } finally {
      batch.close();
    }
  }

  /**
   * Prepares the upload of files that can be paused, interrupted, cancelled and run again. Nothing is sent
   * yet.
   * @param {Iterable<Path | BatchItem>} files
   * @param {PrepareBatchOptions} [options]
   */
  prepareBatch(files, options = {}) {
    return prepareBatch(this.#account, files, known(PREPARE_BATCH, options));
  }

  /**
   * The Filelink of a stored file. Nothing is sent.
   * @param {string} handle
   * @param {SecurityOption} [options]
   */
  filelink(handle, options = {}) {
    const security = kept(known(SECURITY, options).security);
    const address = made("ferry_filelink_new", this._handle.address, text("handle", handle));
    return Filelink._made(this.#account, security, address);
  }

  /**
   * A chain without tasks yet.
   * @param {ChainSource | readonly ChainSource[]} source a list for the tasks that join files
   * @param {SecurityOption} [options]
   */
  transform(source, options = {}) {
    return Transformation._of(this.#account, kept(known(SECURITY, options).security), source);
  }

  /**
   * A chain that starts with a screenshot of a web page.
   * @param {string} url
   * @param {UrlscreenshotParameters} [parameters]
   */
  screenshot(url, parameters = {}) {
    const inputs = [text("url", url), text("parameters", wireText(parameters))];
    const address = made("ferry_filestack_screenshot", this._handle.address, ...inputs);
    return Transformation._made(this.#account, undefined, address);
  }

  /**
   * Downloads 1 to 100 files, each a Filelink, a handle or a URL, as one ZIP archive; its length in bytes.
   * @param {Path} target
   * @param {readonly Stored[]} files
   * @param {CallOptions} [options]
   * @returns {Promise<number>}
   */
  async zip(target, files, options = {}) {
    const own = known(CALL, options);
    const sources = list("files", files).map(sourceText);
    const given = [this._handle.address, sources, sources.length, path("target", target)];
    const task = {
      name: /** @type {const} */ ("ferry_filestack_zip"),
      given,
      out: /** @type {const} */ ("length"),
    };
    return call({ ...task, options: requestOptions(own) }, own, this.#used(own));
  }

  /**
   * Starts a workflow on a file. The answer's "jobid" is what workflowStatus() takes.
   * @param {string} workflowId
   * @param {Stored} source
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async runWorkflow(workflowId, source, options = {}) {
    const given = [text("workflowId", workflowId), sourceText(source)];
    return this.#ask("ferry_filestack_workflow_run", given, options);
  }

  /**
   * How far a workflow's job has come: "status" is "Started", "Finished" or "Failed", "results" has what each
   * task gave.
   * @param {string} jobId
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async workflowStatus(jobId, options = {}) {
    return this.#ask("ferry_filestack_workflow_status", [text("jobId", jobId)], options);
  }

  /**
   * @param {"ferry_filestack_workflow_run" | "ferry_filestack_workflow_status"} name
   * @param {unknown[]} inputs
   * @param {CallOptions} options
   */
  #ask(name, inputs, options) {
    const given = [this._handle.address, ...inputs];
    const own = known(CALL, options);
    return call({ name, given, options: requestOptions(own), out: "json" }, own, this.#used(own));
  }

  /**
   * Sends a request for which there is no method here. A status that is not 2xx is an error.
   * @param {"GET" | "HEAD" | "PUT" | "DELETE" | "POST" | "PATCH"} method
   * @param {string} target a path below the REST API, such as "/file/HANDLE", or a URL at one of the client's
   * hosts
   * @param {unknown} [body] what is sent as JSON, a Filelink as its handle; undefined: no body
   * @param {CallOptions} [options]
   * @returns {Promise<Response>}
   */
  async request(method, target, body, options = {}) {
    const own = known(CALL, options);
    const inputs = [text("method", method), text("target", target), json("body", body)];
    const given = [this._handle.address, ...inputs];
    const task = {
      name: /** @type {const} */ ("ferry_filestack_request"),
      given,
      options: requestOptions(own),
    };
    return new Response(await call({ ...task, out: "response" }, own, this.#used(own)));
  }
}
