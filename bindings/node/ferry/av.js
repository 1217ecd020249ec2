// Conversions of audio and video: jobs that run at the service.

import { made } from "./call.js";
import { Filelink } from "./filelink.js";
import { Handle, Owner } from "./handle.js";
import { lib } from "./library.js";
import { known } from "./names.js";
import { CALL, kept, requestOptions } from "./options.js";
import { call } from "./pool.js";

/** @import { Account } from "./account.js" */
/** @import { CallOptions } from "./options.js" */
/** @import { Security } from "./policy.js" */

/** A conversion of audio or video, which is a job of the service. Made by avConvert(). */
export class AudioVisual extends Owner {
  #account;
  #security;

  /**
   * @internal
   * @param {Account} account
   * @param {Security | undefined} security
   * @param {Handle} handle
   */
  constructor(account, security, handle) {
    super(handle);
    handle.kept = account;
    handle.own(security);
    this.#account = account;
    this.#security = security;
  }

  /**
   * The id of the job.
   * @returns {string}
   */
  get uuid() {
    return lib.ferry_av_uuid(this._handle.address);
  }

  /**
   * When the job began, as the service tells it.
   * @returns {string}
   */
  get timestamp() {
    return lib.ferry_av_timestamp(this._handle.address);
  }

  /**
   * The URL of the conversion, unsigned.
   * @returns {string}
   */
  get url() {
    return lib.ferry_av_url(this._handle.address);
  }

  /**
   * Asks the service: "started", "pending", "completed" or "failed".
   * @param {CallOptions} [options]
   * @returns {Promise<string>}
   */
  async status(options = {}) {
    return this.#ask("ferry_av_status", "text", options);
  }

  /**
   * Asks until the conversion is completed; the service's description of the result. If it failed, that is an
   * error with the service's reason.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async wait(options = {}) {
    return this.#ask("ferry_av_wait", "json", options);
  }

  /**
   * @param {"ferry_av_status" | "ferry_av_wait"} name
   * @param {"text" | "json"} out
   * @param {CallOptions} options
   */
  #ask(name, out, options) {
    const own = known(CALL, options);
    const security = own.security ?? this.#security;
    const task = {
      name,
      given: [this._handle.address],
      options: requestOptions({ ...own, security }),
      out,
    };
    return call(task, own, { handles: [this._handle, security?._handle] });
  }

  /**
   * The converted file; FERRY_NOT_READY until status() or wait() has seen it completed.
   * @returns {Filelink}
   */
  get filelink() {
    const address = made("ferry_av_filelink", this._handle.address);
    return Filelink._made(this.#account, kept(this.#security), address);
  }
}
