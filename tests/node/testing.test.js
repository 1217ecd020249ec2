import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { LocalCloud } from "libferry/testing";

import { failureOf, until } from "./support.js";

test("a local cloud for tests of one's own", async () => {
  const cloud = await LocalCloud.start({ appSecret: "a secret", flags: ["--polls", "1"] });
  await cloud.setFaults([{ class: "put", times: 1, action: { status: 503 } }], { seed: 1 });
  const link = await cloud.client().upload(Buffer.from("some bytes"), { filename: "a.txt" });
  assert.deepEqual(
    (await cloud.requests("put")).map((it) => it.status),
    [503, 200],
  );
  assert.equal((await cloud.faults())[0].fired, 1);
  assert.deepEqual(
    (await cloud.files()).map((it) => [it.handle, it.size]),
    [[link.handle, 10]],
  );
  assert.equal(
    (await failureOf(cloud.client({ security: undefined }).upload(Buffer.from("x")))).httpStatus,
    403,
  );
  assert.ok((await cloud.telestream().factories.list()).length > 0);
  await cloud.set({ webhook_url: "http://127.0.0.1:9/" });
  assert.equal((await cloud.known("settings")).webhook_url, "http://127.0.0.1:9/");
  await cloud.forget("requests");
  assert.deepEqual(await cloud.requests(), []);
  await cloud.close();
  await assert.rejects(fetch(cloud.url));
});

test("it ends with the process, and says what is missing", async () => {
  const program =
    'const { LocalCloud } = await import("libferry/testing");' +
    "const cloud = await LocalCloud.start(); console.log(cloud.url);";
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  assert.match(stdout, /^http:/, stderr);
  await until(() =>
    fetch(stdout.trim()).then(
      () => false,
      () => true,
    ),
  );
  assert.match((await failureOf(LocalCloud.start({ program: "no-such-program" }))).message, /cargo install/);
  assert.match((await failureOf(LocalCloud.start({ flags: ["--no-such-flag"] }))).message, /no-such-flag/);
});

test("the end of the process does not wait for calls under way", async () => {
  const program = `
    import { LocalCloud } from "libferry/testing";
    const cloud = await LocalCloud.start();
    await cloud.setFaults([{ class: "put", action: { stall_ms: 60000 } }]);
    const upload = cloud.client({ connection: { onEvent() {} } }).upload(Buffer.from("x"));
    while ((await cloud.requests("put")).length === 0);
    LEAVE
  `;
  const leaves = { "process.exit(3)": [3, /^$/], 'throw new Error("mine")': [1, /Error: mine/] };
  const hasty = `
    import { Client } from "libferry";
    new Client("KEY", { baseUrl: "http://127.0.0.1:9" }).upload(Buffer.from("x"));
    setImmediate(() => process.exit(4));
  `;
  const programs = Object.entries(leaves).map(([leave, ends]) => [program.replace("LEAVE", leave), ends]);
  for (const [whole, [code, said]] of [...programs, [hasty, [4, /^$/]]]) {
    const given = ["--input-type=module", "-e", whole];
    const { status, stderr } = spawnSync(process.execPath, given, { encoding: "utf8", timeout: 30_000 });
    assert.equal(status, code, stderr);
    assert.match(stderr, said);
  }
});

test("without a library the import says what to do", () => {
  const env = { ...process.env, FERRY_LIBRARY: "/no/such/file" };
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", 'import "libferry"'], {
    env,
    encoding: "utf8",
  });
  assert.match(stderr, /ferry: \/no\/such\/file cannot be loaded as libferry/);
});
