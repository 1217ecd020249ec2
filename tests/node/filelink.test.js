import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { inspect } from "node:util";

import { FerryError, Security, signWebhook, verifyWebhook } from "libferry";

import {
  CLOUD,
  MIB,
  SECRET,
  client,
  control,
  failureOf,
  file,
  folder,
  noise,
  picture,
  requests,
  until,
  withFault,
} from "./support.js";

const ferry = client();

test("a stored file is described, read and downloaded", async () => {
  const link = await ferry.upload(picture, { filename: "ferry.png", mimetype: "image/png" });
  const told = await link.metadata(["filename", "size", "width"]);
  assert.deepEqual([told.filename, told.size], ["ferry.png", picture.length]);
  const again = ferry.filelink(link.handle);
  assert.deepEqual([`${again}`, JSON.stringify(again)], [link.url, JSON.stringify(link.handle)]);
  assert.equal(inspect(again), `Filelink ${link.handle}`);
  const target = join(folder, "back.png");
  let last;
  assert.equal(await again.download(target, { progress: (it) => void (last = it) }), picture.length);
  assert.equal(last.bytesDone, picture.length);
  assert.ok(readFileSync(target).equals(picture));
  assert.ok((await again.buffer()).equals(picture));
});

/** What the cloud has sent, once it sends no more. Its answers to this are small. */
async function sentInTheEnd() {
  let sent = 0;
  let quiet = 0;
  await until(async () => {
    const { bytes_sent: now } = await control("stats");
    quiet = now - sent < MIB / 16 ? quiet + 1 : 0;
    sent = now;
    return quiet === 20;
  });
  return sent;
}

test("a download is a stream, which waits for its reader and can be given up", async () => {
  const bytes = noise(48 * MIB);
  const link = await ferry.upload(bytes);
  assert.ok((await buffer(link.open())).equals(bytes));
  const stream = link.open();
  const [first] = await stream.take(1).toArray();
  assert.ok(bytes.subarray(0, first.length).equals(first));
  const before = await sentInTheEnd();
  const other = link.open();
  await once(other, "readable");
  const piece = other.read(1);
  assert.deepEqual(piece, bytes.subarray(0, 1));
  // What sockets hold is sent; the file has more.
  const meanwhile = (await sentInTheEnd()) - before;
  assert.ok(meanwhile < bytes.length / 2, `${meanwhile} bytes for a reader that waits`);
  assert.ok(link._handle.isUsed);
  other.destroy();
  await once(other, "close");
  await until(() => !link._handle.isUsed); // the call has ended
  const afterwards = (await sentInTheEnd()) - before;
  assert.ok(afterwards < bytes.length / 2, `${afterwards} bytes for a reader that is gone`);
  const end = new AbortController();
  const ended = link.open({ signal: end.signal });
  await new Promise((resolve) => ended.once("readable", resolve));
  end.abort();
  assert.equal((await failureOf(buffer(ended))).name, "AbortError");
  assert.equal((await failureOf(buffer(ferry.filelink("ABCDEFGHIJ0123456789").open()))).httpStatus, 404);
});

test("a deadline ends a call", async () => {
  const link = await ferry.upload(Buffer.from("slow"));
  const stalled = { class: "metadata", action: { stall_ms: 60_000 } };
  const error = await withFault(stalled, () => failureOf(link.metadata([], { deadlineMs: 200 })));
  assert.deepEqual([error.name, error.code, error.step], ["FerryError", "FERRY_TIMEOUT", "metadata"]);
});

test("a stored file is overwritten and deleted", async () => {
  const link = await ferry.upload("one" && Buffer.from("one"));
  await link.overwrite(Buffer.from("two"));
  assert.equal((await link.buffer()).toString(), "two");
  await link.overwrite(file("three"));
  assert.equal((await link.buffer()).toString(), "three");
  await link.overwrite(Readable.from([Buffer.from("fo"), Buffer.from("ur")]));
  assert.equal((await link.buffer()).toString(), "four");
  const other = await ferry.upload(Buffer.from("five"));
  await link.overwriteUrl(other.signedUrl());
  assert.equal((await link.buffer()).toString(), "five");
  await link.delete();
  assert.equal((await failureOf(link.metadata())).httpStatus, 404);
});

test("a signal and a deadline end an overwrite whose stream is silent", { timeout: 20_000 }, async () => {
  const silent = () => new ReadableStream({ pull: () => new Promise(() => {}) });
  const link = await ferry.upload(Buffer.from("one"));
  const hasty = client({ connection: { deadlineMs: 100 } }).filelink(link.handle);
  const end = new AbortController();
  const stopped = failureOf(link.overwrite(silent(), { signal: end.signal }));
  setTimeout(() => end.abort(), 20);
  assert.equal((await stopped).name, "AbortError");
  assert.equal((await failureOf(link.overwrite(silent(), { deadlineMs: 100 }))).code, "FERRY_TIMEOUT");
  assert.equal((await failureOf(hasty.overwrite(silent()))).code, "FERRY_TIMEOUT");
  assert.equal((await link.buffer()).toString(), "one");
});

test("an overwrite lets go of its stream, and does not begin it with options that are wrong", async () => {
  const told = [];
  const stream = (value) => ({
    [Symbol.asyncIterator]() {
      told.push("begun");
      return { next: async () => ({ value, done: false }), return: async () => told.push("over") };
    },
  });
  const link = await ferry.upload(Buffer.from("one"));
  const bytes = Buffer.from("two");
  const refused = await failureOf(link.overwrite(stream(bytes), { deadlineMs: -1 }));
  assert.equal(refused.code, "FERRY_INVALID_ARGUMENT");
  assert.deepEqual(told, []);
  assert.match((await failureOf(link.overwrite(stream("text")))).message, /gives a string/);
  const end = new AbortController();
  setTimeout(() => end.abort(), 20);
  assert.equal((await failureOf(link.overwrite(stream(bytes), { signal: end.signal }))).name, "AbortError");
  assert.deepEqual(told, ["begun", "over", "begun", "over"]);
  assert.equal((await link.buffer()).toString(), "one");
});

test("chains are built with types, run and stored", async () => {
  const link = await ferry.upload(picture, { filename: "ferry.png" });
  const chain = link.resize({ width: 20, fit: "crop", align: ["top", "left"] }).roundedCorners({ radius: 3 });
  const tasks = "resize=align:%5Btop,left%5D,fit:crop,width:20/rounded_corners=radius:3";
  const url = `${CLOUD}/${tasks}/${link.handle}`;
  assert.equal(chain.url, url);
  const copy = chain.copy().flip();
  assert.equal(chain.url, url);
  assert.match(copy.url, /\/flip\//);
  assert.match(chain.signedUrl(), /\/security=p:/);
  assert.ok(chain.base64Url().startsWith(CLOUD));
  const small = ferry.transform(link).resize({ width: 7, height: 5, fit: "scale" });
  assert.deepEqual(await small.imagesize(), { width: 7, height: 5 });
  assert.equal(small.url, `${CLOUD}/resize=fit:scale,height:5,width:7/${link.handle}`);
  const stored = await small.store({ filename: "small.png", path: "small/" });
  const told = await stored.metadata(["width", "height", "filename"]);
  assert.deepEqual([told.width, told.height, told.filename], [7, 5, "small.png"]);
  assert.ok((await small.buffer()).length > 10);
  assert.throws(() => link.resize({ width: 99999 }), { code: "FERRY_INVALID_ARGUMENT", message: /10000/ });
  assert.match(
    ferry.transform([link, link]).collage({ files: [link, link], width: 50, height: 50 }).url,
    /collage=/,
  );
  assert.match(ferry.transform(link).raw("new_task=k:v").url, /\/new_task=k:v\//);
  assert.match(ferry.transform(link).withApikey().url, /TESTKEY/);
  assert.match(
    ferry.screenshot("https://example.com", { width: 400, agent: "mobile" }).url,
    /urlscreenshot=/,
  );
  assert.match(link.add("resize", "width:3").url, /resize=width:3/);
});

test("films are converted, workflows run, files zipped, anything asked for", async () => {
  const link = await ferry.upload(noise(1000), { filename: "film.mp4" });
  const job = await link.avConvert({ preset: "webm" });
  assert.equal((await failureOf(Promise.resolve().then(() => job.filelink))).code, "FERRY_NOT_READY");
  const status = await job.status();
  assert.ok(["started", "pending", "completed"].includes(status), status);
  assert.ok(job.uuid !== "" && job.url.startsWith(CLOUD) && job.timestamp !== "");
  assert.ok((await job.wait()).data.url);
  assert.ok((await job.filelink.buffer()).length > 0);
  const started = await ferry.runWorkflow("11111111-1111-1111-1111-111111111111", link);
  const told = await ferry.workflowStatus(started.jobid);
  assert.ok(["Started", "Finished"].includes(told.status), told.status);
  const target = join(folder, "all.zip");
  const length = await ferry.zip(target, [link, link.handle]);
  assert.equal(readFileSync(target).length, length);
  const response = await ferry.request("GET", `/file/${link.handle}/metadata`);
  assert.deepEqual([response.status, response.json().filename], [200, "film.mp4"]);
  assert.match(response.headers.get("content-type"), /json/);
  assert.ok(response.text().startsWith("{") && response.body.length > 2 && response.url.startsWith(CLOUD));
  const wrong = await failureOf(ferry.request("GET", "no path"));
  assert.ok(wrong instanceof FerryError && wrong.code === "FERRY_INVALID_ARGUMENT");
});

test("policies are signed and looked at", async () => {
  const expiry = Security.expiryIn(60);
  const reading = new Security({ expiry, call: ["read"] }, SECRET);
  assert.deepEqual(reading.policy, { call: ["read"], expiry });
  assert.match(reading.toString(), /^security=p:\S+,s:[0-9a-f]{64}$/);
  assert.ok(reading.allows("read") && !reading.allows("store"));
  assert.throws(() => reading.check("read", { now: expiry + 1 }), { code: "FERRY_INVALID_ARGUMENT" });
  const same = Security.fromSigned(reading.policyB64, reading.signature);
  assert.equal(`${same}`, `${reading}`);
  const link = await ferry.upload(Buffer.from("secret"));
  assert.equal(await (await fetch(link.signedUrl(same))).text(), "secret");
  assert.equal((await failureOf(link.metadata([], { security: same }))).code, "FERRY_INVALID_ARGUMENT");
  const bare = client({ security: undefined });
  assert.equal((await bare.filelink(link.handle).buffer({ security: same })).toString(), "secret");
  assert.equal((await failureOf(bare.filelink(link.handle).buffer())).httpStatus, 403);
  assert.equal((await bare.filelink(link.handle, { security: same }).buffer()).toString(), "secret");
  const free = new Security({ expiry, later: true }, SECRET, { unchecked: true });
  assert.equal(free.policy.later, true);
  assert.equal((await failureOf(ferry.upload(Buffer.from("x"), { security: {} }))).constructor, TypeError);
});

test("webhooks are verified", () => {
  const body = '{"id": 1}';
  const now = String(Security.expiryIn(0));
  const headers = { "fs-timestamp": now, "FS-Signature": signWebhook("new", body, now) };
  verifyWebhook("new", body, headers);
  verifyWebhook(["old", "new"], Buffer.from(body), new Headers(headers));
  const refused = (secret, given, more) => {
    try {
      verifyWebhook(secret, body, given, more);
    } catch (error) {
      return error.code;
    }
    return "none";
  };
  assert.equal(refused("old", headers), "FERRY_SIGNATURE_MISMATCH");
  assert.equal(refused("new", { "fs-timestamp": now }), "FERRY_INVALID_ARGUMENT");
  const old = { "fs-timestamp": "1000", "fs-signature": signWebhook("new", body, "1000") };
  assert.equal(refused("new", old), "FERRY_SIGNATURE_EXPIRED");
  assert.equal(refused("new", old, { toleranceSeconds: 0 }), "none");
});

test("what a client has made outlives it", async () => {
  const short = client();
  const link = await short.upload(Buffer.from("it"));
  short.close();
  short.close();
  assert.equal((await link.buffer()).toString(), "it");
  assert.equal((await failureOf(short.upload(Buffer.from("x")))).code, "FERRY_INVALID_STATE");
  link[Symbol.dispose]();
  assert.throws(() => link.url, { code: "FERRY_INVALID_STATE" });
  assert.equal((await failureOf(link.buffer())).code, "FERRY_INVALID_STATE");
  await until(async () => (await requests("deliver")).length > 0);
});
