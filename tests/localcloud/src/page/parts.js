// Uploads as maps of their parts. What is stored the cloud tells; what is arriving is in the requests.

import { bytes, chip, h, put } from "./dom.js";

/** A map has no more cells; of a larger upload a cell is several parts. */
const MOST_CELLS = 300;

/** What a request to store bytes is about: an upload's address and a part, or null. */
export function target(request) {
  if (request.class === "put") {
    // The object of a chunk is that of its upload, a dot and more.
    const upload = request.path.split("?")[0].split(".")[0];
    return request.part === null ? null : { upload, part: request.part };
  }
  if (request.class === "flip_part") {
    return { upload: `${request.handle}/${request.headers["x-extra-file-tag"] ?? ""}`, part: request.part };
  }
  if (request.class === "flip_range") return { upload: `${request.handle}/`, part: null };
  return null;
}

/** What is under way and what went wrong, by upload and part. */
export function traffic(requests) {
  const uploads = new Map();
  for (const request of requests) {
    const to = target(request);
    if (!to) continue;
    if (!uploads.has(to.upload)) uploads.set(to.upload, { parts: new Map(), ranges: [] });
    const upload = uploads.get(to.upload);
    const isOpen = request.took_ms === null;
    if (to.part === null) {
      if (isOpen) upload.ranges.push([request.offset ?? 0, request.received]);
      continue;
    }
    if (!upload.parts.has(to.part)) upload.parts.set(to.part, { arriving: 0, tries: 0, failed: 0 });
    const part = upload.parts.get(to.part);
    part.tries += 1;
    if (isOpen) part.arriving += request.received;
    else if (!(request.status >= 200 && request.status < 300)) part.failed += 1;
  }
  return uploads;
}

const NONE = { parts: new Map(), ranges: [] };

/** One file on its way, whichever service it goes to. */
function plan(size, partSize, first, count) {
  const length = (index) => Math.max(0, Math.min(partSize, size - index * partSize));
  return Array.from({ length: count }, (_, index) => ({
    number: first + index,
    length: length(index),
    stored: 0,
  }));
}

function covered(chunks, length) {
  const spans = chunks.map((chunk) => [chunk.offset, chunk.offset + chunk.size]).sort((a, b) => a[0] - b[0]);
  let reached = 0;
  let sum = 0;
  for (const [start, end] of spans) {
    sum += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return Math.min(sum, length);
}

export function fromUpload(upload, uploads) {
  const moving = uploads.get(upload.uri) ?? NONE;
  const partSize = upload.part_size ?? upload.size;
  const highest = Math.max(1, ...Object.keys(upload.parts).map(Number), ...moving.parts.keys());
  const parts = plan(upload.size, partSize, 1, Math.max(Math.ceil(upload.size / partSize), highest));
  for (const part of parts) {
    const stored = upload.parts[part.number];
    part.stored = stored ? part.length : covered(upload.chunks[part.number] ?? [], part.length);
  }
  return {
    key: upload.upload_id,
    name: upload.filename,
    size: upload.size,
    service: upload.fii ? "Filestack, intelligent" : "Filestack",
    started: upload.started_ms,
    result: upload.handle,
    parts: withTraffic(parts, moving),
  };
}

export function fromSession(session, file, uploads) {
  const moving = uploads.get(`${session.id}/${file.tag ?? ""}`) ?? NONE;
  const parts = plan(file.size, file.part_size, 0, file.parts);
  const stored = new Set(file.stored);
  const ends = [file.reached, ...moving.ranges.map(([first, received]) => first + received)];
  const reached = Math.max(...ends);
  for (const part of parts) {
    const start = part.number * file.part_size;
    if (session.multi_chunk) part.stored = stored.has(part.number) ? part.length : 0;
    else part.stored = Math.min(part.length, Math.max(0, reached - start));
  }
  return {
    key: `${session.id}/${file.tag ?? ""}`,
    name: file.tag ? `${file.name} (${file.tag})` : file.name,
    size: file.size,
    service: session.multi_chunk ? "Flip, parts" : "Flip, ranges",
    started: session.started_ms,
    result: file.tag ? null : session.video,
    parts: withTraffic(parts, moving),
  };
}

function withTraffic(parts, moving) {
  for (const part of parts) {
    const { arriving = 0, tries = 0, failed = 0 } = moving.parts.get(part.number) ?? {};
    part.arriving = Math.min(arriving, part.length - part.stored);
    part.isOpen = arriving > 0 && part.stored < part.length;
    part.tries = tries;
    part.failed = failed;
  }
  return parts;
}

export function makeUpload() {
  const card = h("article", { className: "card upload" });
  card.head = h("div", { className: "head" });
  card.name = h("strong", {});
  card.state = h("span", { className: "chips" });
  card.head.append(card.name, card.state);
  card.bar = h("progress", { max: 1, value: 0 });
  card.text = h("p", { className: "quiet" });
  card.map = h("div", { className: "map", role: "img" });
  card.append(card.head, card.bar, card.map, card.text);
  return card;
}

export function fillUpload(card, file) {
  const sum = (pick) => file.parts.reduce((total, part) => total + pick(part), 0);
  const [stored, arriving] = [sum((part) => part.stored), sum((part) => part.arriving)];
  const whole = file.parts.filter((part) => part.stored >= part.length).length;
  const again = file.parts.filter((part) => part.failed > 0).length;
  const open = file.parts.filter((part) => part.isOpen).length;
  put(card.name, file.name);
  put(
    card.state,
    chip(file.service, "plain"),
    again ? chip(`${again} again`, "warn") : "",
    file.result ? chip("complete", "good") : chip(open ? "arriving" : "waiting", open ? "busy" : "plain"),
  );
  card.bar.value = (stored + arriving) / file.size;
  card.bar.setAttribute("aria-label", `${file.name}: bytes that are here`);
  const text =
    `${whole} of ${file.parts.length} ${file.parts.length === 1 ? "part" : "parts"}, ` +
    `${bytes(stored + arriving)} of ${bytes(file.size)}${file.result ? `, stored as ${file.result}` : ""}`;
  put(card.text, text);
  card.map.setAttribute(
    "aria-label",
    `${text}${open ? `, ${open} arriving` : ""}${again ? `, ${again} sent again` : ""}`,
  );
  cells(card.map, file.parts);
}

function cells(map, parts) {
  const group = Math.ceil(parts.length / MOST_CELLS);
  const count = Math.ceil(parts.length / group);
  while (map.children.length > count) map.lastChild.remove();
  while (map.children.length < count) map.append(h("i"));
  for (let place = 0; place < count; place += 1) {
    const mine = parts.slice(place * group, (place + 1) * group);
    const sum = (pick) => mine.reduce((total, part) => total + pick(part), 0);
    const length = Math.max(
      1,
      sum((part) => part.length),
    );
    const [stored, arriving] = [sum((part) => part.stored), sum((part) => part.arriving)];
    const failed = sum((part) => part.failed);
    const cell = map.children[place];
    const kind = stored >= length ? "whole" : mine.some((part) => part.isOpen) ? "open" : "";
    const className = failed ? `${kind} failed` : kind;
    if (cell.className !== className) cell.className = className;
    cell.style.setProperty("--fill", `${((100 * (stored + arriving)) / length).toFixed(1)}%`);
    const last = mine.length > 1 ? `–${mine[mine.length - 1].number}` : "";
    cell.title =
      `part ${mine[0].number}${last}: ${bytes(stored + arriving)} of ${bytes(length)}` +
      (failed ? `, ${failed} failed` : "");
  }
}
