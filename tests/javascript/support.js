"use strict";
// What the tests of the vendor's JavaScript SDK share: a client that may do everything, and how they judge.

const { control } = require("./local_cloud.js");

const assert = require("assert/strict");
const crypto = require("crypto");
const zlib = require("zlib");
const filestack = require("filestack-js");

const KEY = "TESTKEY";
const SECRET = process.env.FERRY_TEST_SECRET;
const MIB = 1 << 20;
const HANDLE = /^[\w-]{20}$/;
const PICTURE = png(60, 40);

const EVERYTHING = {
  expiry: Math.floor(Date.now() / 1000) + 600,
  call: ["pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove", "exif", "runWorkflow"],
};
const sign = (policy) => filestack.getSecurity({ ...EVERYTHING, ...policy }, SECRET);
const client = filestack.init(KEY, { security: sign({}) });
// Without a pause between attempts.
const SOON = { retry: 4, retryFactor: 1, retryMaxTime: 1 };

const noise = (size) => crypto.randomBytes(size);

// What a URL on the CDN gives, as the SDK itself asks for it.
async function fetched(url) {
  const { data, headers } = await filestack.FsRequest.get(url, { blobResponse: true });
  return { data, type: headers["content-type"] };
}

async function mustHold(file, data) {
  const answer = await client.download(file.handle);
  // The SDK makes a text of what is text/plain.
  const stored = typeof answer.data === "string" ? Buffer.from(answer.data, "latin1") : answer.data;
  assert.ok(stored.equals(data), "other bytes are stored");
}

function png(width, height) {
  const chunk = (kind, data) => {
    const [head, tail, body] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.concat([Buffer.from(kind), data])];
    head.writeUInt32BE(data.length);
    tail.writeUInt32BE(zlib.crc32(body));
    return Buffer.concat([head, body, tail]);
  };
  const head = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0]);
  const rows = Buffer.alloc(height * (1 + 3 * width), 0x55);
  for (let row = 0; row < height; row += 1) {
    rows[row * (1 + 3 * width)] = 0;
  }
  const start = Buffer.from("89504e470d0a1a0a", "hex");
  const chunks = [chunk("IHDR", head), chunk("IDAT", zlib.deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([start, ...chunks]);
}

// Of a PNG.
function sizeOf(data) {
  assert.equal(data.toString("latin1", 1, 4), "PNG");
  return [data.readUInt32BE(16), data.readUInt32BE(20)];
}

// Does the work while these faults are set, each of which has to fire.
async function faults(rules, work) {
  await control("PUT", "faults", rules);
  await control("DELETE", "requests");
  try {
    const result = await work();
    for (const rule of await control("GET", "faults")) {
      assert.ok(rule.fired > 0, `the fault has not fired: ${JSON.stringify(rule)}`);
    }
    return result;
  } finally {
    await control("PUT", "faults", []);
  }
}

// An upload rejects with the file; why, the client tells.
async function fails(uploader, upload, why) {
  const told = new Promise((resolve) => uploader.once("upload.error", resolve));
  await assert.rejects(upload(), (file) => file.status === "Failed");
  assert.match((await told).message, why);
}

// Any other call says itself what the service has answered.
async function refused(promise, status) {
  await assert.rejects(promise, (error) => {
    const response = error.response || (error.details && error.details.response) || error.details || {};
    const told = response.status || response.statusCode || error.status || error.code;
    assert.equal(told, status, JSON.stringify(error, Object.getOwnPropertyNames(error)));
    return true;
  });
}

module.exports = {
  KEY,
  MIB,
  HANDLE,
  PICTURE,
  SOON,
  client,
  fails,
  faults,
  fetched,
  mustHold,
  noise,
  refused,
  sign,
  sizeOf,
};
