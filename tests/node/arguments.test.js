// What callers give wrongly: names that no option has, and values that are no arguments.

import assert from "node:assert/strict";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";

import {
  Client,
  FerryError,
  Security,
  Telestream,
  journals,
  pruneJournals,
  signWebhook,
  verifyWebhook,
} from "libferry";
import { LocalCloud } from "libferry/testing";

import { client, failureOf, file, folder, requests, telestream, withFault } from "./support.js";

const ferry = client();
const path = file("some bytes");
const link = await ferry.upload(Buffer.from("some bytes"));
const chain = ferry.transform(link).flip();
const account = telestream();
const factory = account.factory();
const security = new Security({ expiry: 4_102_444_800 }, "secret");

/** The error of a call, whether it throws or its promise is rejected. */
function refusal(run) {
  return failureOf(Promise.resolve().then(run));
}

const MISSPELT = [
  ["filename", (it) => ferry.upload(Buffer.from("x"), { filname: it })],
  ["filename", (it) => ferry.upload(join(folder, "x"), { fileName: it })],
  ["size", (it) => ferry.upload(Readable.from([]), { siez: it })],
  ["altText", (it) => ferry.uploadUrl("https://example.com/a", { alttext: it })],
  ["journal", (it) => ferry.prepareUpload("x", { journalDir: it })],
  ["concurrency", (it) => ferry.resumeUpload("x", "ferry1.", { concurency: it })],
  ["onItem", (it) => ferry.uploadMany(["x"], { onitem: it })],
  ["restart", (it) => ferry.prepareBatch(["x"], { restrat: it })],
  ["storePath", (it) => ferry.prepareBatch([{ path: "x", storePat: it }])],
  ["signal", (it) => ferry.prepareUpload(path).run({ signla: it })],
  ["signal", (it) => ferry.prepareBatch([path]).run({ signla: it })],
  ["security", (it) => ferry.filelink("ABCDEFGHIJ0123456789", { securty: it })],
  ["security", (it) => ferry.transform(link, { securty: it })],
  ["progress", (it) => ferry.zip(join(folder, "zip"), [link], { onProgress: it })],
  ["deadlineMs", (it) => ferry.runWorkflow("id", link, { deadline: it })],
  ["deadlineMs", (it) => ferry.workflowStatus("id", { deadlineMS: it })],
  ["deadlineMs", (it) => ferry.request("GET", "/x", undefined, { deadLine: it })],
  ["baseUrl", (it) => new Client("K", { baseURL: it })],
  ["caFile", (it) => new Client("K", { connection: { cafile: it } })],
  ["deadlineMs", (it) => link.metadata([], { deadline: it })],
  ["deadlineMs", (it) => link.download(join(folder, "y"), { deadline: it })],
  ["deadlineMs", (it) => link.buffer({ deadline: it })],
  ["deadlineMs", (it) => link.open({ deadline: it })],
  ["keepStored", (it) => link.delete({ keepstored: it })],
  ["deadlineMs", (it) => link.overwrite(Buffer.from("x"), { deadline: it })],
  ["base64decode", (it) => link.overwriteUrl("https://example.com/a", { base64Decode: it })],
  ["container", (it) => chain.store({ containr: it })],
  ["deadlineMs", (it) => chain.json({ deadline: it })],
  ["deadlineMs", (it) => chain.imagesize({ deadline: it })],
  ["deadlineMs", (it) => chain.avConvert({ preset: "h264" }, { deadline: it })],
  ["unchecked", (it) => new Security({ expiry: 1 }, "secret", { uncheked: it })],
  ["toleranceSeconds", (it) => verifyWebhook("s", "b", {}, { toleranceSecond: it })],
  ["accessKey", (it) => new Telestream({ acessKey: it })],
  ["deadlineMs", (it) => account.request("GET", "/videos.json", {}, { deadline: it })],
  ["timestamp", (it) => account.signedParams("GET", "/videos.json", {}, { timestmp: it })],
  ["deadlineMs", (it) => factory.videos.list({}, { deadline: it })],
  ["deadlineMs", (it) => factory.notifications({ deadline: it })],
  ["extraFiles", (it) => factory.upload("x", {}, { extraFile: it })],
  ["ranges", (it) => factory.prepareUpload("x", {}, { range: it })],
  ["restart", (it) => factory.resumeUpload("x", "ferry1.", { restrat: it })],
  ["flags", (it) => LocalCloud.start({ flag: it })],
];

test("a name that no option has is refused, with the one that was meant", async () => {
  for (const [meant, run] of MISSPELT) {
    const error = await refusal(() => run("a secret"));
    assert.ok(error instanceof TypeError, `${run}: ${error}`);
    assert.match(error.message, /^unknown name "\w+" in \w/, `${run}`);
    assert.ok(error.message.endsWith(`did you mean "${meant}"?`), `${run}: ${error}`);
  }
  const far = await refusal(() => link.metadata([], { colour: 1 }));
  assert.equal(
    far.message,
    'unknown name "colour" in options: there are signal, progress, deadlineMs, security',
  );
  const none = await refusal(() => new Client("K", { connection: { hasOwnProperty: 1 } }));
  assert.match(none.message, /^unknown name "hasOwnProperty" in connection: there are connectTimeoutMs, /);
  assert.equal((await requests("metadata")).length, 0);
});

/** Bytes whose memory may be given back while they are read. */
function resizable(Buffer) {
  return new Uint8Array(new Buffer(8, { maxByteLength: 16 }));
}

/** Whatever is no argument: the name of the argument, what it has to be, and what was given. */
const WRONG = [
  ["apikey must be a string, not undefined", () => new Client()],
  ["options must be an object, not null", () => new Client("K", null)],
  ["options must be an object, not a string", () => new Client("K", "http://127.0.0.1")],
  ["connection must be an object, not a number", () => new Client("K", { connection: 5 })],
  ["skipPolicyChecks must be true or false, not a string", () => new Client("K", { skipPolicyChecks: "no" })],
  ["onEvent must be a function, not an Object", () => new Client("K", { connection: { onEvent: {} } })],
  ["deadlineMs must be a number, not a string", () => new Client("K", { connection: { deadlineMs: "5" } })],
  ["security must be a Security, not an Object", () => new Client("K", { security: {} })],
  ["security must be a Security, not null", () => link.signedUrl(null)],
  ["security must be a Security, not a string", () => chain.base64Url("policy")],
  ['file must be a path or a URL with "file:", not undefined', () => ferry.prepareUpload()],
  ['file must be a path or a URL with "file:", not a URL', () => ferry.prepareUpload(new URL("http://a/b"))],
  ["options must be an object, not null", () => ferry.upload("x", null)],
  ["options must be an object, not an Array", () => ferry.upload(Buffer.from("x"), [])],
  ["restart must be true or false, not a number", () => ferry.upload("x", { restart: 1 })],
  ["signal must be an AbortSignal, not an Object", () => ferry.upload(Buffer.from("x"), { signal: {} })],
  ["signal must be an AbortSignal, not an Object", () => link.open({ signal: {} })],
  ["progress must be a function, not a boolean", () => link.buffer({ progress: true })],
  ["url must be a string, not a URL", () => ferry.uploadUrl(new URL("http://a/b"))],
  ["token must be a string, not undefined", () => ferry.resumeUpload("x")],
  ["files must be a list of paths, not undefined", () => ferry.uploadMany()],
  ["files must be a list of paths, not a string", () => ferry.uploadMany("x")],
  ["a file of the batch must be a path or an object with one, not null", () => ferry.uploadMany([null])],
  ['path must be a path or a URL with "file:", not undefined', () => ferry.uploadMany([{}])],
  ["onItem must be a function, not an Array", () => ferry.uploadMany(["x"], { onItem: [] })],
  ["index must be a number, not a string", () => ferry.prepareBatch([path]).filelink("0")],
  ["handle must be a string, not undefined", () => ferry.filelink()],
  ["source must be a Filelink, a handle or a URL, not undefined", () => ferry.transform()],
  ["source must be a Filelink, a handle or a URL, not null", () => ferry.transform([null])],
  ["url must be a string, not undefined", () => ferry.screenshot()],
  ["parameters must be an object, not null", () => ferry.screenshot("https://example.com", null)],
  ["parameters must be an object, not a number", () => link.resize(5)],
  ["task must be a string, not undefined", () => link.add()],
  ["element must be a string, not a number", () => link.raw(5)],
  ["always must be true or false, not a string", () => ferry.transform(link).withApikey("yes")],
  ["attributes must be a list, not a string", () => link.metadata("size")],
  ["attributes must be a string, not a number", () => link.metadata([5])],
  ["keepStored must be true or false, not a string", () => link.delete({ keepStored: "yes" })],
  ['target must be a path or a URL with "file:", not undefined', () => link.download()],
  ["files must be a list, not a string", () => ferry.zip(join(folder, "zip"), link.handle)],
  ["workflowId must be a string, not undefined", () => ferry.runWorkflow()],
  ["jobId must be a string, not an Object", () => ferry.workflowStatus({})],
  ["method must be a string, not undefined", () => ferry.request()],
  ["body must be a value that JSON has, not a function", () => ferry.request("PUT", "/x", () => {})],
  ["body cannot be written as JSON: Do not know how to", () => ferry.request("PUT", "/x", { a: 5n })],
  ["parameters cannot be written as JSON: width is NaN", () => link.resize({ width: NaN, height: 100 })],
  ["parameters cannot be written as JSON: width is Infinity", () => link.add("resize", { width: Infinity })],
  ["width must be a value, not null", () => link.resize({ width: null, height: 100 })],
  ["parameters must be a plain object, not an Object", () => link.resize(Object.create({ width: 5 }))],
  ["tags must be a plain object, not a Map", () => ferry.upload(path, { tags: new Map([["a", "b"]]) })],
  ["params must be a plain object, not a Set", () => factory.videos.create(new Set())],
  ["body cannot be written as JSON: a must be a plain", () => ferry.request("PUT", "/", { a: new Map() })],
  ["body cannot be written as JSON: a must be a value", () => ferry.request("PUT", "/x", { a: () => {} })],
  ["filename has half a surrogate pair", () => ferry.upload(path, { filename: "a\ud800" })],
  ["file has half a surrogate pair", () => ferry.prepareUpload("\udc00")],
  ["tags cannot be written as JSON: a has half", () => ferry.upload(path, { tags: { a: "\ud800" } })],
  ["tags cannot be written as JSON: a name has half", () => ferry.upload(path, { tags: { "\ud800": "a" } })],
  ["body has half a surrogate pair", () => signWebhook("s", "\ud800", "5")],
  ["source must be bytes of a fixed length", () => ferry.upload(resizable(ArrayBuffer))],
  ["source must be bytes of a fixed length", () => ferry.upload(resizable(SharedArrayBuffer))],
  ["source must be bytes of a fixed length", () => link.overwrite(resizable(ArrayBuffer))],
  ["source must be bytes of a fixed length", () => factory.upload(resizable(ArrayBuffer), {}, {})],
  ["policy must be an object, not undefined", () => new Security()],
  ["secret must be a string, not undefined", () => new Security({ expiry: 1 })],
  ["policyB64 must be a string, not undefined", () => Security.fromSigned()],
  ["details must be an object, not null", () => security.check("read", null)],
  ["seconds must be a number, not undefined", () => Security.expiryIn()],
  ["secret must be a string or a list, not undefined", () => verifyWebhook(undefined, "b", {})],
  ["body must be a string or a Uint8Array, not an Object", () => verifyWebhook("s", {}, {})],
  ["headers must be an object, not undefined", () => verifyWebhook("s", "b")],
  ["timestamp must be a string, not a number", () => signWebhook("s", "b", 5)],
  ['folder must be a path or a URL with "file:", not undefined', () => journals()],
  ["olderThanSeconds must be a number, not undefined", () => pruneJournals(folder)],
  ["bytesPerSecond must be a number, not a string", () => ferry.prepareUpload(path).limit("5")],
  ["options must be an object, not undefined", () => new Telestream()],
  ["accessKey must be a string, not undefined", () => new Telestream({ secretKey: "b" })],
  ['source must be a path or a URL with "file:", not undefined', () => factory.upload()],
  ["extraFiles must be an object, not null", () => factory.upload("x", {}, { extraFiles: null })],
  ["params must be an object, not undefined", () => factory.videos.create()],
  ["params must be an object, not a string", () => factory.profiles.update("id", "x")],
  ["params must be an object, not undefined", () => factory.updateNotifications()],
  ["id must be a string, not undefined", () => factory.videos.find()],
];

test("an argument that is none is refused by its name, with what it has to be", async () => {
  for (const [message, run] of WRONG) {
    const error = await refusal(run);
    assert.ok(error instanceof TypeError && error.message.startsWith(message), `${run}: ${error}`);
  }
});

test("options may be inherited, getters or hidden, and unknown names may not", async () => {
  class Own {
    get filename() {
      return "own.txt";
    }
  }
  const hidden = Object.defineProperty({}, "filename", { value: "own.txt" });
  for (const options of [new Own(), Object.create({ filename: "own.txt" }), hidden]) {
    for (const source of [path, Buffer.from("x"), Readable.from([Buffer.from("x")])]) {
      assert.equal((await ferry.upload(source, options)).answer.filename, "own.txt");
    }
    assert.equal((await ferry.uploadMany([Object.assign(options, { path })]))[0].answer.filename, "own.txt");
  }
  const aborted = Object.create({ signal: AbortSignal.abort() });
  for (const run of [() => ferry.upload(path, aborted), () => link.buffer(aborted)]) {
    assert.equal((await refusal(run)).name, "AbortError");
  }
  const unknown = await refusal(() => ferry.upload(path, Object.create({ filname: "x" })));
  assert.match(unknown.message, /^unknown name "filname" in options/);
});

test("0 threads are as many as suit, and a size is for a stream", async () => {
  await ferry.upload(path, { concurrency: 0 });
  for (const concurrency of [-1, 0.5, 65]) {
    const error = await refusal(() => ferry.upload(path, { concurrency }));
    assert.match(error.message, /from 1 to 64, or 0 for/);
  }
  for (const source of [path, Buffer.from("x")]) {
    for (const run of [(it) => ferry.upload(source, it), (it) => factory.prepareUpload(source, {}, it)]) {
      assert.match((await refusal(() => run({ size: 1 }))).message, /^size is for a stream/);
    }
  }
});

test("a secret in the wrong place is not shown", async () => {
  const error = await refusal(() => link.signedUrl("my secret"));
  assert.ok(!error.message.includes("my secret"));
});

test("an expiry is a whole number of seconds from now", async () => {
  for (const seconds of [-1, 1e300, NaN, Infinity, 0.5]) {
    const error = await refusal(() => Security.expiryIn(seconds));
    assert.equal(error.code, "FERRY_INVALID_ARGUMENT", `${error}`);
    assert.match(error.message, /^seconds is \S+; it takes a whole number from 0 to \d+$/);
  }
  const now = Math.floor(Date.now() / 1000);
  assert.ok(Math.abs(Security.expiryIn(0) - now) <= 1);
});

test("what the library refuses is not called by its name in C", async () => {
  const stalled = { class: "metadata", action: { stall_ms: 60_000 } };
  const refused = [
    ["tags must be", () => ferry.upload(path, { tags: 5 })],
    ["tags: the value of", () => ferry.upload(Buffer.from("x"), { tags: { a: 5 } })],
    ["workflows must be", () => ferry.upload(path, { workflows: "w-1" })],
    ["journal is empty", () => ferry.upload(path, { journal: "" })],
    ["journal is for the upload of a file", () => ferry.upload(Buffer.from("x"), { journal: folder })],
    ["journal cannot be set with", () => ferry.upload(path, { journal: folder, singleRequest: true })],
    ["filename is empty; leave it out", () => ferry.upload(path, { filename: "" })],
    ["journal cannot be set for", () => ferry.uploadUrl("https://example.com/a", { journal: folder })],
    ["body must be left out", () => ferry.request("GET", "/file/x", {})],
    ["resize: params is not a JSON object", () => link.add("resize", [])],
    ["details: size must be", () => security.check("read", { size: "big" })],
    ["params is not a JSON object", () => factory.videos.list([])],
    ["the deadline of the call has passed", () => link.metadata([], { deadlineMs: 50 })],
  ];
  await withFault(stalled, async () => {
    for (const [words, run] of refused) {
      const error = await refusal(run);
      assert.ok(error instanceof FerryError && error.message.includes(words), `${run}: ${error}`);
      assert.doesNotMatch(error.message, /_json|journal_dir|deadline_ms|ferry_|NULL/);
    }
  });
});
