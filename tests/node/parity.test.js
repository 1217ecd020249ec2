// The cases of tests/vectors/parity.json, which every binding runs alike.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { FerryError, Security, verifyWebhook } from "libferry";

import { DATA, VECTORS, client, failureOf, file, telestream } from "./support.js";

const ferry = client();

function chain(begun, tasks) {
  for (const { task, params } of tasks) {
    const name = task.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    begun = name in begun ? begun[name](params) : begun.add(task, params);
  }
  return begun;
}

const DO = {
  transform_url: ({ source, tasks }) => ({
    url: chain(client({ baseUrl: undefined }).transform(source), tasks).url,
  }),
  sign_policy({ policy, secret }) {
    const made = new Security(policy, secret);
    return { policy_b64: made.policyB64, signature: made.signature };
  },
  verify_webhook({ secret, body, timestamp, signature, tolerance }) {
    const headers = { "FS-Timestamp": timestamp, "FS-Signature": signature };
    verifyWebhook(secret, body, headers, { toleranceSeconds: tolerance });
    return {};
  },
  sign_request({ access_key, secret_key, api_host, factory_id, method, path, params, timestamp }) {
    const account = telestream({
      accessKey: access_key,
      secretKey: secret_key,
      apiHost: api_host,
      factoryId: factory_id,
      baseUrl: undefined,
    });
    return { signature: account.signedParams(method, path, params, { timestamp }).signature };
  },
  async upload_bytes({ text, filename }) {
    const link = await ferry.upload(Buffer.from(text), { filename });
    assert.equal((await link.buffer()).toString(), text);
    return link.metadata(["filename", "size", "mimetype"]);
  },
  async upload_events({ text, filename }) {
    const told = [];
    const one = client({ connection: { onEvent: (event) => void told.push(event) } });
    await one.upload(Buffer.from(text), { filename });
    const attempts = told
      .filter((it) => it.kind === "attempt")
      .map((it) => `${it.step} ${it.method} ${it.httpStatus} part ${it.part} attempt ${it.attempt}`);
    return { attempts: attempts.join("; ") };
  },
  upload_file: ({ path }) => ferry.upload(path),
  metadata: ({ handle }) => ferry.filelink(handle).metadata(),
  async image_size({ data, tasks }) {
    return chain(ferry.transform(await ferry.upload(join(DATA, data))), tasks).imagesize();
  },
  async upload_video({ text, filename, params, concurrency }) {
    const upload = telestream().factory().prepareUpload(file(text, filename), params, { concurrency });
    await upload.run();
    return { state: upload.state };
  },
  find_video: ({ id }) => telestream().factory().videos.find(id),
};

for (const given of JSON.parse(readFileSync(join(VECTORS, "parity.json"), "utf8"))) {
  test(given.name, async () => {
    const run = async () => DO[given.do](given.with);
    if (given.fails === undefined) return assert.deepEqual(await run(), given.gives);
    const error = await failureOf(run());
    assert.ok(error instanceof FerryError, String(error));
    assert.equal(error.code, given.fails.status);
    assert.ok(error.message.includes(given.fails.message), error.message);
    assert.equal(error.httpStatus, given.fails.http_status ?? 0);
  });
}
