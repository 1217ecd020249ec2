// The vendor's own JavaScript SDK, as it comes for browsers, in a page of another origin than the local
// cloud. Called by tests/sdk.rs; the address of the cloud, the SDK and the programs are in the environment.
// Whatever is wrong ends it with an error.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const { CLOUD, SDK, PLAYWRIGHT, CHROMIUM } = process.env;
const { chromium } = await import(join(PLAYWRIGHT, "index.mjs"));

const files = {
  "/": ["text/html", '<!doctype html><script src="filestack.min.js"></script>'],
  "/filestack.min.js": ["text/javascript", readFileSync(join(SDK, "build/browser/filestack.min.js"))],
};
const server = createServer((request, response) => {
  const [type, body] = files[request.url] ?? ["text/plain", ""];
  response.setHeader("content-type", type).end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const context = await browser.newContext({ ignoreHTTPSErrors: true }); // the cloud's authority is its own
const page = await context.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

const seen = await page.evaluate(async (cloud) => {
  const client = filestack.init("TESTKEY");
  const urls = { uploadApiUrl: cloud, fileApiUrl: `${cloud}/api/file`, cdnUrl: cloud, processUrl: cloud };
  Object.assign(client.session.urls, urls);
  const noise = (size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
    }
    return bytes;
  };
  const isStored = async (file, bytes) => {
    const stored = new Uint8Array(await (await fetch(`${cloud}/${file.handle}`)).arrayBuffer());
    return stored.length === bytes.length && stored.every((byte, at) => byte === bytes[at]);
  };
  const upload = async (size, options) => {
    const bytes = noise(size);
    return isStored(await client.upload(new File([bytes], "data.bin"), options), bytes);
  };
  const plain = await upload(11 << 20, { partSize: 5 << 20 });
  const intelligent = await upload(9 << 20, { intelligent: true });

  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  canvas.getContext("2d").fillRect(5, 5, 20, 20);
  const png = await new Promise((done) => canvas.toBlob(done));
  const picture = await client.upload(new File([png], "picture.png", { type: "image/png" }));
  const metadata = await client.metadata(picture.handle, { filename: true, mimetype: true, width: true });
  const image = Object.assign(new Image(), { crossOrigin: "anonymous" });
  image.src = `${cloud}/TESTKEY/resize=width:12/${picture.handle}`;
  await image.decode();
  const stored = await client.storeURL(image.src, { filename: "small.png" });
  const { permissions } = await client.prefetch({ permissions: ["intelligent_ingestion"] });
  const removed = await client.remove(picture.handle, {
    policy: btoa('{"expiry":9999999999}'),
    signature: "0",
  });
  const gone = await client.metadata(picture.handle).catch((error) => error.response.status);
  return { plain, intelligent, metadata, width: image.naturalWidth, stored, permissions, removed, gone };
}, CLOUD);

assert.equal(seen.plain, true);
assert.equal(seen.intelligent, true);
assert.deepEqual(
  [seen.metadata.filename, seen.metadata.mimetype, seen.metadata.width],
  ["picture.png", "image/png", 60],
);
assert.equal(seen.width, 12);
assert.deepEqual([seen.stored.filename, seen.stored.mimetype], ["small.png", "image/png"]);
assert.equal(seen.permissions.intelligent_ingestion, true);
assert.deepEqual([seen.removed.status, seen.gone], [200, 404]);

await browser.close();
server.close();
