import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { inspect } from "node:util";

import { Client, FerryError, Security, signWebhook, verifyWebhook } from "libferry";

import {
  APIKEY,
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

test("a request sends a body as it is, with Filelinks as their handles", async () => {
  const link = ferry.filelink("ABCDEFGHIJ0123456789");
  const body = { handle: "abc", note: "hi", inner: [{ handle: "x", note: "y" }], link };
  const echo = { class: "any", action: { echo: true } };
  const { body: echoed } = await withFault(echo, () => failureOf(ferry.request("POST", "/any", body)));
  const sent = { ...body, link: link.handle };
  assert.ok(echoed.includes(JSON.stringify(sent)), echoed);
});

test("headers of a response are characters for bytes, as fetch gives them", async () => {
  const disposition = 'attachment; filename="größe – 漢.txt"';
  const fault = { class: "any", action: { headers: { "content-disposition": disposition } } };
  const { handle } = await ferry.upload(Buffer.from("x"));
  const { headers } = await withFault(fault, () => ferry.request("GET", `/file/${handle}/metadata`));
  const value = headers.get("content-disposition");
  assert.equal(Buffer.from(value, "latin1").toString(), disposition);
});

test("as JSON an empty response is null, and one that is no JSON is an error of the protocol", async () => {
  const answer = async (body) => ferry.request("GET", (await ferry.upload(Buffer.from(body))).url);
  const empty = { class: "any", action: { status: 200, body: "" } };
  assert.equal((await withFault(empty, () => ferry.request("GET", "/any"))).json(), null);
  assert.deepEqual((await answer('{"a": 1}')).json(), { a: 1 });
  for (const body of ["<html>", " ", '{"a": 1} more', [0x22, 0xff, 0x22]]) {
    const response = await answer(body);
    assert.ok(response.body.equals(Buffer.from(body)));
    assert.throws(() => response.json(), {
      name: "FerryError",
      code: "FERRY_PROTOCOL",
      message: /^http:\S+: the answer is not JSON$/,
    });
  }
});

test("parameters of a screenshot stand for themselves", () => {
  const page = "https://example.com/";
  for (const parameters of [
    {},
    { width: 400, agent: "mobile", height: undefined },
    { device: "a,width:5" },
    { device: "a: [b], /c" },
  ]) {
    const chain = ferry.transform(page).urlscreenshot(parameters);
    assert.equal(ferry.screenshot(page, parameters).url, chain.url);
  }
  const refused = [
    { "agent:mobile,width": 5 },
    { device: 'a"' },
    { device: "a\\" },
    { width: "5,height:5" },
    { width: true },
    { mode: "tall" },
  ];
  for (const parameters of refused) {
    assert.throws(() => ferry.screenshot(page, parameters), { code: "FERRY_INVALID_ARGUMENT" });
  }
  assert.throws(() => ferry.screenshot("ABCDEFGHIJ0123456789"), { code: "FERRY_INVALID_ARGUMENT" });
});

test("policies are signed and looked at", async () => {
  const expiry = Security.expiryIn(60);
  const reading = new Security({ expiry, call: ["read"] }, SECRET);
  assert.deepEqual(reading.policy, { call: ["read"], expiry });
  assert.match(reading.urlString(), /^security=p:\S+,s:[0-9a-f]{64}$/);
  assert.deepEqual(JSON.parse(`${reading}`), reading.policy);
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

test("a file of a batch has the security that it was stored with", async () => {
  const [one, other] = [3600, 3601].map((it) => new Security({ expiry: Security.expiryIn(it) }, SECRET));
  const paths = ["1", "2", "3"].map((it) => file(it));
  const files = [{ path: paths[0], security: one }, { path: paths[1] }, paths[2]];
  const told = [];
  const onItem = (index, { filelink }) => void (told[index] = filelink);
  const batch = client({ security: undefined }).prepareBatch(files, { security: other, onItem });
  const links = await batch.run();
  for (const [index, security] of [one, other, other].entries()) {
    for (const link of [links[index], told[index], batch.results[index].filelink]) {
      assert.equal((await link.buffer()).toString(), `${index + 1}`);
      assert.ok(link.signedUrl().includes(security.signature));
      assert.ok(link.flip().signedUrl().includes(security.signature));
    }
  }
});

test("what was made with a security, and calls under way, go on after it is closed", async () => {
  const security = new Security({ expiry: Security.expiryIn(3600) }, SECRET);
  const own = client({ security });
  const bare = client({ security: undefined });
  const path = file(picture);
  const { handle } = await ferry.upload(picture);
  const film = await ferry.upload(Buffer.from("film"), { filename: "film.mp4" });
  const uploads = [own.prepareUpload(path), bare.prepareUpload(path, { security })];
  const batches = [own.prepareBatch([path]), bare.prepareBatch([path], { security })];
  const links = [own.filelink(handle), bare.filelink(handle, { security })];
  const chains = [own.transform(handle).flip(), bare.transform(handle, { security }).flip()];
  const jobs = await Promise.all([
    own.filelink(film.handle).avConvert({ preset: "webm" }),
    bare.filelink(film.handle).avConvert({ preset: "h264" }, { security }),
  ]);
  const held = { class: "upload", action: { hold_ms: 300 } };
  const bytes = await withFault(held, async () => {
    const calls = [own.upload(picture), bare.upload(picture, { security })];
    await until(async () => (await requests("upload")).length === 2);
    security.close();
    return Promise.all(calls);
  });
  const made = [...links, ...bytes];
  for (const it of uploads) made.push(await it.run(), it.filelink);
  for (const it of batches) made.push(...(await it.run()), it.results[0].filelink);
  for (const it of chains) made.push(await it.store());
  await Promise.all(jobs.map((it) => it.wait()));
  made.push(...jobs.map((it) => it.filelink));
  for (const it of [...made, ...chains]) {
    assert.ok((await it.buffer()).length > 0);
    const answer = await fetch(it.signedUrl());
    assert.ok(answer.ok && (await answer.arrayBuffer()).byteLength > 0);
    assert.match(it.rotate({ deg: 90 }).signedUrl(), /\/security=p:/);
  }
  assert.ok((await own.upload(picture)).handle);
  assert.equal((await own.request("GET", `/file/${handle}/metadata`)).status, 200);
  const closed = [
    () => new Client(APIKEY, { security }),
    () => bare.upload(picture, { security }),
    () => bare.filelink(handle, { security }),
    () => bare.filelink(handle).buffer({ security }),
    () => bare.transform(handle, { security }),
    () => bare.prepareBatch([{ path, security }]),
  ];
  for (const run of closed) {
    assert.equal((await failureOf(Promise.resolve().then(run))).code, "FERRY_INVALID_STATE", `${run}`);
  }
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
