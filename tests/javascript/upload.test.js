"use strict";
// Uploads by the vendor's own JavaScript SDK, unmodified, to the local cloud. Run by tests/sdk.rs in an empty
// folder, with a cloud that knows one API key and asks for signatures.

const { control, requests } = require("./local_cloud.js");

const assert = require("assert/strict");
const fs = require("fs");
const { test } = require("node:test");
const filestack = require("filestack-js");
const { HANDLE, KEY, MIB, PICTURE, SOON } = require("./support.js");
const { client, fails, faults, mustHold, noise, sign } = require("./support.js");

test("a buffer is uploaded", async () => {
  const data = noise(1000);
  const file = await client.upload({ file: data, name: "data.bin" });
  assert.match(file.handle, HANDLE);
  assert.equal(file.url, `https://cdn.filestackcontent.com/${file.handle}`);
  assert.equal(file.filename, "data.bin");
  assert.equal(file.mimetype, "application/octet-stream");
  assert.equal(file.size, 1000);
  assert.equal(file.status, "Stored");
  await mustHold(file, data);
});

test("a path is uploaded", async () => {
  fs.writeFileSync("notes.txt", "some text");
  const file = await client.upload("notes.txt");
  assert.deepEqual([file.filename, file.mimetype, file.size], ["notes.txt", "text/plain", 9]);
  await mustHold(file, Buffer.from("some text"));
});

test("base64 is uploaded as what it stands for", async () => {
  const file = await client.upload({ file: PICTURE.toString("base64"), name: "a.png" });
  assert.equal(file.mimetype, "image/png");
  await mustHold(file, PICTURE);
});

test("what is no file is refused before anything is sent", async () => {
  await control("DELETE", "requests");
  await assert.rejects(client.upload("no such file!"), /Unsupported input file type/);
  assert.throws(() => client.upload(PICTURE, { no_such_option: 1 }), /Invalid upload params/);
  assert.deepEqual(await requests("start"), []);
});

test("a large file goes up in parts", async () => {
  const data = noise(11 * MIB);
  await control("DELETE", "requests");
  const file = await client.upload(data, { partSize: 5 * MIB, concurrency: 2 }, { filename: "large.bin" });
  const parts = (await requests("put")).map((put) => [put.part, put.size, put.status]).sort();
  assert.deepEqual(parts, [
    [1, 5 * MIB, 200],
    [2, 5 * MIB, 200],
    [3, MIB, 200],
  ]);
  const [complete] = await requests("complete");
  assert.equal(complete.body.parts.length, 3);
  await mustHold(file, data);
});

test("an intelligent upload goes up in chunks", async () => {
  const data = noise(9 * MIB);
  await control("DELETE", "requests");
  const file = await client.upload(data, { intelligent: true }, { filename: "large.bin" });
  assert.deepEqual((await requests("commit")).map((commit) => commit.body.part).sort(), [1, 2]);
  await mustHold(file, data);
});

test("where the account has no intelligent ingestion the parts are plain", async () => {
  await control("PUT", "settings", { intelligent: false });
  await control("DELETE", "requests");
  const data = noise(7 * MIB);
  const file = await client.upload(data, { intelligent: true });
  await control("PUT", "settings", { intelligent: true });
  assert.deepEqual(await requests("commit"), []);
  await mustHold(file, data);
});

test("a part that fails goes up in chunks if they are the fallback", async () => {
  const data = noise(7 * MIB);
  const file = await faults([{ class: "put", times: 1, action: { status: 503 } }], () =>
    client.upload(data, { intelligent: "fallback" }),
  );
  assert.ok((await requests("commit")).length > 0);
  await mustHold(file, data);
});

test("failures on the way are repeated", async () => {
  const data = noise(7 * MIB);
  const rules = ["start", "upload", "put", "complete"].map((it) => ({
    class: it,
    times: 1,
    action: { status: 503 },
  }));
  // Not `cut_after` of a part: what this SDK writes to a connection that is cut ends the process.
  rules.push({ class: "upload", match: { part: 2 }, times: 1, action: { lost_answer: true } });
  await mustHold(await faults(rules, () => client.upload(data, SOON)), data);
});

test("a failure that lasts ends the upload", async () => {
  const upload = () => client.upload(noise(1000), SOON);
  const denied = { class: "put", action: { status: 403, code: "AccessDenied" } };
  await faults([denied], () => fails(client, upload, /Cannot upload file part/));
  await faults([{ class: "upload", action: { status: 503 } }], () =>
    fails(client, upload, /Cannot get part metadata/),
  );
});

test("while the service joins the parts the SDK asks again", async () => {
  await control("PUT", "settings", { joining: 1 });
  await control("DELETE", "requests");
  const file = await client.upload(Buffer.from("joined later"));
  await control("PUT", "settings", { joining: 0 });
  assert.deepEqual(
    (await requests("complete")).map((complete) => complete.status),
    [202, 200],
  );
  await mustHold(file, Buffer.from("joined later"));
});

test("progress comes to 100 per cent", async () => {
  const seen = [];
  const onProgress = (progress) => seen.push({ ...progress });
  const slow = [{ class: "put", action: { slow_bytes_per_second: 40 * MIB } }];
  await faults(slow, () =>
    client.upload(noise(12 * MIB), { partSize: 6 * MIB, onProgress, progressInterval: 20 }),
  );
  assert.ok(seen.length > 3, `${seen.length} reports`);
  seen.reduce((before, now) => (assert.ok(now.totalBytes >= before.totalBytes), now));
  assert.equal(seen[0].totalBytes, 0);
  assert.ok(
    seen.some(({ totalPercent }) => totalPercent > 0 && totalPercent < 100),
    JSON.stringify(seen),
  );
});

test("an upload is paused and goes on", async () => {
  const token = {};
  const data = noise(21 * MIB);
  const slow = [{ class: "put", action: { slow_bytes_per_second: 100 * MIB } }];
  const file = await faults(slow, async () => {
    let paused;
    const first = new Promise((resolve) => (paused = resolve));
    const onProgress = ({ totalBytes }) => totalBytes > 0 && paused();
    const upload = client.upload(
      data,
      { partSize: 5 * MIB, concurrency: 1, onProgress, progressInterval: 5 },
      {},
      token,
    );
    await first;
    token.pause();
    const puts = (await requests("put")).length;
    assert.ok(puts < 5, `${puts} parts`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok((await requests("put")).length <= puts + 1, "it is not paused");
    token.resume();
    return upload;
  });
  assert.equal((await requests("put")).length, 5);
  await mustHold(file, data);
});

test("an upload is cancelled", async () => {
  const token = {};
  await faults([{ class: "put", action: { stall_ms: 60000 } }], async () => {
    let begun;
    const start = new Promise((resolve) => (begun = resolve));
    client.once("upload.start", begun);
    const upload = client.upload(noise(1000), {}, {}, token);
    const end = assert.rejects(upload, (file) => file.status === "Failed");
    await start;
    while ((await requests("put")).length === 0);
    token.cancel();
    await end;
  });
});

test("several files go up in one call", async () => {
  const files = await client.multiupload([
    { file: Buffer.from("one"), name: "1.txt" },
    { file: PICTURE, name: "2.png" },
  ]);
  assert.deepEqual(
    files.map((file) => [file.filename, file.mimetype]),
    [
      ["1.txt", "text/plain"],
      ["2.png", "image/png"],
    ],
  );
  await mustHold(files[0], Buffer.from("one"));
  await mustHold(files[1], PICTURE);
});

test("where and how a file is stored is said", async () => {
  await control("DELETE", "requests");
  const tags = { album: "boats" };
  const store = {
    filename: (file) => `my ${file.name}`,
    mimetype: "image/x-mine",
    altText: "a ferry",
    path: "albums/1/",
    container: "my-bucket",
    region: "eu-west-1",
    access: "public",
    location: "s3",
    sanitizer: { exclude: ["#"], replacement: "_" },
    workflows: ["00000000-0000-0000-0000-000000000001"],
  };
  const file = await client.upload({ file: PICTURE, name: "a#1.png" }, { tags }, store);
  assert.deepEqual(
    [file.filename, file.mimetype, file.container],
    ["my a_1.png", "image/x-mine", "my-bucket"],
  );
  assert.match(file.key, /^albums\/1\//);
  assert.deepEqual(file.uploadTags, tags);
  assert.deepEqual(Object.keys(file.workflows), store.workflows);
  const [{ body }] = await requests("start");
  assert.equal(body.store.region, "eu-west-1");
  assert.equal(body.store.access, "public");
  assert.equal((await requests("complete"))[0].body.alt, "a ferry");
});

test("the key has to be known", async () => {
  const other = filestack.init("ANOTHERKEY", { security: sign({}) });
  await fails(other, () => other.upload(PICTURE, SOON), /Start request failed/);
  assert.throws(() => filestack.init(), /apikey is required/);
});

test("a policy goes with one upload", async () => {
  const open = filestack.init(KEY);
  const file = await open.upload(PICTURE, {}, {}, {}, sign({ call: ["pick", "store"] }));
  open.setSecurity(sign({}));
  assert.deepEqual((await open.download(file.handle)).data, PICTURE);
  const into = sign({ path: "/mine/.*" });
  await mustHold(await client.upload(PICTURE, {}, { path: "/mine/" }, {}, into), PICTURE);
  const elsewhere = () => client.upload(PICTURE, {}, { path: "/theirs/" }, {}, into);
  await fails(client, elsewhere, /Start request failed/);
  const smaller = sign({ maxSize: 10 });
  await fails(client, () => client.upload(PICTURE, {}, {}, {}, smaller), /Start request failed/);
  const unsigned = filestack.init(KEY);
  await fails(unsigned, () => unsigned.upload(PICTURE), /Start request failed/);
});
