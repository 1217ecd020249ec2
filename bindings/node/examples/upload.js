// Uploads a file, with a bar. Ctrl-C interrupts it; the same command goes on.

import { homedir } from "node:os";
import { join } from "node:path";

import { Client, FerryError } from "libferry";

const [file, apikey, baseUrl] = process.argv.slice(2);
if (apikey === undefined) {
  console.error("usage: node upload.js FILE APIKEY [BASE_URL]");
  process.exit(2);
}

/** @param {import("libferry").Progress} progress */
function bar({ bytesDone, bytesTotal, bytesPerSecond }) {
  const share = bytesTotal === 0 ? 0 : bytesDone / bytesTotal;
  const done = "#".repeat(Math.round(30 * share)).padEnd(30, ".");
  const rate = (bytesPerSecond / 1e6).toFixed(1);
  process.stderr.write(`\r[${done}] ${(bytesDone / 1e3).toFixed(0)} kB, ${rate} MB/s `);
}

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
const journal = process.env.FERRY_JOURNAL ?? join(homedir(), ".cache", "ferry-example");

try {
  const client = new Client(apikey, { baseUrl });
  const link = await client.upload(file, { journal, progress: bar, signal: interrupt.signal });
  console.log(`\n${link.url}`);
} catch (error) {
  if (!(error instanceof FerryError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.name === "AbortError" ? 130 : 1;
}
