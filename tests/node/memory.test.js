import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Security, liveObjects } from "libferry";

import { APIKEY, client, control, failureOf, file, requests, telestream } from "./support.js";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc");

async function use(isClosed) {
  const ferry = client({ connection: { onEvent: () => {} } });
  const account = telestream();
  const security = new Security({ expiry: Security.expiryIn(60) }, "secret");
  const path = file("some bytes", "a.mp4");
  const upload = ferry.prepareUpload(path, { security, progress: () => {} });
  const link = await upload.run();
  const chain = link.resize({ width: 5 });
  const told = [];
  const onItem = (_index, { filelink }) => void told.push(filelink);
  const batch = ferry.prepareBatch([{ path, security }], { onItem });
  const links = await batch.run();
  const video = account.factory().prepareUpload(Buffer.from("film"), {}, { filename: "a.mp4" });
  await video.run();
  const unknown = ferry.filelink("ABCDEFGHIJ0123456789");
  await failureOf(unknown.metadata());
  assert.throws(() => ferry.prepareUpload("no/such/file"));
  const other = await ferry.upload(Buffer.from("x"));
  assert.equal((await other.buffer()).toString(), "x");
  assert.ok(upload.token && (await link.metadata()) && chain.url);
  const results = batch.results.map(({ filelink }) => filelink);
  assert.deepEqual([told.length, links.length, results.length], [1, 1, 1]);
  const stored = [...told, ...links, ...results, link, unknown, other];
  const made = [...stored, chain, batch, upload, video, security, account, ferry];
  if (isClosed) for (const it of made) it.close();
}

test("what is closed is freed, and what is forgotten too", async () => {
  assert.equal(APIKEY, "TESTKEY");
  for (const isClosed of [true, false]) {
    await use(isClosed);
    if (isClosed) assert.equal(liveObjects(), 0, "closed, and nothing is collected yet");
    else assert.ok(liveObjects() > 0);
    for (let turns = 0; liveObjects() > 0 && turns < 200; turns++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(liveObjects(), 0, isClosed ? "closed" : "forgotten");
  }
});

test("what a call has made is freed if a callback throws at its end", async () => {
  const ferry = client();
  const before = liveObjects();
  const mine = new Error("mine");
  const progress = ({ bytesDone, bytesTotal }) => {
    if (bytesTotal > 0 && bytesDone === bytesTotal) throw mine;
  };
  await control("requests", undefined, "DELETE");
  assert.equal(await failureOf(ferry.upload(Buffer.from("x"), { progress })), mine);
  const stored = (await requests("complete")).map((it) => it.status);
  assert.deepEqual(stored, [200]);
  assert.equal(liveObjects(), before);
  ferry.close();
});
