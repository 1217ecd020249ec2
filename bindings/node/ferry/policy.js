// Security: policies and their signatures.

import { check, defined, flag, json, object, owned, text, whole } from "./call.js";
import { FerryError } from "./errors.js";
import { Owner } from "./handle.js";
import { lib } from "./library.js";
import { known } from "./names.js";

/**
 * What whoever holds it may do, and until when.
 * @typedef {object} Policy
 * @property {number} expiry Unix seconds; see Security.expiryIn().
 * @property {string | readonly string[]} [call] Such as "read", "store", "convert". Default: all but "exif".
 * @property {string} [handle]
 * @property {string} [url]
 * @property {number} [maxSize]
 * @property {number} [minSize]
 * @property {string} [path]
 * @property {string} [container]
 */

/**
 * What a policy may look at.
 * @typedef {object} PolicyDetails
 * @property {string} [handle]
 * @property {number} [size]
 * @property {string} [path]
 * @property {string} [container]
 * @property {string} [url]
 * @property {number} [now] Unix seconds, instead of the clock.
 */

/**
 * A policy and its signature, which go with every call of the Client, or of the call, that has them. What was
 * made with it, such as Clients and uploads, goes on working after close().
 */
export class Security extends Owner {
  /**
   * Signs a policy. The secret is not kept.
   * @param {Policy | (Record<string, unknown> & { expiry: number })} policy any other key is refused, unless
   * `unchecked`
   * @param {string} secret the application's
   * @param {{ unchecked?: boolean }} [options]
   */
  constructor(policy, secret, options = {}) {
    const isUnchecked = flag("unchecked", known({ unchecked: true }, options).unchecked);
    const sign = isUnchecked ? "ferry_security_new_unchecked" : "ferry_security_new";
    const given = [json("policy", object("policy", policy)), text("secret", secret)];
    super(owned("ferry_security_free", sign, ...given));
  }

  /**
   * Takes a policy (base64) and its signature (hex) that somebody with the secret has made.
   * @param {string} policyB64
   * @param {string} signature
   * @returns {Security}
   */
  static fromSigned(policyB64, signature) {
    const given = [text("policyB64", policyB64), text("signature", signature)];
    const handle = owned("ferry_security_free", "ferry_security_from_signed", ...given);
    const made = Object.create(Security.prototype);
    Object.defineProperty(made, "_handle", { value: handle });
    return made;
  }

  /**
   * The moment so many seconds from now, for the `expiry` of a policy.
   * @param {number} seconds a whole number; 0: now
   */
  static expiryIn(seconds) {
    return Number(lib.ferry_security_expiry_in(whole("seconds", seconds)));
  }

  /**
   * The policy as it was signed.
   * @returns {Policy}
   */
  get policy() {
    return JSON.parse(lib.ferry_security_policy_json(this._handle.address));
  }

  /**
   * The policy in URL-safe base64, as the service takes it.
   * @returns {string}
   */
  get policyB64() {
    return lib.ferry_security_policy_b64(this._handle.address);
  }

  /**
   * 64 hexadecimal digits.
   * @returns {string}
   */
  get signature() {
    return lib.ferry_security_signature(this._handle.address);
  }

  /**
   * Both as the element of a URL: security=p:POLICY,s:SIGNATURE.
   * @returns {string}
   */
  urlString() {
    return lib.ferry_security_url_string(this._handle.address);
  }

  /**
   * The policy, without the signature.
   * @override
   * @returns {string}
   */
  toString() {
    return lib.ferry_security_policy_json(this._handle.address);
  }

  /**
   * Throws an error with the reason if the policy does not let a call pass; the service is not asked.
   * @param {string} call "read", "store", "convert" and so on
   * @param {PolicyDetails} [details]
   */
  check(call, details = {}) {
    const told = json("details", defined(object("details", details)));
    check("ferry_security_allows", this._handle.address, text("call", call), told);
  }

  /**
   * Whether check() lets the call pass.
   * @param {string} call
   * @param {PolicyDetails} [details]
   */
  allows(call, details = {}) {
    try {
      this.check(call, details);
      return true;
    } catch (error) {
      if (error instanceof FerryError && error.code === "FERRY_INVALID_ARGUMENT") return false;
      throw error;
    }
  }
}
