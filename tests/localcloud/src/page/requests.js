// Requests as they come, each with all that is known of it and as a curl command.

import { $, act, bytes, chip, copy, exactTime, button, facts, fold, h, pre, put, time } from "./dom.js";
import { count, list } from "./section.js";
import { MOST_REQUESTS, ORIGIN, draw, drawnBy, requests } from "./stream.js";

function drawRequests() {
  const text = $("filter-text").value.trim().toLowerCase();
  const wrong = $("filter-wrong").checked;
  const fits = (request) =>
    (!wrong || request.fault || request.status >= 400 || (request.took_ms !== null && !request.status)) &&
    (!text ||
      `${request.method} ${request.path} ${request.class} ${request.status}`.toLowerCase().includes(text));
  const all = [...requests.values()].reverse().filter(fits);
  list("requests", all, (request) => request.id, makeRequest, fillRequest);
  count("requests", requests.size < MOST_REQUESTS ? requests.size : `${MOST_REQUESTS}+`, all.length === 0);
}

function makeRequest() {
  const cell = (className) => h("span", { className });
  const head = h("summary");
  const card = fold("request", head, inside);
  card.cells = ["at", "status", "method", "path", "took", "chips"].map(cell);
  head.append(...card.cells);
  return card;
}

function fillRequest(card, request) {
  if (card.item === request) return;
  const [at, status, method, path, took, chips] = card.cells;
  const isOpen = request.took_ms === null;
  put(at, time(request.at_ms));
  put(status, isOpen ? "…" : String(request.status ?? "cut"));
  const good = request.status >= 200 && request.status < 400;
  status.className = `status ${isOpen ? "busy" : good ? "good" : "bad"}`;
  put(method, request.method);
  put(path, request.path);
  put(took, isOpen ? bytes(request.received) : `${request.took_ms} ms`);
  put(
    chips,
    request.part === null ? "" : chip(`part ${request.part}`, "plain"),
    request.again ? chip("again", "busy") : "",
    request.fault ? chip("fault", "warn") : "",
  );
  card.show(request);
}

function inside(request) {
  const command = curl(request);
  return [
    facts([
      ["Class", request.class],
      ["Part", request.part],
      ["Offset", request.offset],
      ["Handle", request.handle],
      ["Time", exactTime(request.at_ms)],
      ["Body", request.received ? bytes(request.received) : null],
      ...Object.entries(request.headers).map(([name, value]) => [
        name,
        name === "authorization" ? (value ? "was there" : null) : value,
      ]),
    ]),
    h(
      "div",
      { className: "command" },
      pre(command),
      button("Copy as curl", () => copy(command, "The command")),
    ),
    request.body === null ? "" : pre(request.body),
  ];
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
/** Not worth to be said again: curl sets them itself, or they were measured. */
const OWN = ["host", "content-length", "user-agent", "authorization", "expect"];

function curl(request) {
  const words = ["curl"];
  if (request.method !== "GET")
    words.push(request.method === "HEAD" ? "--head" : `-X ${quote(request.method)}`);
  words.push(quote(ORIGIN + request.path));
  if (request.headers.authorization) words.push(`-H 'authorization: ***'`);
  for (const [name, value] of Object.entries(request.headers)) {
    if (!OWN.includes(name)) words.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  if (request.body !== null && typeof request.body === "object")
    words.push(`--data ${quote(JSON.stringify(request.body))}`);
  else if (request.received) words.push("--data-binary @FILE");
  return words.join(" \\\n  ");
}

$("filter").addEventListener("submit", (event) => event.preventDefault());
$("filter").addEventListener("input", draw);
$("forget").addEventListener("click", () =>
  act("DELETE", "requests", undefined, "The requests are forgotten."),
);

drawnBy(drawRequests);
