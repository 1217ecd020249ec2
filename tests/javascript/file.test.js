"use strict";
// What the vendor's own JavaScript SDK, unmodified, does with stored files at the local cloud. Run as
// upload.test.js is.

const { control } = require("./local_cloud.js");

const assert = require("assert/strict");
const crypto = require("crypto");
const http = require("http");
const { after, before, test } = require("node:test");
const filestack = require("filestack-js");
const { HANDLE, KEY, PICTURE } = require("./support.js");
const { client, faults, fetched, mustHold, noise, refused, sign, sizeOf } = require("./support.js");

const digest = (algorithm, data) => crypto.createHash(algorithm).update(data).digest("hex");

let picture;
before(async () => {
  picture = await client.upload(PICTURE, {}, { filename: "ferry.png" });
});

// The world outside: its servers end with the tests.
const servers = [];
after(() => servers.forEach((server) => server.close()));

function world(answer) {
  const server = http.createServer(answer);
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

test("what a policy does not allow is refused", async () => {
  const open = filestack.init(KEY);
  await refused(open.metadata(picture.handle), 403);
  await refused(open.download(picture.handle), 403);
  await refused(client.metadata(picture.handle, {}, sign({ call: ["read"] })), 403);
  await refused(client.download(picture.handle, sign({ expiry: 1 })), 403);
  await refused(client.download(picture.handle, sign({ handle: "another_handle_of_20" })), 403);
  await refused(client.remove(picture.handle, sign({ call: ["read"] })), 403);
  await refused(client.download(picture.handle, { ...sign({}), signature: "f".repeat(64) }), 403);
  assert.throws(() => open.remove(picture.handle), /policy and signature are required/);
  assert.throws(() => filestack.init(KEY, { security: { policy: "x" } }), /Both policy and signature/);
  assert.throws(() => sign({ no_such_key: 1 }), /Invalid security params/);
});

test("metadata is what was asked for", async () => {
  const some = await client.metadata(picture.handle, {
    size: true,
    filename: true,
    mimetype: true,
    width: true,
    height: true,
  });
  const [width, height] = sizeOf(PICTURE);
  const { handle } = picture;
  assert.deepEqual(some, {
    filename: "ferry.png",
    mimetype: "image/png",
    size: PICTURE.length,
    width,
    height,
    handle,
  });
  const names = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
  const digests = await client.metadata(handle, Object.fromEntries(names.map((name) => [name, true])));
  assert.deepEqual(digests, {
    ...Object.fromEntries(names.map((name) => [name, digest(name, PICTURE)])),
    handle,
  });
  const places = await client.metadata(handle, {
    location: true,
    path: true,
    container: true,
    uploaded: true,
    writeable: true,
    cloud: true,
    sourceUrl: true,
  });
  assert.equal(places.location, "S3");
  assert.equal(places.writeable, true);
  assert.ok(Math.abs(places.uploaded - Date.now()) < 600000);
  const usual = await client.metadata(handle);
  assert.deepEqual([usual.filename, usual.mimetype, usual.size], ["ferry.png", "image/png", PICTURE.length]);
  assert.throws(() => client.metadata(handle, { no_such_field: true }), /Invalid metadata params/);
  await refused(client.metadata("no_such_handle_of_20"), 404);
});

test("a file is downloaded", async () => {
  const answer = await client.download(picture.handle);
  assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "image/png"]);
  assert.deepEqual(answer.data, PICTURE);
  await refused(client.download("no_such_handle_of_20"), 404);
});

test("a file is retrieved", async () => {
  assert.deepEqual(await client.retrieve(picture.handle), PICTURE);
  const headers = await client.retrieve(picture.handle, { head: true });
  assert.equal(headers["content-length"], String(PICTURE.length));
  const metadata = await client.retrieve(picture.handle, { metadata: true });
  assert.equal(metadata.filename, "ferry.png");
  assert.deepEqual(await client.retrieve(picture.handle, { dl: true, cache: true }), PICTURE);
  assert.deepEqual(await client.retrieve(picture.handle, { extension: "png" }), PICTURE);
});

test("what the account may is asked for", async () => {
  const pickerOptions = { accept: ["image/*"], onClose() {} };
  const asked = { permissions: ["intelligent_ingestion"], settings: ["inapp_browser"], pickerOptions };
  const answer = await client.prefetch(asked);
  assert.equal(answer.blocked, false);
  assert.equal(answer.permissions.intelligent_ingestion, true);
  assert.deepEqual(Object.keys(answer.settings), ["inapp_browser"]);
  assert.equal(answer.pickerOptions.onClose, pickerOptions.onClose);
});

test("a transformation is a URL that is fetched", async () => {
  const url = client.transform(picture.handle, {
    resize: {
      width: 40,
      height: 30,
      fit: filestack.EFitOptions.crop,
      align: filestack.EAlignFacesOptions.top,
    },
    flip: true,
    flop: false,
    roundedCorners: { radius: 5, background: "FF0000" },
    output: { format: "png" },
  });
  assert.match(
    url,
    /^https:\/\/cdn\.filestackcontent\.com\/TESTKEY\/resize=width:40,height:30,fit:crop,align:top\/flip\//,
  );
  const { data, type } = await fetched(url);
  assert.equal(type, "image/png");
  assert.deepEqual(sizeOf(data), [40, 30]);
  const crop = client.transform(picture.handle, { crop: { dim: [1, 2, 30, 20] }, cache: false });
  assert.deepEqual(sizeOf((await fetched(crop)).data), [30, 20]);
  assert.throws(
    () => client.transform(picture.handle, { resize: { width: "wide" } }),
    /Params validation error/,
  );
});

test("a transformation is base64 as well", async () => {
  const url = client.transform(picture.handle, { resize: { width: 33, height: 22, fit: "scale" } }, true);
  assert.match(url, /\/TESTKEY\/b64\/[\w=-]+\/b64:\/\/[\w=-]+$/);
  assert.deepEqual(sizeOf((await fetched(url)).data), [33, 22]);
});

// Each task as the SDK writes it; those that the local cloud computes.
const TASKS = {
  autoImage: [],
  flip: [],
  flop: [],
  monochrome: [],
  negative: [],
  noMetadata: [],
  compress: [],
  pjpg: [{ quality: 80 }],
  quality: [{ value: 70 }],
  cache: [{ expiry: 60 }],
  rotate: [{ deg: 90, background: "white" }],
  roundedCorners: [{ radius: 5, blur: 1 }],
  vignette: [{ amount: 20, blurmode: "gaussian" }],
  circle: [{ background: "FFFFFF" }],
  border: [{ width: 3, color: "FFFFFF" }],
  sharpen: [{ amount: 2 }],
  blur: [{ amount: 2 }],
  blackwhite: [{ threshold: 50 }],
  sepia: [{ tone: 80 }],
  pixelate: [{ amount: 5 }],
  modulate: [{ brightness: 155, hue: 155, saturation: 155 }],
  partialPixelate: [
    {
      amount: 10,
      objects: [
        [1, 1, 20, 10],
        [30, 5, 10, 10],
      ],
    },
  ],
  partialBlur: [{ amount: 10, objects: [[1, 1, 20, 10]] }],
  resize: [{ width: 30 }],
  crop: [{ dim: [0, 0, 10, 10] }],
  output: [{ format: "jpg", quality: 50 }],
  enhance: [{ preset: "vivid" }],
  oilPaint: [{ amount: 3 }],
  polaroid: [{ rotate: 20, color: "snow", background: "FFFFFF" }],
  redeye: [],
  shadow: [{ blur: 3, opacity: 50, vector: [4, -4] }],
  smartCrop: [{ mode: "auto", width: 20, height: 20 }],
  tornEdges: [{ spread: [1, 5], background: "white" }],
  upscale: [{ noise: "low", style: "artwork" }],
};

test("every task that is computed takes what the SDK writes", async () => {
  await Promise.all(
    Object.entries(TASKS).flatMap(([name, params]) =>
      [false, true].map(async (b64) => {
        const link = new filestack.Filelink(picture.handle, KEY);
        link
          .setBase64(b64)
          [name](...params)
          .security(sign({}));
        const { data, type } = await fetched(link.toString()).catch((error) => {
          throw new Error(`${link}: ${error.response && JSON.stringify(error.response.data)}`);
        });
        assert.match(type, /^image\//, name);
        assert.ok(data.length > 50, name);
      }),
    ),
  );
});

test("style sheets and scripts are minified", async () => {
  for (const [name, task, source] of [
    ["a.css", "minifyCss", "/* a comment */ a { color : red ; }"],
    ["a.js", "minifyJs", "// a comment\nlet a = 1;"],
  ]) {
    const { handle } = await client.upload({ file: Buffer.from(source), name });
    const link = new filestack.Filelink(handle, KEY)[task]({ gzip: false }).security(sign({}));
    const { data } = await fetched(link.toString());
    const text = data.toString("latin1");
    assert.ok(text.length < source.length && !text.includes("comment"), text);
  }
});

test("a filelink chains tasks and forgets them", async () => {
  const link = new filestack.Filelink(picture.handle, KEY)
    .resize({ width: 20, height: 10, fit: "crop" })
    .flip();
  assert.deepEqual(
    link.getTasks().map((task) => task.name),
    ["resize", "flip"],
  );
  assert.deepEqual(sizeOf((await fetched(link.security(sign({})).toString())).data), [20, 10]);
  assert.deepEqual(link.reset().getTasks(), []);
  assert.throws(() => new filestack.Filelink("short"), /Invalid filestack source/);
  assert.throws(() => new filestack.Filelink("https://example.com/a.png"), /requires apikey/);
});

test("several files are one archive", async () => {
  const handles = [picture.handle, (await client.upload(PICTURE, {}, { filename: "second.png" })).handle];
  const zip = new filestack.Filelink(handles, KEY).zip().security(sign({}));
  const { data, type } = await fetched(zip.toString());
  assert.equal(type, "application/zip");
  assert.equal(data.toString("latin1", 0, 2), "PK");
  for (const name of ["ferry.png", "second.png"]) {
    assert.ok(data.includes(name), name);
  }
});

test("a watermark and a collage take files by their handles", async () => {
  const mark = await client.upload(PICTURE);
  const marked = client.transform(picture.handle, {
    watermark: { file: mark.handle, size: 30, position: ["top", "right"] },
  });
  assert.deepEqual(sizeOf((await fetched(marked)).data), sizeOf(PICTURE));
  const collage = client.transform(picture.handle, {
    collage: { files: [mark.handle], width: 100, height: 80, margin: 2, color: "white" },
  });
  assert.match((await fetched(collage)).type, /^image\//);
});

test("what the service tells of a picture is JSON", async () => {
  for (const name of ["tags", "sfw", "imagesize"]) {
    const link = new filestack.Filelink(picture.handle, KEY)[name]().security(sign({}));
    const { data } = await filestack.FsRequest.get(link.toString());
    assert.equal(typeof data, "object", name);
    assert.ok(!Buffer.isBuffer(data), name);
  }
});

test("a film is converted", async () => {
  const film = await client.upload({ file: noise(5000), name: "film.mp4" });
  const link = new filestack.Filelink(film.handle, KEY)
    .videoConvert({ preset: "webm", width: 64, height: 48 })
    .security(sign({}));
  const states = [];
  let job;
  do {
    job = (await filestack.FsRequest.get(link.toString())).data;
    states.push(job.status);
  } while (job.status !== "completed" && states.length < 10);
  assert.deepEqual([states[0], states[states.length - 1]], ["started", "completed"]);
  assert.match(job.data.url, /^https:\/\/cdn\.filestackcontent\.com\//);
});

test("a URL is stored", async () => {
  const url = await world((request, answer) => {
    answer.setHeader("content-type", "image/png");
    answer.end(request.headers["x-mine"] === "yes" || request.url === "/open.png" ? PICTURE : "denied");
  });
  const tags = { album: "boats" };
  const file = await client.storeURL(
    `${url}/open.png`,
    { path: "urls/", filename: "stored.png" },
    {},
    undefined,
    tags,
  );
  assert.deepEqual([file.filename, file.mimetype, file.size], ["stored.png", "image/png", PICTURE.length]);
  assert.deepEqual(file.uploadTags, tags);
  await mustHold(file, PICTURE);
  const guarded = await client.storeURL(`${url}/guarded.png`, {}, undefined, undefined, undefined, {
    "X-Mine": "yes",
  });
  await mustHold(guarded, PICTURE);
  const worked = await client.storeURL(`${url}/open.png`, {}, undefined, undefined, undefined, undefined, [
    "00000000-0000-0000-0000-000000000001",
  ]);
  assert.match(worked.handle, HANDLE);
  const small = await client.storeURL(
    client.transform(picture.handle, { resize: { width: 12, height: 12, fit: "scale" } }),
  );
  assert.deepEqual(sizeOf((await client.download(small.handle)).data), [12, 12]);
  await assert.rejects(client.storeURL(""), /url is required/);
});

test("a file is removed", async () => {
  const file = await client.upload(Buffer.from("to be removed"));
  assert.equal((await client.remove(file.handle)).status, 200);
  await refused(client.download(file.handle), 404);
  const other = await client.upload(Buffer.from("of the metadata only"));
  assert.equal((await client.removeMetadata(other.handle)).status, 200);
  await refused(client.metadata(other.handle), 404);
  await refused(client.remove("no_such_handle_of_20"), 404);
});

test("webhooks are signed as the SDK verifies them", async () => {
  let received;
  const posted = new Promise((resolve) => (received = resolve));
  const webhook_url = await world((request, answer) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      answer.end();
      received([request.headers, body]);
    });
  });
  await control("PUT", "settings", { webhook_url, webhook_secret: "W" });
  await client.upload(Buffer.from("an event"));
  const [headers, body] = await posted;
  await control("PUT", "settings", { webhook_url: "" });
  const given = { timestamp: headers["fs-timestamp"], signature: headers["fs-signature"] };
  assert.equal(JSON.parse(body).action, "fp.upload");
  assert.ok(filestack.validateWebhookSignature("W", body, given));
  assert.ok(!filestack.validateWebhookSignature("another", body, given));
});

test("what is at a URL is transformed", async () => {
  const url = await world((_, answer) => answer.end(PICTURE));
  for (const b64 of [false, true]) {
    const small = client.transform(
      `${url}/a/photo.png`,
      { resize: { width: 12, height: 8, fit: "scale" } },
      b64,
    );
    assert.deepEqual(sizeOf((await fetched(small)).data), [12, 8]);
  }
});

test("what was made is stored by a task", async () => {
  const params = { filename: "half.png", path: "made/", location: "s3", access: "private" };
  const link = new filestack.Filelink(picture.handle, KEY).resize({ width: 30, height: 20, fit: "scale" });
  const { data } = await filestack.FsRequest.get(link.store(params).security(sign({})).toString());
  assert.deepEqual([data.filename, data.type], ["half.png", "image/png"]);
  assert.match(data.key, /^made\//);
  assert.deepEqual(sizeOf((await client.download(data.handle)).data), [30, 20]);
});

test("redirects are followed", async () => {
  const moved = { class: "deliver", times: 1, action: { redirect: "https://www.filestackapi.com{path}" } };
  await faults([moved], async () => assert.deepEqual((await client.download(picture.handle)).data, PICTURE));
});

test("a failure of the service is told", async () => {
  const busy = { class: "deliver", action: { status: 503 } };
  await faults([busy], () => refused(client.download(picture.handle), 503));
  const cut = { class: "metadata", action: { lost_answer: true } };
  await faults([cut], () => assert.rejects(client.metadata(picture.handle), /Request error: ECONNRESET/));
});

// The last one: in this SDK the name of one client changes the hosts of all.
test("hosts below a domain of your own serve as well", async () => {
  const own = filestack.init(KEY, { security: sign({}), cname: "media.example" });
  const file = await own.upload(PICTURE);
  assert.match((await own.metadata(file.handle, { size: true })).handle, HANDLE);
  assert.deepEqual(
    sizeOf(
      (await fetched(own.transform(file.handle, { resize: { width: 9, height: 9, fit: "scale" } }))).data,
    ),
    [9, 9],
  );
  assert.equal((await own.remove(file.handle)).status, 200);
});
