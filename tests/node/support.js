// What the tests of the Node binding share. tests/node_binding.rs sets FERRY_LIBRARY, FERRY_TEST_HTTP (the
// cloud of the file), FERRY_TEST_SECRET where security is on, and the folders of the vectors and the data.

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Client, Security, Telestream } from "libferry";

export const CLOUD = process.env.FERRY_TEST_HTTP;
export const SECRET = process.env.FERRY_TEST_SECRET;
export const DATA = process.env.FERRY_TEST_DATA;
export const VECTORS = process.env.FERRY_TEST_VECTORS;
export const APIKEY = "TESTKEY";
export const MIB = 1 << 20;

export const folder = mkdtempSync(join(process.cwd(), "node-"));
export const picture = readFileSync(join(DATA, "ferry.png"));

export function client(options = {}) {
  const expiry = Security.expiryIn(3600);
  const security = SECRET === undefined ? undefined : new Security({ expiry }, SECRET);
  return new Client(APIKEY, { baseUrl: CLOUD, security, ...options });
}

export function telestream(options = {}) {
  return new Telestream({
    accessKey: "LOCAL_ACCESS_KEY",
    secretKey: "LOCAL_SECRET_KEY",
    factoryId: "fac1fac1fac1fac1fac1fac1fac1fac1",
    baseUrl: CLOUD,
    ...options,
  });
}

/** Bytes that do not repeat, and a file of them. */
export function noise(size) {
  return randomBytes(size);
}

let files = 0;

export function file(bytes, name = "file.bin") {
  files += 1;
  const path = join(folder, `${files}-${name}`);
  writeFileSync(path, bytes);
  return path;
}

/** What the cloud is told, or tells. */
export async function control(name, value, method = value === undefined ? "GET" : "PUT") {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const answer = await fetch(`${CLOUD}/_local/${name}`, { method, body });
  return answer.json();
}

export async function requests(kind) {
  return (await control("requests")).filter((it) => it.class === kind);
}

/** The numbers of the parts that have come, sorted. */
export async function parts(kind) {
  return (await requests(kind)).map((it) => it.part).sort((a, b) => a - b);
}

export async function forgetRequests() {
  await control("requests", undefined, "DELETE");
}

/** Until a condition holds, which asks the cloud. */
export async function until(condition) {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not come: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * A progress callback that closes its upload between the last request and the moment at which the event loop
 * sees the end. The callbacks before have to return, so it may wait in vain.
 */
export function closedOnceStored(upload) {
  const close = () => {
    const end = Date.now() + 1000;
    while (upload().state === "uploading" && Date.now() < end);
    if (upload().state === "uploaded") upload().close();
  };
  return ({ bytesDone, bytesTotal }) => {
    if (bytesDone === bytesTotal) queueMicrotask(close);
  };
}

/** Runs with a fault, which has to fire. */
export async function withFault(fault, run) {
  await forgetRequests();
  await control("faults", [fault]);
  try {
    const result = await run();
    const [{ fired }] = await control("faults");
    if (fired === 0) throw new Error("the fault has not fired");
    return result;
  } finally {
    await control("faults", []);
  }
}

/** The error that a promise is rejected with. */
export async function failureOf(promised) {
  const [outcome] = await Promise.allSettled([promised]);
  if (outcome.status !== "rejected") throw new Error("it has not failed");
  return outcome.reason;
}
