// Ferry carries files to Filestack and to Telestream Cloud Flip.

import { lib } from "./library.js";

export { AudioVisual } from "./av.js";
export { Batch } from "./batch.js";
export { Client } from "./client.js";
export { Collection, Encodings, Videos } from "./collection.js";
export { FerryError } from "./errors.js";
export { Factory, VideoUpload } from "./factory.js";
export { Filelink, Transformation } from "./filelink.js";
export { journals, pruneJournals } from "./journal.js";
export { Security } from "./policy.js";
export { Response } from "./response.js";
export { Telestream } from "./telestream.js";
export { Upload } from "./upload.js";
export { signWebhook, verifyWebhook } from "./webhook.js";

/** @typedef {import("./batch.js").BatchItem} BatchItem */
/** @typedef {import("./batch.js").BatchOptions} BatchOptions */
/** @typedef {import("./batch.js").BatchResult} BatchResult */
/** @typedef {import("./client.js").ClientOptions} ClientOptions */
/** @typedef {import("./client.js").UploadSource} UploadSource */
/** @typedef {import("./collection.js").Resource} Resource */
/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./event.js").Event} Event */
/** @typedef {import("./factory.js").VideoUploadOptions} VideoUploadOptions */
/** @typedef {import("./filelink.js").Metadata} Metadata */
/** @typedef {import("./filelink.js").StoreOptions} StoreOptions */
/** @typedef {import("./journal.js").Journal} Journal */
/** @typedef {import("./options.js").CallOptions} CallOptions */
/** @typedef {import("./policy.js").Policy} Policy */
/** @typedef {import("./progress.js").Progress} Progress */
/** @typedef {import("./run.js").UploadState} UploadState */
/** @typedef {import("./telestream.js").TelestreamOptions} TelestreamOptions */
/** @typedef {import("./upload.js").UploadOptions} UploadOptions */

/**
 * The version of the library, such as "0.1.0".
 * @type {string}
 */
export const version = lib.ferry_version();

/** How many objects of the library are not freed yet; a test that ends with 0 leaks nothing. */
export function liveObjects() {
  return Number(lib.ferry_live_objects());
}
