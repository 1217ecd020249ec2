// Journals: what uploads keep to outlive their process.

import { path, whole } from "./call.js";
import { call } from "./pool.js";

/** @import { Path } from "./call.js" */

/**
 * An upload in a journal folder that is not over.
 * @typedef {object} Journal
 * @property {string} id
 * @property {"filestack" | "telestream"} service
 * @property {string} [path] Not of a batch, nor the sizes.
 * @property {number} [size] Bytes.
 * @property {number} [bytesStored]
 * @property {number} [files] Of a batch.
 * @property {number} [filesStored]
 * @property {Date} begun
 * @property {Date} changed
 * @property {boolean} inUse Whether an upload holds it.
 */

/**
 * The uploads in a journal folder. A folder that is not there has none.
 * @param {Path} folder
 * @returns {Promise<Journal[]>}
 */
export async function journals(folder) {
  const task = { name: /** @type {const} */ ("ferry_journal_list"), given: [path("folder", folder)] };
  const found = await call({ ...task, out: "json" }, {});
  return found.map((/** @type {any} */ it) => ({
    id: it.id,
    service: it.service,
    path: it.path,
    size: it.size,
    bytesStored: it.bytes_stored,
    files: it.files,
    filesStored: it.files_stored,
    begun: new Date(it.begun * 1000),
    changed: new Date(it.changed * 1000),
    inUse: it.in_use,
  }));
}

/**
 * Removes the uploads that nobody holds and that have not changed for so long; how many. They cannot go on
 * then.
 * @param {Path} folder
 * @param {number} olderThanSeconds 0: all of them
 * @returns {Promise<number>}
 */
export async function pruneJournals(folder, olderThanSeconds) {
  const given = [path("folder", folder), whole("olderThanSeconds", olderThanSeconds)];
  return call({ name: "ferry_journal_prune", given, out: "length" }, {});
}
