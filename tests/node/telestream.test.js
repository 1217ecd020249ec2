import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";

import {
  MIB,
  closedOnceStored,
  control,
  failureOf,
  file,
  forgetRequests,
  noise,
  parts,
  requests,
  telestream,
  until,
  withFault,
} from "./support.js";

const account = telestream();
const factory = account.factory();

test("a film goes up and is encoded", async () => {
  const told = [];
  const bytes = noise(6 * MIB);
  const options = { filename: "film.mp4", progress: (it) => void told.push(it.bytesDone) };
  const video = await factory.upload(file(bytes, "film.mov"), { profiles: "h264,webm" }, options);
  assert.equal(video.original_filename, "film.mp4");
  assert.equal(told.at(-1), bytes.length);
  assert.equal((await factory.videos.wait(video.id)).id, video.id);
  const encodings = await factory.videos.waitEncodings(video.id);
  assert.deepEqual(
    encodings.map((it) => it.status),
    ["success", "success"],
  );
  const encoding = await factory.encodings.find(encodings[0].id);
  assert.equal(encoding.video_id, video.id);
  assert.equal((await factory.encodings.wait(encoding.id)).status, "success");
  assert.equal((await factory.videos.encodings(video.id)).length, 2);
  assert.ok(Object.keys(await factory.videos.metadata(video.id)).length > 0);
  assert.ok((await factory.videos.listAll()).some((it) => it.id === video.id));
  await factory.videos.deleteSource(video.id);
  await factory.videos.delete(video.id);
  const gone = await failureOf(factory.videos.find(video.id));
  assert.deepEqual([gone.code, gone.httpStatus], ["FERRY_HTTP", 404]);
});

test("bytes and streams go up, a stream that is slow too", async () => {
  const bytes = noise(6 * MIB);
  async function* slowly() {
    for (let at = 0; at < bytes.length; at += MIB) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      yield bytes.subarray(at, at + MIB);
    }
  }
  const sources = [
    [bytes, {}],
    [Readable.from(slowly()), { size: bytes.length }],
    [Readable.from(slowly()), {}],
  ];
  for (const [source, options] of sources) {
    const video = await factory.upload(source, { profiles: "none" }, { filename: "a.mp4", ...options });
    assert.equal((await factory.videos.wait(video.id)).file_size, bytes.length);
  }
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from("some");
      throw new RangeError("no more");
    })(),
  );
  assert.equal(
    (await failureOf(factory.upload(broken, {}, { filename: "a.mp4", size: 9 }))).message,
    "no more",
  );
  const end = new AbortController();
  const options = { filename: "a.mp4", size: 10, signal: end.signal };
  const endless = failureOf(factory.upload(new Readable({ read() {} }), {}, options));
  setTimeout(() => end.abort(), 20);
  assert.equal((await endless).name, "AbortError");
});

test("an upload that is closed once the service has the video gives it", async () => {
  const options = { filename: "a.mp4", progress: closedOnceStored(() => upload) };
  const upload = factory.prepareUpload(Buffer.from("film"), { profiles: "none" }, options);
  assert.equal((await upload.run()).original_filename, "a.mp4");
  assert.throws(() => upload.state, { code: "FERRY_INVALID_STATE" });
});

const silent = () => new ReadableStream({ pull: () => new Promise(() => {}) });

test("a deadline ends the upload of a stream that is silent", { timeout: 20_000 }, async () => {
  const options = { filename: "a.mp4", size: 10 };
  const hasty = telestream({ connection: { deadlineMs: 100 } }).factory();
  for (const upload of [
    factory.prepareUpload(silent(), {}, { ...options, deadlineMs: 100 }),
    hasty.prepareUpload(silent(), {}, options),
  ]) {
    const error = await failureOf(upload.run());
    assert.deepEqual([error.code, error.retryable], ["FERRY_TIMEOUT", true]);
    upload.close();
  }
});

test("each stop ends the upload of a stream that is silent", { timeout: 20_000 }, async () => {
  const options = { filename: "a.mp4", size: 10 };
  for (const [stop, isRetryable] of Object.entries({ interrupt: true, cancel: false, close: true })) {
    const upload = factory.prepareUpload(silent(), {}, options);
    const run = failureOf(upload.run());
    await until(() => upload.state === "uploading");
    await new Promise((resolve) => setTimeout(resolve, 50)); // it waits for the stream by then
    upload[stop]();
    const { name, code, retryable } = await run;
    assert.deepEqual([name, code, retryable], ["FerryError", "FERRY_CANCELLED", isRetryable]);
    if (stop !== "close") assert.equal(upload.state, stop === "cancel" ? "aborted" : "interrupted");
    upload.close();
  }
});

test("a pause ends the run of a stream that is silent, or the next one", { timeout: 20_000 }, async () => {
  const upload = factory.prepareUpload(silent(), {}, { filename: "a.mp4", size: 10 });
  const run = failureOf(upload.run());
  await until(() => upload.state === "uploading");
  await new Promise((resolve) => setTimeout(resolve, 50)); // it waits for the stream by then
  upload.pause();
  assert.deepEqual([(await run).code, upload.state], ["FERRY_PAUSED", "paused"]);
  upload.pause();
  assert.deepEqual([(await failureOf(upload.run())).code, upload.state], ["FERRY_PAUSED", "paused"]);
  const again = failureOf(upload.run());
  await until(() => upload.state === "uploading");
  upload.interrupt();
  assert.equal((await again).code, "FERRY_CANCELLED");
  upload.close();
});

test("a pause ends the run of a stream that has given something", { timeout: 20_000 }, async () => {
  for (const size of [10, undefined]) {
    let begin;
    const isAsked = new Promise((resolve) => (begin = resolve));
    async function* stream() {
      yield Buffer.from("first");
      begin();
      await new Promise(() => {});
    }
    const upload = factory.prepareUpload(stream(), {}, { filename: "a.mp4", size });
    const run = failureOf(upload.run());
    await isAsked;
    upload.pause();
    assert.deepEqual([(await run).code, upload.state], ["FERRY_PAUSED", "paused"], `${size}`);
    upload.close();
  }
});

test("a run after a cancel ends though its stream is silent", { timeout: 20_000 }, async () => {
  const upload = factory.prepareUpload(silent(), {}, { filename: "a.mp4", size: 10 });
  upload.cancel();
  assert.equal((await failureOf(upload.run())).code, "FERRY_CANCELLED");
  assert.equal((await failureOf(upload.run())).name, "FerryError");
  upload.close();
});

test("a run that follows another one reads on in the stream, and misses nothing", async () => {
  const bytes = noise(10);
  let begin;
  const isBegun = new Promise((resolve) => (begin = resolve));
  async function* stream() {
    await isBegun;
    yield bytes.subarray(0, 5);
    yield bytes.subarray(5);
  }
  const upload = factory.prepareUpload(stream(), { profiles: "none" }, { filename: "a.mp4", size: 10 });
  const end = new AbortController();
  const stopped = failureOf(upload.run({ signal: end.signal }));
  await until(() => upload.state === "uploading");
  await new Promise((resolve) => setTimeout(resolve, 50)); // it waits for the stream by then
  end.abort();
  assert.equal((await stopped).name, "AbortError");
  const again = upload.run();
  await new Promise((resolve) => setTimeout(resolve, 50));
  begin();
  const video = await again;
  assert.equal((await factory.videos.wait(video.id)).file_size, 10);
  upload.close();
});

test("an upload goes on after a stop, elsewhere with its token, and cancel deletes it", async () => {
  const path = file(noise(11 * MIB), "film.mp4");
  const upload = factory.prepareUpload(path, { profiles: "none" }, { concurrency: 1 });
  const end = new AbortController();
  const error = await withFault({ class: "flip_part", skip: 1, action: { stall_ms: 60_000 } }, async () => {
    const run = failureOf(upload.run({ signal: end.signal }));
    await until(async () => (await requests("flip_part")).length > 1);
    end.abort();
    return run;
  });
  assert.equal(error.name, "AbortError");
  assert.equal(upload.state, "interrupted");
  const again = factory.resumeUpload(path, upload.token);
  await forgetRequests();
  const video = await again.run();
  assert.deepEqual([await parts("flip_part"), await requests("flip_session")], [[1, 2], []]);
  assert.equal(video.original_filename, path.split("/").at(-1));
  assert.deepEqual([again.state, again.video], ["uploaded", video]);
  assert.equal((await control("repeated")).telestream.parts, 0);
  const lost = factory.prepareUpload(path);
  const cancelled = await withFault({ class: "flip_part", action: { stall_ms: 60_000 } }, async () => {
    const run = failureOf(lost.run());
    await until(async () => (await requests("flip_part")).length > 0);
    lost.cancel();
    return run;
  });
  assert.deepEqual([cancelled.code, cancelled.retryable], ["FERRY_CANCELLED", false]);
  assert.equal((await requests("flip_abort")).length, 1);
});

test("factories, profiles and notifications are asked for and changed", async () => {
  const [first] = await account.factories.list();
  assert.equal(first.id, factory.id ?? first.id);
  const made = await factory.profiles.create({ preset_name: "h264", name: "mine", width: 100 });
  await factory.profiles.update(made.id, { width: 200 });
  assert.equal((await factory.profiles.find("mine")).width, 200);
  await factory.profiles.delete(made.id);
  await factory.updateNotifications({ delay: 7 });
  assert.equal((await factory.notifications()).delay, 7);
  const response = await account.request("GET", "/profiles.json", { per_page: 1 });
  assert.deepEqual([response.status, response.json().length], [200, 1]);
  const signed = account.signedParams("POST", "/videos.json", { profiles: "h264" });
  assert.deepEqual(Object.keys(signed).sort(), [
    "access_key",
    "factory_id",
    "profiles",
    "signature",
    "timestamp",
  ]);
  assert.throws(() => telestream({ apikey: "k" }), { code: "FERRY_INVALID_ARGUMENT" });
  const failing = factory.encodings.create({ video_id: "0".repeat(32), profile_name: "h264" });
  assert.equal((await failureOf(failing)).code, "FERRY_HTTP");
  assert.equal((await failureOf(factory.encodings.retry("0".repeat(32)))).httpStatus, 404);
  assert.equal((await failureOf(factory.encodings.cancel("0".repeat(32)))).httpStatus, 404);
});
