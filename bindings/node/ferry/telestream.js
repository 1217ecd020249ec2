// A Telestream Cloud account.

import { count, json, optionalText, owned, ownedText, text } from "./call.js";
import { Collection } from "./collection.js";
import { connectionOptions } from "./connection.js";
import { FERRY_FACTORIES } from "./abi.js";
import { Account } from "./account.js";
import { invalidArgument } from "./errors.js";
import { Factory } from "./factory.js";
import { Owner } from "./handle.js";
import { struct } from "./library.js";
import { known } from "./names.js";
import { TELESTREAM_CALL, requestOptions } from "./options.js";
import { call } from "./pool.js";
import { Response } from "./response.js";

/** @import { Connection } from "./connection.js" */
/** @import { Names } from "./names.js" */
/** @import { TelestreamCallOptions } from "./options.js" */

/**
 * Keys and options of an account: accessKey and secretKey for API 3.0, or apikey for API 3.1.
 * @typedef {object} TelestreamOptions
 * @property {string} [accessKey]
 * @property {string} [secretKey]
 * @property {string} [apikey]
 * @property {string} [factoryId] The factory of request() and of factory() without an id.
 * @property {string} [apiHost] Of the account's region. It is part of every signature.
 * @property {number} [apiPort] Default: 443.
 * @property {string} [apiVersion] Default: "3.0", with an API key "3.1".
 * @property {string} [baseUrl] An origin to talk to instead, such as a gateway or the local cloud.
 * @property {Connection} [connection]
 */

/** @type {Names<TelestreamOptions>} */
export const TELESTREAM = {
  accessKey: true,
  secretKey: true,
  apikey: true,
  factoryId: true,
  apiHost: true,
  apiPort: true,
  apiVersion: true,
  baseUrl: true,
  connection: true,
};

/** A Telestream Cloud account and its connections. */
export class Telestream extends Owner {
  #account;

  /** @param {TelestreamOptions} options */
  constructor(options) {
    const own = known(TELESTREAM, options);
    const { options: connection, relay } = connectionOptions(own.connection);
    const fields = struct("ferry_telestream_options", {
      factory_id: optionalText("factoryId", own.factoryId),
      api_host: optionalText("apiHost", own.apiHost),
      api_port: count("apiPort", own.apiPort, 65535),
      api_version: optionalText("apiVersion", own.apiVersion),
      base_url: optionalText("baseUrl", own.baseUrl),
      connection,
    });
    const { apikey, accessKey, secretKey } = /** @type {Record<string, any>} */ (own);
    const isKeyed = apikey !== undefined;
    if (isKeyed && (accessKey ?? secretKey) !== undefined) {
      throw invalidArgument("apikey takes the place of accessKey and secretKey: give the one or the others");
    }
    const keys = isKeyed
      ? [text("apikey", apikey)]
      : [text("accessKey", accessKey), text("secretKey", secretKey)];
    const name = isKeyed ? "ferry_telestream_new_with_apikey" : "ferry_telestream_new";
    super(owned("ferry_telestream_free", name, ...keys, fields));
    this.#account = new Account(this._handle, relay, own.connection?.deadlineMs);
    /** The factories of the account. */
    this.factories = new Collection(this.#account, FERRY_FACTORIES, undefined);
  }

  /**
   * A factory by its id. Nothing is sent.
   * @param {string} [id] default: factoryId of the options
   */
  factory(id) {
    return new Factory(this.#account, optionalText("id", id) ?? undefined);
  }

  /**
   * Sends any request; the whole response. A status that is not 2xx is an error.
   * @param {"GET" | "POST" | "PUT" | "DELETE" | "PATCH"} method PATCH with an API key only
   * @param {string} path begins after the version, such as "/videos.json"
   * @param {Record<string, unknown>} [params] true and false are sent as True and False
   * @param {TelestreamCallOptions} [options]
   * @returns {Promise<Response>}
   */
  async request(method, path, params, options = {}) {
    const own = known(TELESTREAM_CALL, options);
    const given = [this._handle.address, text("method", method), text("path", path), json("params", params)];
    const task = {
      name: /** @type {const} */ ("ferry_telestream_request"),
      given,
      options: requestOptions(own),
    };
    return new Response(await call({ ...task, out: "response" }, own, { handles: [this._handle] }));
  }

  /**
   * Signs a request that somebody else sends, such as a page that uploads from a browser and must not know
   * the secret key: the parameters as they were given, and "factory_id", "access_key", "timestamp" and
   * "signature".
   * @param {"GET" | "POST" | "PUT" | "DELETE"} method
   * @param {string} path
   * @param {Record<string, unknown>} [params]
   * @param {{ timestamp?: string }} [options] default: now
   * @returns {Record<string, any>}
   */
  signedParams(method, path, params, options = {}) {
    const time = optionalText("timestamp", known({ timestamp: true }, options).timestamp);
    const given = [text("method", method), text("path", path), json("params", params), time];
    return JSON.parse(ownedText("ferry_telestream_signed_params", this._handle.address, ...given));
  }
}
