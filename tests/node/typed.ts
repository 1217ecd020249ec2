// What the types of the Node binding say, as a program in TypeScript uses them; it is not run.

import {
  type BatchResult,
  Client,
  FerryError,
  type Filelink,
  type Progress,
  Security,
  Telestream,
  type UploadState,
  verifyWebhook,
} from "libferry";
import { LocalCloud } from "libferry/testing";

async function use(): Promise<void> {
  const security = new Security({ expiry: Security.expiryIn(60), call: ["read"] }, "secret");
  const client = new Client("KEY", {
    baseUrl: "http://127.0.0.1",
    security,
    connection: { trust: "system" },
  });
  const told: Progress[] = [];
  const options = { filename: "a.jpg", tags: { a: "b" }, progress: (it: Progress) => void told.push(it) };
  const link: Filelink = await client.upload("a.jpg", { ...options, signal: AbortSignal.timeout(1) });
  const size: number | undefined = (await link.metadata(["size"])).size;
  const chain = link.resize({ width: 5, fit: "crop" }).roundedCorners({ radius: "max" });
  const bytes: Buffer = await chain.buffer();
  const upload = client.prepareUpload(new URL("file:///a"));
  const [state, token]: [UploadState, string] = [upload.state, upload.token];
  upload[Symbol.dispose]();
  await client.uploadMany(["a", { path: "b" }], { onItem: (_: number, it: BatchResult) => it.filelink?.url });
  const telestream = new Telestream({ accessKey: "a", secretKey: "b" });
  const video = await telestream.factory("id").upload(Buffer.alloc(1), { profiles: "h264" });
  verifyWebhook(["a", "b"], "body", { "FS-Timestamp": "1", "FS-Signature": "2" });
  const cloud: LocalCloud = await LocalCloud.start({ flags: ["--polls", "1"] });
  for await (const piece of link.open()) console.log(piece, size, bytes.length, state, token);
  console.log(video?.id, cloud.url, told.length);
}

use().catch((error: unknown) => {
  if (error instanceof FerryError) console.log(error.code, error.httpStatus, error.systemCode?.length);
});

const client = new Client("KEY");
// @ts-expect-error: a number is needed
client.filelink("HANDLE").resize({ width: "wide" });
// @ts-expect-error: objects must be given
client.filelink("HANDLE").partialBlur({});
// @ts-expect-error: the source is missing
void client.upload();
// @ts-expect-error: no such option
void client.upload("a", { filname: "b" });
// @ts-expect-error: it is only for the library
client._handle.close();
