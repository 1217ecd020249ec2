// The programs in bindings/node/README.md, each as it stands there, in a folder that has what they name.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

import { CLOUD, DATA, MIB, folder, noise, picture } from "./support.js";

const home = join(createRequire(import.meta.url).resolve("libferry"), "../..");
const page = readFileSync(join(home, "README.md"), "utf8");
const programs = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, program]) => program);

const size = picture.length;

/** What each program writes, in the order of the page. */
const SAID = [
  /^http\S+ Hello from Ferry$/,
  new RegExp(`^0 of ${size} bytes\n[^]*${size} of ${size} bytes\n\\S{20} ${size}$`),
  /^true$/,
  /^FERRY_PAUSED paused\nUpload true$/,
  /^\[\] 0\nmovie.mp4$/,
  /^[01] \S+ \S{20}\n[01] \S+ \S{20}\n\[ 'photo.jpg', 'clip.mp4' \]$/,
  new RegExp(`^${size} ${size}$`),
  /^http\S+\/resize=fit:scale,height:60,width:80\/rotate=deg:90\/\S{20}\n{[^]*60[^]*80[^]*\ntrue$/,
  /^true\nfp.upload$/,
  /^h264 success \[[^]*\]\nwebm success \[[^]*\]$/,
  /^connection start 0\n[^]*attempt complete 200\n[^]*200 application\/json notes.txt$/,
  /^\[ 503, 200 \]\n\[ \[ 'a.txt', 10 \] \]$/,
];

test("the page has the programs that are tested here", () => {
  assert.equal(programs.length, SAID.length);
});

for (const [index, program] of programs.entries()) {
  test(`program ${index + 1} of the page runs`, async (t) => {
    copyFileSync(join(DATA, "ferry.png"), join(folder, "photo.jpg"));
    writeFileSync(join(folder, "movie.mp4"), noise(MIB));
    const file = join(process.cwd(), `program-${index}.mjs`);
    writeFileSync(file, program);
    process.env.FILESTACK_URL = process.env.TELESTREAM_URL = CLOUD;
    const before = process.cwd();
    const said = t.mock.method(console, "log", () => {});
    process.chdir(folder);
    try {
      await import(pathToFileURL(file).href);
    } finally {
      process.chdir(before);
      said.mock.restore();
    }
    const lines = said.mock.calls.map((call) => format(...call.arguments));
    assert.match(lines.join("\n"), SAID[index]);
  });
}
