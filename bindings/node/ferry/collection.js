// What Telestream keeps: factories, and in each of them videos, encodings and profiles.

import { json, object, optionalText, text } from "./call.js";
import { known } from "./names.js";
import { TELESTREAM_CALL, requestOptions } from "./options.js";
import { call } from "./pool.js";

/** @import { Account } from "./account.js" */
/** @import { FunctionName } from "./library.js" */
/** @import { TelestreamCallOptions } from "./options.js" */

/**
 * An object of the service, as it tells it.
 * @typedef {{ id: string, [member: string]: any }} Resource
 */

/** @typedef {Record<string, unknown>} Params */

/** Asks for what functions of the library tell, in an account and a factory. */
export class Scope {
  /**
   * @param {Account} account
   * @param {string | undefined} factoryId
   */
  constructor(account, factoryId) {
    this.account = account;
    this.factoryId = factoryId;
  }

  /**
   * Calls a function that takes the account, what precedes, the factory's id, these arguments, and options.
   * @param {FunctionName} name
   * @param {unknown[]} inputs
   * @param {TelestreamCallOptions} [options]
   * @param {unknown[]} [first]
   */
  async ask(name, inputs, options = {}, first = []) {
    const { handle } = this.account;
    const given = [handle.address, ...first, optionalText("factoryId", this.factoryId), ...inputs];
    const own = known(TELESTREAM_CALL, options);
    return call({ name, given, options: requestOptions(own), out: "json" }, own, { handles: [handle] });
  }
}

/** The objects of one kind. */
export class Collection {
  #resource;
  /**
   * @internal
   * @type {Scope}
   */
  _scope;

  /**
   * @internal
   * @param {Account} account
   * @param {number} resource FERRY_FACTORIES, …
   * @param {string | undefined} factoryId
   */
  constructor(account, resource, factoryId) {
    this._scope = new Scope(account, factoryId);
    Object.defineProperty(this, "_scope", { enumerable: false });
    this.#resource = resource;
  }

  /**
   * @param {FunctionName} name
   * @param {unknown[]} inputs
   * @param {TelestreamCallOptions | undefined} options
   */
  #ask(name, inputs, options) {
    return this._scope.ask(name, inputs, options, [this.#resource]);
  }

  /**
   * One page of at most 100 objects.
   * @param {Params} [params] "page" from 1, "per_page"; filters such as "status"
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource[]>}
   */
  async list(params, options) {
    return this.#ask("ferry_telestream_list", [json("params", params)], options);
  }

  /**
   * All of them.
   * @param {Params} [params] as for list(), but without "page"
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource[]>}
   */
  async listAll(params, options) {
    return this.#ask("ferry_telestream_list_all", [json("params", params)], options);
  }

  /**
   * One object by its id, a profile also by its name.
   * @param {string} id
   * @param {Params} [params]
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource>}
   */
  async find(id, params, options) {
    return this.#ask("ferry_telestream_find", [text("id", id), json("params", params)], options);
  }

  /**
   * Makes an object. The request is not repeated once it may have arrived, or there would be two.
   * @param {Params} params a video needs "source_url" or "file", a local path; an encoding "video_id" and one
   * of "profile_id" and "profile_name"; a profile "preset_name", or "command" and "extname"
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource>}
   */
  async create(params, options) {
    return this.#ask("ferry_telestream_create", [json("params", object("params", params))], options);
  }

  /**
   * Changes the given members of a factory or a profile, with an API key also of an encoding.
   * @param {string} id
   * @param {Params} params
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource>}
   */
  async update(id, params, options) {
    const given = [text("id", id), json("params", object("params", params))];
    return this.#ask("ferry_telestream_update", given, options);
  }

  /**
   * Deletes a video with all its files, an encoding or a profile.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<any>}
   */
  async delete(id, options) {
    return this.#ask("ferry_telestream_delete", [text("id", id)], options);
  }
}

/** The videos of a factory. */
export class Videos extends Collection {
  /**
   * The encodings of a video, a page of them.
   * @param {string} id
   * @param {Params} [params] as for list()
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource[]>}
   */
  async encodings(id, params, options) {
    const given = [text("id", id), json("params", params)];
    return this._scope.ask("ferry_telestream_video_encodings", given, options);
  }

  /**
   * What the service has read from the file: duration, codecs, sizes.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Record<string, any>>}
   */
  async metadata(id, options) {
    return this._scope.ask("ferry_telestream_video_metadata", [text("id", id)], options);
  }

  /**
   * Deletes the file that the video was made from, and keeps its encodings.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<any>}
   */
  async deleteSource(id, options) {
    return this._scope.ask("ferry_telestream_video_delete_source", [text("id", id)], options);
  }

  /**
   * Waits until the service has stored the video. If it has failed, that is an error with the service's
   * reason.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource>}
   */
  async wait(id, options) {
    return this._scope.ask("ferry_telestream_video_wait", [text("id", id)], options);
  }

  /**
   * Waits until the video and all its encodings are done, and gives them, those too whose "status" is "fail".
   * Progress is in percent: 100 for each encoding.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource[]>}
   */
  async waitEncodings(id, options) {
    return this._scope.ask("ferry_telestream_video_encodings_wait", [text("id", id)], options);
  }
}

/** The encodings of a factory: videos in the form that a profile asks for. */
export class Encodings extends Collection {
  /**
   * Starts a failed encoding again.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<any>}
   */
  async retry(id, options) {
    return this._scope.ask("ferry_telestream_encoding_retry", [text("id", id)], options);
  }

  /**
   * Stops it.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<any>}
   */
  async cancel(id, options) {
    return this._scope.ask("ferry_telestream_encoding_cancel", [text("id", id)], options);
  }

  /**
   * Waits until it is done. If it has failed, that is an error with the service's reason. Progress is in
   * percent.
   * @param {string} id
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Resource>}
   */
  async wait(id, options) {
    return this._scope.ask("ferry_telestream_encoding_wait", [text("id", id)], options);
  }
}
