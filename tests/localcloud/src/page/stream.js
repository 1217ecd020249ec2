// What the cloud tells by /_local/events. It is kept here; who draws it is told when.

import { $, put, say } from "./dom.js";
import { target } from "./parts.js";

export const ORIGIN = location.origin;
export const MOST_REQUESTS = 500;

const ids = {
  files: "handle",
  uploads: "upload_id",
  sessions: "id",
  jobs: "id",
  videos: "id",
  webhooks: "id",
  steered: "id",
};
/** Things of each kind by id, oldest first, and how many there are, for only the newest are told. */
export const known = {};
export const totals = {};
/** Requests by id, oldest first. */
export const requests = new Map();
/** How often the same bytes have come. */
const repeats = new Map();
/** What comes first was there before the page was. */
let isBegun = false;

export const newest = (kind) => [...known[kind].values()].reverse();
export const setting = (name) => known.steered.get("settings")?.settings[name];
const where = (request) => (request.part === null ? request.class : `${request.class}, part ${request.part}`);

function begin() {
  for (const kind of Object.keys(ids)) {
    known[kind] = new Map();
    totals[kind] = 0;
  }
  requests.clear();
  repeats.clear();
  isBegun = false;
}
begin();

const live = new EventSource("events");
live.addEventListener("begin", () => {
  begin();
  put($("line"), "live");
  $("line").className = "line live";
  draw();
});
live.addEventListener("error", () => {
  put($("line"), "not connected, trying again");
  $("line").className = "line lost";
});
for (const kind of Object.keys(ids)) {
  live.addEventListener(kind, (event) => {
    const { set, gone, total } = JSON.parse(event.data);
    for (const item of set) known[kind].set(item[ids[kind]], item);
    for (const id of gone) known[kind].delete(id);
    totals[kind] = total;
    draw();
  });
}
live.addEventListener("requests", (event) => {
  for (const request of JSON.parse(event.data)) {
    const before = requests.get(request.id);
    request.again = before ? before.again : countRepeats(request);
    requests.set(request.id, request);
    if (!isBegun || !request.fault || request.took_ms === null) continue;
    if (!(request.status < 400))
      say(`Fault: ${where(request)} ${request.status ? `is a ${request.status}` : "was cut"}.`);
  }
  while (requests.size > MOST_REQUESTS) requests.delete(requests.keys().next().value);
  isBegun = true;
  draw();
});
live.addEventListener("forgotten", (event) => {
  for (const id of requests.keys()) if (id <= Number(event.data)) requests.delete(id);
  repeats.clear();
  draw();
});

/** How often the same bytes have been sent before. */
function countRepeats(request) {
  const to = target(request);
  if (!to) return 0;
  const key = `${to.upload} ${to.part} ${request.offset}`;
  const count = repeats.get(key) ?? 0;
  repeats.set(key, count + 1);
  return count;
}

const drawers = [];
/** Calls a function, from now on, when something has changed. */
export const drawnBy = (drawer) => drawers.push(drawer);

let isDue = false;
/** Draws all that is known, once for each frame. */
export function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    for (const drawer of drawers) drawer();
  });
}
