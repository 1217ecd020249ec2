// The page of a local cloud in a browser, as a person uses it. Called by page.rs; the address of the cloud, a
// folder and the programs are in the environment. Whatever is wrong ends it with an error.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createRelay } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const { CLOUD, FOLDER, PICTURE, UPLOAD, ENCODE, PLAYWRIGHT, CHROMIUM, SHOTS } = process.env;
const { chromium } = await import(join(PLAYWRIGHT, "index.mjs"));
const run = promisify(execFile);

const hook = { received: [] };
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (data) => (body += data));
  request.on("end", () => {
    hook.received.push({ body, signature: request.headers["fs-signature"] });
    response.end();
  });
});
const listen = (it, port) => new Promise((done) => it.listen(port, "127.0.0.1", done));
await listen(server, 0);

// Between the browser and the cloud there is a line that can be cut.
const relay = createRelay((socket) => {
  const cloud = connect(new URL(CLOUD).port, "127.0.0.1");
  for (const [one, other] of [
    [socket, cloud],
    [cloud, socket],
  ]) {
    relay.sockets.push(one);
    one
      .on("error", () => {})
      .on("close", () => other.destroy())
      .pipe(other);
  }
});
relay.sockets = [];
await listen(relay, 0);
const ORIGIN = `http://127.0.0.1:${relay.address().port}`;

const context = await chromium.launchPersistentContext(join(FOLDER, "profile"), {
  executablePath: CHROMIUM,
  headless: true,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  viewport: { width: 1400, height: 1000 },
  colorScheme: "light",
});
const page = context.pages()[0] ?? (await context.newPage());
const wrong = [];
page.on("pageerror", (error) => wrong.push(error.message));
page.on("console", (message) => {
  const { url } = message.location(); // Chromium tells of each answer that is an error
  const isMeant = url.includes("width:100000") || message.text().includes("net::ERR_");
  if (message.type() === "error" && !isMeant) wrong.push(`${message.text()} ${url}`);
});
page.on("request", (request) => {
  if (!request.url().startsWith(`${ORIGIN}/_local/`) && !request.url().startsWith("blob:"))
    wrong.push(`it asks ${request.url()}`);
});
const shot = async (name) => {
  if (!SHOTS) return;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`) });
  }
};
const store = (name) =>
  fetch(`${CLOUD}/api/store/S3?key=TESTKEY&filename=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "content-type": "image/png" },
    body: readFileSync(PICTURE),
  });
const count = (name, number) =>
  page.locator(`#count-${name}`, { hasText: new RegExp(`^${number}$`) }).waitFor();

await page.goto(`${ORIGIN}/_local/`);
await page.locator(".line.live").waitFor();

// Events are to go to the server above.
await page.getByLabel("Filestack's events go to").fill(`http://127.0.0.1:${server.address().port}/hook`);
await page.getByRole("button", { name: "Set", exact: true }).click();

// The next PUT is refused, those after it are slow. What the map of the upload shows meanwhile is noted.
await page.getByRole("button", { name: "From now on: PUTs are slow" }).click();
await page.getByRole("button", { name: "The next PUT: is a 503" }).click();
await count("faults", 2);
await page.evaluate(() => {
  window.fills = [];
  const look = () =>
    document
      .querySelectorAll(".map i")
      .forEach((cell) => window.fills.push(parseFloat(cell.style.getPropertyValue("--fill"))));
  new MutationObserver(look).observe(document.getElementById("list-uploads"), {
    subtree: true,
    childList: true,
    attributes: true,
  });
});
const picture = join(FOLDER, "picture.png");
// What follows the picture is ignored.
writeFileSync(picture, Buffer.concat([readFileSync(PICTURE), Buffer.alloc(150000)]));
const upload = run(UPLOAD, ["--apikey", "TESTKEY", "--base-url", CLOUD, "--quiet", picture]);
await page.locator("#list-faults article", { hasText: "status: 503" }).getByText("fired 1 of 1").waitFor();
await page.locator(".upload .map i.open").waitFor();
await shot("upload");
await upload;
const card = page.locator("#list-uploads article", { hasText: "picture.png" });
await card.getByText("complete").waitFor();
await card.getByText("1 again").waitFor();
assert.equal(await card.locator(".map i").getAttribute("class"), "whole failed");
const fills = await page.evaluate(() => window.fills);
assert(
  fills.some((fill) => fill > 0 && fill < 100),
  `the part was never seen filling: ${fills}`,
);

// The refused PUT and the one that succeeded, in the list of requests.
const shown = (text) => page.locator("#list-requests .request", { hasText: text });
await page.getByLabel("Show", { exact: true }).fill("put");
await shown("complete").waitFor({ state: "detached" });
const puts = shown("PUT");
assert.deepEqual(await puts.locator(".status").allTextContents(), ["200", "503"]);
assert.match(await puts.nth(0).locator(".chips").textContent(), /part 1again/);
assert.match(await puts.nth(1).locator(".chips").textContent(), /part 1fault/);
await page.getByLabel("Show", { exact: true }).fill("multipart/start");
await puts.first().waitFor({ state: "detached" });
await shown("/start").locator("summary").click();
const command = await shown("/start").locator(".command pre").textContent();
assert.match(command, /^curl .*\n? *-X 'POST' \\\n {2}'http:\/\/127\.0\.0\.1:\d+\/multipart\/start'/);
assert(command.includes('"apikey":"***"') && !command.includes("TESTKEY"), command);
await page.getByLabel("Show", { exact: true }).fill("");

// The event, and the same once more.
const event = page.locator("#list-webhooks details", { hasText: "fp.upload" });
await event.getByText("delivered").waitFor();
await event.locator("summary").click();
await event.getByRole("button", { name: "Send fp.upload again" }).click();
await event.getByText("2×").waitFor();
assert.equal(hook.received.length, 2);
assert.equal(hook.received[0].body, hook.received[1].body);
assert((await event.locator("dl").textContent()).includes(hook.received[1].signature));

// A name that would be a script, if it were taken for more than a name.
const name = `<img src=x onerror="window.taken = true">.png`;
await store(name);
await page.locator(".tile .name", { hasText: name }).waitFor();
assert.equal(await page.evaluate(() => window.taken), undefined);

// The picture, and what a chain makes of it.
await page.locator(".tile", { hasText: "picture.png" }).locator(".look").click();
await page.locator("#studio-picture img").waitFor();
await page.locator("#studio-task").selectOption("resize");
await page.getByRole("button", { name: "Add task" }).click();
await page.getByText("200 × 133").waitFor();
await page.locator(".task").getByLabel("width").fill("100000");
await page.getByText("400", { exact: true }).waitFor();
await page.locator(".task").getByLabel("width").fill("300");
await page.getByText("300 × 200").waitFor();
const url = await page.getByLabel("URL").inputValue();
assert.match(url, /\/resize=width:300\/\w{20}$/);
assert.equal((await fetch(url)).headers.get("content-type"), "image/png");
await shot("chain");
await page.keyboard.press("Escape");

// Flip: a session's parts, a video and its encodings.
await run(ENCODE, [
  "--access-key",
  "LOCAL_ACCESS_KEY",
  "--secret-key",
  "LOCAL_SECRET_KEY",
  "--base-url",
  CLOUD,
  "--factory",
  "fac1fac1fac1fac1fac1fac1fac1fac1",
  "--profiles",
  "h264,webm",
  "--filename",
  "film.mp4",
  PICTURE,
]);
await page.locator("#list-uploads article", { hasText: "film.mp4" }).getByText("complete").waitFor();
await page.locator(".encoding", { hasText: "webm" }).getByText("success").waitFor();

// The line is lost, and what happened meanwhile is there when it is back.
await new Promise((done) => {
  relay.close(done);
  relay.sockets.forEach((socket) => socket.destroy());
});
await page.getByText("not connected, trying again").waitFor();
await store("meanwhile.png");
await listen(relay, ORIGIN.split(":").pop());
await page.locator(".line.live").waitFor();
await page.locator(".tile", { hasText: "meanwhile.png" }).waitFor();
await count("files", 3);
await count("faults", 2);

// What a keyboard or a screen reader needs: each control has a name, and the first Tab offers to skip.
const nameless = await page.evaluate(() =>
  [...document.querySelectorAll("button, input, select, textarea, [role=img], progress")]
    .filter((it) => !(it.ariaLabel || it.labels?.length || it.textContent.trim()))
    .map((it) => it.outerHTML),
);
assert.deepEqual(nameless, []);
await page.reload();
await page.locator(".line.live").waitFor();
await count("files", 3);
await count("uploads", 2);
await page.keyboard.press("Tab");
assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the requests");
await page.locator("#list-webhooks summary").first().click();
await shot("page");
await page.setViewportSize({ width: 420, height: 900 });
assert(
  await page.evaluate(() => document.documentElement.scrollWidth <= 420),
  "the page is wider than a small screen",
);
await shot("small");
assert.deepEqual(wrong, []);

await context.close();
process.exit(0); // connections that are kept alive would be waited for
