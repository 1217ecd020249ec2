// Webhooks: whether a message comes from the service, unchanged.

import { MOST_32, check, object, ownedText, text, wellFormed, whole } from "./call.js";
import { invalidArgument, wrongType } from "./errors.js";
import { known } from "./names.js";

/**
 * The headers of a request: those of Node's http, of fetch, or any object.
 * @typedef {Headers | Readonly<Record<string, string | string[] | undefined>>} WebhookHeaders
 */

/** The greatest age of a message, in seconds, that is accepted if nothing else is said. */
const TOLERANCE = 300;

/**
 * Returns if the message is genuine. Else it throws a FerryError with the code FERRY_SIGNATURE_MISMATCH or
 * FERRY_SIGNATURE_EXPIRED, or FERRY_INVALID_ARGUMENT if something is missing.
 * @param {string | readonly string[]} secret of the webhook; a list while it is being replaced
 * @param {string | Uint8Array} body of the request as it came, before any parsing
 * @param {WebhookHeaders} headers FS-Timestamp and FS-Signature are read, in any case
 * @param {{ toleranceSeconds?: number }} [options] the greatest age of a message; 0: any age
 */
export function verifyWebhook(secret, body, headers, options = {}) {
  const { toleranceSeconds = TOLERANCE } = known({ toleranceSeconds: true }, options);
  const tolerance = whole("toleranceSeconds", toleranceSeconds, MOST_32);
  if (typeof secret !== "string" && !Array.isArray(secret)) {
    throw wrongType("secret", "a string or a list", secret);
  }
  const data = bytes(body);
  const stamp = [header(headers, "FS-Timestamp"), header(headers, "FS-Signature")];
  const rest = [data, data.length, ...stamp, tolerance];
  if (typeof secret === "string") return check("ferry_webhook_verify", text("secret", secret), ...rest);
  const secrets = secret.map((it) => text("secret", it));
  check("ferry_webhook_verify_any", secrets, secrets.length, ...rest);
}

/**
 * The FS-Signature of a message, to test a receiver.
 * @param {string} secret
 * @param {string | Uint8Array} body
 * @param {string} timestamp what FS-Timestamp says: Unix seconds
 */
export function signWebhook(secret, body, timestamp) {
  const data = bytes(body);
  const given = [text("secret", secret), data, data.length, text("timestamp", timestamp)];
  return ownedText("ferry_webhook_sign", ...given);
}

/** @param {WebhookHeaders} headers @param {string} name */
function header(headers, name) {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(object("headers", headers));
  const value = entries.find(([it]) => it.toLowerCase() === name.toLowerCase())?.[1];
  const only = Array.isArray(value) ? value[0] : value;
  if (only === undefined) {
    throw invalidArgument(
      `headers has no ${name}: the message is not from Filestack, or not all headers were given`,
    );
  }
  return text(name, only);
}

/** @param {string | Uint8Array} body */
function bytes(body) {
  if (typeof body === "string") return Buffer.from(wellFormed("body", body));
  if (body instanceof Uint8Array) return body;
  throw wrongType("body", "a string or a Uint8Array", body);
}
