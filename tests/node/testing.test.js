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

/** A program that leaves while a call is under way, and what it comes to. */
function leave(how) {
  const program = `
    import { LocalCloud } from "libferry/testing";
    const cloud = await LocalCloud.start();
    await cloud.setFaults([{ class: "put", action: { stall_ms: 60000 } }]);
    const upload = cloud.client({ connection: { onEvent() {} } }).upload(Buffer.from("x"));
    while ((await cloud.requests("put")).length === 0);
    ${how}
  `;
  return end(program);
}

function end(program) {
  const given = ["--input-type=module", "-e", program];
  return spawnSync(process.execPath, given, { encoding: "utf8", timeout: 30_000 });
}

test("the end of the process does not wait for calls under way", async () => {
  const hasty = `
    import { Client } from "libferry";
    new Client("KEY", { baseUrl: "http://127.0.0.1:9" }).upload(Buffer.from("x"));
    setImmediate(() => process.exit(4));
  `;
  const ends = [
    [leave("process.exit(3)"), 3, /^$/],
    [leave('throw new Error("mine")'), 1, /Error: mine/],
    [end(hasty), 4, /^$/],
  ];
  for (const [{ status, stderr }, code, said] of ends) {
    assert.equal(status, code, stderr);
    assert.match(stderr, said);
  }
});

test("listeners of the end of the process run, also while a call is under way", () => {
  const tell = `
    process.on("exit", (code) => console.log("one", code));
    process.once("exit", (code) => console.log("two", code));
  `;
  const changing = 'process.on("exit", () => { process.exitCode = 5; });';
  const failing = 'process.on("exit", () => { throw new Error("of a listener"); });';
  const ends = [
    [`${tell} process.exit(3);`, 3, "one 3\ntwo 3\n", /^$/],
    [`${tell} throw new Error("mine");`, 1, "one 1\ntwo 1\n", /Error: mine/],
    [`${changing} ${tell} process.exit();`, 5, "one 0\ntwo 0\n", /^$/],
    [`process.on("exit", () => process.exit(6)); ${tell} process.exit(3);`, 6, "", /^$/],
    [`${failing} ${tell} process.exit();`, 1, "", /Error: of a listener/],
    [`${failing} throw new Error("mine");`, 1, "", /Error: mine/],
  ];
  for (const [how, code, told, said] of ends) {
    const { status, stdout, stderr } = leave(how);
    assert.deepEqual([status, stdout], [code, told], `${how}: ${stderr}`);
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
