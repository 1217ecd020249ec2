import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

import { journals, pruneJournals } from "libferry";

import {
  CLOUD,
  MIB,
  client,
  closedOnceStored,
  control,
  failureOf,
  file,
  folder,
  forgetRequests,
  noise,
  parts,
  requests,
  until,
  withFault,
} from "./support.js";

const ferry = client();
const stalled = { class: "put", action: { stall_ms: 60_000 } };

test("a file goes up with progress, by its path or its URL", async () => {
  const bytes = noise(12 * MIB);
  const path = file(bytes, "film.bin");
  const told = [];
  const link = await ferry.upload(path, {
    filename: "a.mov",
    tags: { a: "b" },
    progress: (it) => void told.push(it),
  });
  assert.deepEqual(await link.buffer(), bytes);
  assert.equal(link.answer.filename, "a.mov");
  assert.deepEqual(link.answer.upload_tags, { a: "b" });
  for (const [index, it] of told.entries())
    assert.ok(index === 0 || it.bytesDone >= told[index - 1].bytesDone);
  const last = told.at(-1);
  assert.deepEqual(
    [last.bytesDone, last.bytesTotal, last.partsDone],
    [bytes.length, bytes.length, last.partsTotal],
  );
  assert.equal((await ferry.upload(pathToFileURL(path))).answer.size, bytes.length);
});

test("bytes and streams go up", async () => {
  const bytes = noise(6 * MIB + 1);
  const small = new Uint8Array([1, 2, 3]);
  const pieces = () => [bytes.subarray(0, 10), bytes.subarray(10, 5 * MIB), bytes.subarray(5 * MIB)];
  const sources = [
    [bytes, {}],
    [Readable.from(pieces()), { size: bytes.length }],
    [Readable.from(pieces()), {}],
    [new Blob([bytes]).stream(), { size: bytes.length }],
  ];
  for (const [source, options] of sources) {
    let last;
    const link = await ferry.upload(source, { ...options, progress: (it) => void (last = it) });
    assert.ok((await link.buffer()).equals(bytes));
    assert.equal(last.bytesDone, bytes.length);
  }
  assert.deepEqual([...(await (await ferry.upload(small.subarray(1))).buffer())], [2, 3]);
  assert.throws(() => ferry.prepareUpload(undefined), TypeError);
  assert.ok((await failureOf(ferry.upload(5))) instanceof TypeError);
});

test("a stream that fails, or gives no bytes, fails the upload with its own error", async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from("some");
      throw new RangeError("no more");
    })(),
  );
  assert.equal((await failureOf(ferry.upload(broken, { size: 10 }))).message, "no more");
  assert.match((await failureOf(ferry.upload(Readable.from(["text"])))).message, /gives a string/);
  const error = await failureOf(ferry.upload(Readable.from([Buffer.from("short")]), { size: 10 }));
  assert.equal(error.code, "FERRY_FILE_CHANGED");
  let isClosed = false;
  const long = Readable.from(
    (async function* () {
      try {
        for (;;) yield Buffer.alloc(1000);
      } finally {
        isClosed = true;
      }
    })(),
  );
  assert.equal((await failureOf(ferry.upload(long, { size: 10 }))).code, "FERRY_FILE_CHANGED");
  await until(() => isClosed);
});

test("an upload that was stopped goes on, and elsewhere with its token", async () => {
  const bytes = noise(21 * MIB);
  const path = file(bytes);
  const upload = ferry.prepareUpload(path, { concurrency: 1 });
  assert.equal(upload.state, "initialized");
  const error = await withFault({ ...stalled, match: { part: 3 } }, async () => {
    const run = failureOf(upload.run());
    await until(async () => (await requests("put")).some((it) => it.part === 3));
    assert.equal(upload.state, "uploading");
    upload.interrupt();
    return run;
  });
  assert.equal(error.code, "FERRY_CANCELLED");
  assert.ok(error.retryable && error.name === "FerryError");
  assert.equal(upload.state, "interrupted");
  assert.equal((await failureOf(Promise.resolve().then(() => upload.filelink))).code, "FERRY_NOT_READY");
  const token = upload.token;
  upload.close();
  const again = ferry.resumeUpload(path, token);
  again.pause();
  assert.equal((await failureOf(again.run())).code, "FERRY_PAUSED");
  assert.equal(again.state, "paused");
  again.limit(0);
  // The short last part may have had its digest, and have gone, before another one.
  const stored = (await requests("put")).filter((it) => it.status === 200).map((it) => it.part);
  assert.ok(stored.length > 0 && !stored.includes(3), `${stored}`);
  await forgetRequests();
  const link = await again.run();
  assert.equal(again.state, "uploaded");
  assert.ok((await link.buffer()).equals(bytes));
  const missing = [1, 2, 3, 4, 5].filter((part) => !stored.includes(part));
  assert.deepEqual([await parts("put"), await requests("start")], [missing, []]);
  assert.equal((await control("repeated")).filestack.parts, 0);
  const lost = ferry.prepareUpload(path);
  lost.cancel();
  assert.equal((await failureOf(lost.run())).retryable, false);
  assert.equal(lost.state, "aborted");
});

test("a signal ends each kind of upload", async () => {
  const bytes = noise(MIB);
  const path = file(bytes);
  const endless = new Readable({ read() {} });
  const prepared = ferry.prepareUpload(path);
  const uploads = [
    (options) => ferry.upload(path, options),
    (options) => ferry.upload(bytes, options),
    (options) => ferry.upload(Readable.from([bytes]), options),
    (options) => prepared.run(options),
  ];
  for (const upload of uploads) {
    const end = new AbortController();
    const error = await withFault(stalled, async () => {
      const run = failureOf(upload({ signal: end.signal }));
      await until(async () => (await requests("put")).length > 0);
      end.abort(new Error("enough"));
      return run;
    });
    assert.deepEqual(
      [error.name, error.code, error.cause.message],
      ["AbortError", "FERRY_CANCELLED", "enough"],
    );
  }
  assert.equal((await prepared.run()).answer.size, MIB);
  const end = new AbortController();
  const waiting = failureOf(ferry.upload(endless, { size: 10, signal: end.signal }));
  setTimeout(() => end.abort(), 20);
  assert.equal((await waiting).name, "AbortError");
  assert.ok(endless.destroyed);
  assert.equal((await failureOf(ferry.upload(path, { signal: AbortSignal.abort() }))).name, "AbortError");
});

test("the event loop goes on during uploads, of which there are two at once", async () => {
  const bytes = noise(MIB);
  const path = file(bytes);
  for (const source of [path, bytes]) {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    const end = new AbortController();
    const failures = await withFault(stalled, async () => {
      const uploads = [1, 2].map(() => failureOf(ferry.upload(source, { signal: end.signal })));
      count();
      await until(async () => (await requests("put")).length === 2);
      const before = turns;
      await until(() => turns > before + 50);
      end.abort();
      return Promise.all(uploads);
    }).finally(() => (isOver = true));
    assert.deepEqual(
      failures.map((it) => it.name),
      ["AbortError", "AbortError"],
    );
  }
});

test("what a callback throws, or false, ends the call", async () => {
  const bytes = noise(MIB);
  const path = file(bytes);
  const thrown = () => {
    throw new RangeError("mine");
  };
  for (const source of [path, bytes]) {
    assert.ok((await failureOf(ferry.upload(source, { progress: thrown }))) instanceof RangeError);
    const upload = () => failureOf(ferry.upload(source, { progress: async () => thrown() }));
    assert.ok((await upload()) instanceof RangeError);
    await control("faults", [stalled]); // it may end before a part is sent, but not later
    for (const progress of [() => false, async () => false]) {
      const error = await failureOf(ferry.upload(source, { progress }));
      assert.deepEqual([error.name, error.code], ["FerryError", "FERRY_CANCELLED"]);
    }
    await control("faults", []);
  }
});

test("to close an upload that runs interrupts it", async () => {
  const upload = ferry.prepareUpload(file(noise(MIB)));
  const error = await withFault(stalled, async () => {
    const run = failureOf(upload.run());
    assert.equal((await failureOf(upload.run())).code, "FERRY_INVALID_STATE");
    await until(async () => (await requests("put")).length > 0);
    upload.close();
    return run;
  });
  assert.equal(error.code, "FERRY_CANCELLED");
  assert.throws(() => upload.state, { code: "FERRY_INVALID_STATE", message: /closed/ });
});

test("an upload that is closed once it is stored gives its file", async () => {
  const bytes = noise(10);
  const path = file(bytes);
  const one = ferry.prepareUpload(path, { progress: closedOnceStored(() => one) });
  const link = await one.run();
  assert.throws(() => one.state, { code: "FERRY_INVALID_STATE" });
  assert.deepEqual(await link.buffer(), bytes);
  const batch = ferry.prepareBatch([path], { progress: closedOnceStored(() => batch) });
  const [other] = await batch.run();
  assert.throws(() => batch.state, { code: "FERRY_INVALID_STATE" });
  assert.deepEqual(await other.buffer(), bytes);
});

test("a journal goes on with an upload", async () => {
  const bytes = noise(16 * MIB);
  const path = file(bytes);
  const journal = join(folder, "journals");
  const end = new AbortController();
  const before = (await control("repeated")).filestack.parts;
  await withFault({ ...stalled, skip: 1 }, async () => {
    const run = failureOf(ferry.upload(path, { journal, concurrency: 1, signal: end.signal }));
    await until(async () => (await requests("put")).length > 1);
    end.abort();
    return run;
  });
  const [left] = await journals(journal);
  assert.deepEqual(
    [left.service, left.path, left.size, left.inUse],
    ["filestack", path, bytes.length, false],
  );
  assert.equal(left.bytesStored, 5 * MIB);
  assert.ok(left.begun instanceof Date);
  await forgetRequests();
  const link = await ferry.upload(path, { journal });
  assert.deepEqual([await parts("put"), await requests("start")], [[2, 3, 4], []]);
  assert.ok((await link.buffer()).equals(bytes));
  assert.equal((await control("repeated")).filestack.parts, before);
  assert.deepEqual(await journals(journal), []);
  assert.equal(await pruneJournals(journal, 0), 0);
});

test("the example shows a bar, and goes on after Ctrl-C", async () => {
  const library = createRequire(import.meta.url).resolve("libferry");
  const program = library.replace("ferry/index.js", "examples/upload.js");
  const path = file(noise(6 * MIB));
  const journal = join(folder, "journals of the example");
  const run = () => {
    const env = { ...process.env, FERRY_JOURNAL: journal };
    const child = spawn(process.execPath, [program, path, "TESTKEY", CLOUD], { env });
    const written = Promise.all([text(child.stdout), text(child.stderr)]);
    return { child, ended: once(child, "exit").then(async ([code]) => [code, ...(await written)]) };
  };
  const before = (await control("repeated")).filestack.parts;
  const [code, out] = await withFault({ ...stalled, match: { part: 2 } }, async () => {
    const { child, ended } = run();
    await until(async () => (await journals(journal))[0]?.bytesStored === 5 * MIB);
    await until(async () => (await requests("put")).some((it) => it.part === 2));
    child.kill("SIGINT");
    return ended;
  });
  assert.deepEqual([code, out], [130, ""]);
  await forgetRequests();
  const [again, url, bar] = await run().ended;
  assert.equal(again, 0, bar);
  assert.match(bar, /\[#{30}\] 6291 kB/);
  assert.ok(Buffer.from(await (await fetch(url.trim())).arrayBuffer()).equals(readFileSync(path)));
  assert.deepEqual([await parts("put"), await requests("start")], [[2], []]);
  assert.equal((await control("repeated")).filestack.parts, before);
});

test("many calls wait at once, and one signal ends them", async () => {
  const link = await ferry.upload(Buffer.from("it"));
  await Promise.all(Array.from({ length: 100 }, () => link.metadata()));
  const end = new AbortController();
  const reasons = await withFault({ class: "metadata", action: { stall_ms: 60_000 } }, async () => {
    const calls = Array.from({ length: 40 }, () => failureOf(link.metadata([], { signal: end.signal })));
    await until(async () => (await requests("metadata")).length > 4);
    end.abort();
    return Promise.all(calls);
  });
  assert.deepEqual([...new Set(reasons.map((it) => it.name))], ["AbortError"]);
});

test("many files go up in one call", async () => {
  const paths = [1, 2, 3].map((size) => file(noise(size), `${size}.txt`));
  const told = [];
  const onItem = (index, { filelink, error }) => void told.push([index, filelink?.handle ?? error.code]);
  const links = await ferry.uploadMany([...paths, { path: paths[0], filename: "other.txt" }], { onItem });
  assert.deepEqual(
    told.sort(),
    links.map((link, index) => [index, link.handle]),
  );
  assert.deepEqual(
    links.map((it) => it.answer.size),
    [1, 2, 3, 1],
  );
  assert.equal(links[3].answer.filename, "other.txt");
  const batch = ferry.prepareBatch([paths[0], join(folder, "gone"), paths[1]]);
  assert.deepEqual(batch.results, [{ path: paths[0] }, { path: join(folder, "gone") }, { path: paths[1] }]);
  assert.equal((await failureOf(batch.run())).systemCode, "ENOENT");
  assert.deepEqual(
    batch.results.map((it) => it.filelink?.answer.size ?? it.error.code),
    [1, "FERRY_IO", 2],
  );
  batch.close();
  const mine = new Error("mine");
  const failing = () => {
    throw mine;
  };
  assert.equal(await failureOf(ferry.uploadMany(paths, { onItem: failing })), mine);
});

test("a batch that refuses another run goes on telling of its files", async () => {
  const told = [];
  const paths = [1, 2, 3].map((size) => file(noise(size)));
  const batch = ferry.prepareBatch(paths, { onItem: (index) => void told.push(index) });
  const run = batch.run();
  assert.equal((await failureOf(batch.run())).code, "FERRY_INVALID_STATE");
  await run;
  assert.deepEqual(told.sort(), [0, 1, 2]);
  batch.close();
});

test("a deadline ends a call whose stream is silent, or is not read", { timeout: 20_000 }, async () => {
  const [hasty, patient] = [100, 3_600_000].map((deadlineMs) => client({ connection: { deadlineMs } }));
  const uploads = [
    (stream) => ferry.upload(stream, { size: 10, deadlineMs: 100 }),
    (stream) => patient.upload(stream, { deadlineMs: 100 }),
    (stream) => hasty.upload(stream, { size: 10 }),
  ];
  const failures = uploads.map(async (upload) => {
    const stream = new Readable({ read() {} });
    stream.push(noise(5));
    const failure = await failureOf(upload(stream));
    assert.ok(stream.destroyed);
    return failure;
  });
  const link = await ferry.upload(noise(4 * MIB));
  const unread = [link.open({ deadlineMs: 100 }), hasty.filelink(link.handle).open()];
  failures.push(...unread.map(async (stream) => (await once(stream, "error"))[0]));
  for (const error of await Promise.all(failures)) {
    assert.deepEqual([error.name, error.code, error.retryable], ["FerryError", "FERRY_TIMEOUT", true]);
    assert.match(error.message, /deadline/);
  }
});

test("the service fetches a file", async () => {
  const link = await ferry.upload(file("outside"));
  const copy = await ferry.uploadUrl(link.url, { filename: "copy.txt" });
  assert.equal((await copy.buffer()).toString(), "outside");
  assert.notEqual(copy.handle, link.handle);
});

test("retries are told as events", async () => {
  const told = [];
  const one = client({ connection: { maxRetries: 2, onEvent: (event) => void told.push(event) } });
  const fault = { class: "put", times: 1, action: { status: 503 } };
  for (const source of [file("some"), Buffer.from("some")]) {
    told.length = 0;
    await withFault(fault, () => one.upload(source));
    const puts = told.filter((it) => it.kind === "attempt" && it.step === "put");
    assert.deepEqual(
      puts.map((it) => it.httpStatus),
      [503, 200],
    );
    assert.ok(told.some((it) => it.kind === "retry" && it.waitMs >= 0 && it.status === "FERRY_HTTP"));
    assert.ok(puts.every((it) => it.url.startsWith("http") && it.wholeUs > 0 && it.time instanceof Date));
  }
});

test("a stream of a refused call is closed, and its size is a whole number", async () => {
  const refusals = [
    [{ size: 1.5 }, "FERRY_INVALID_ARGUMENT"],
    [{ size: -1 }, "FERRY_INVALID_ARGUMENT"],
    [{ size: NaN }, "FERRY_INVALID_ARGUMENT"],
    [{ signal: AbortSignal.abort() }, "ABORT_ERR"],
  ];
  for (const [options, code] of refusals) {
    const stream = Readable.from([noise(10)]);
    const failure = await failureOf(ferry.upload(stream, options));
    assert.ok(failure.code === code || failure.name === "AbortError", `${failure}`);
    await until(() => stream.destroyed);
  }
  const closed = client();
  closed.close();
  const stream = Readable.from([noise(10)]);
  assert.equal((await failureOf(closed.upload(stream))).code, "FERRY_INVALID_STATE");
  await until(() => stream.destroyed);
});

test("a path is no list of files", async () => {
  const failure = await failureOf(ferry.uploadMany("photo.jpg"));
  assert.match(`${failure}`, /TypeError: files must be a list/);
});

test("events are for the main thread", async () => {
  const program = `
    import { parentPort } from "node:worker_threads";
    import { Client } from "${import.meta.resolve("libferry")}";
    try {
      new Client("K", { connection: { onEvent() {} } });
    } catch (error) {
      parentPort.postMessage(error.message);
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const [message] = await once(worker, "message");
  assert.match(message, /main thread/);
});
