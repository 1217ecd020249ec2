// The page: uploads, files, jobs and webhooks; the other sections have files of their own.

import {
  $,
  act,
  button,
  bytes,
  chip,
  copy,
  exactTime,
  facts,
  fold,
  follow,
  h,
  pre,
  put,
  time,
} from "./dom.js";
import "./faults.js";
import { fillUpload, fromSession, fromUpload, makeUpload, traffic } from "./parts.js";
import "./requests.js";
import { count, list } from "./section.js";
import { ORIGIN, drawnBy, newest, requests, setting, totals } from "./stream.js";
import { openStudio, thumbnail } from "./studio.js";

function drawUploads() {
  const moving = traffic(requests.values());
  const sessions = newest("sessions").flatMap((session) =>
    session.files.map((file) => fromSession(session, file, moving)),
  );
  const uploads = [...newest("uploads").map((upload) => fromUpload(upload, moving)), ...sessions];
  uploads.sort((a, b) => b.started - a.started);
  list("uploads", uploads, (upload) => upload.key, makeUpload, fillUpload);
  count("uploads", totals.uploads + totals.sessions);
}

function drawFiles() {
  const files = newest("files").sort((a, b) => b.uploaded_ms - a.uploaded_ms);
  list(
    "files",
    files,
    (file) => file.handle + file.uploaded_ms,
    makeFile,
    () => {},
  );
  count("files", totals.files);
}

function makeFile(file) {
  const tile = h("article", { className: "tile" });
  const look = h("button", { type: "button", className: "look" }, thumbnail(file));
  look.setAttribute("aria-label", `Look at ${file.filename} and transform it`);
  look.addEventListener("click", () => openStudio(file, setting("secured")));
  const more = fold("more", h("summary", {}, "Details"), (item) => [
    facts([
      ["Handle", item.handle],
      ["Type", item.mimetype],
      ["Size", `${bytes(item.size)} (${item.size} bytes)`],
      ["Storage", `${item.location}, ${item.container}`],
      ["Key", item.key],
      ["Stored", new Date(item.uploaded_ms).toLocaleString()],
    ]),
    h(
      "p",
      { className: "row" },
      h("a", { href: `${ORIGIN}/${item.handle}`, target: "_blank", rel: "noopener" }, "Open"),
      button("Copy address", () => copy(`${ORIGIN}/${item.handle}`, "The address")),
      button("Digests", (event) => showDigests(event.target, item.handle)),
    ),
  ]);
  more.show(file);
  tile.append(
    look,
    h("div", { className: "name", title: file.filename }, file.filename),
    h("div", { className: "quiet" }, `${bytes(file.size)} · ${time(file.uploaded_ms)}`),
    more,
  );
  return tile;
}

async function showDigests(place, handle) {
  const answer = await fetch(`files/${encodeURIComponent(handle)}`);
  const { md5, sha256 } = await answer.json();
  place.replaceWith(
    facts([
      ["MD5", md5 ?? "not kept"],
      ["SHA-256", sha256 ?? "not kept"],
    ]),
  );
}

const STATES = { success: "good", completed: "good", finished: "good", fail: "bad", failed: "bad" };
const state = (text) => chip(text, STATES[text.toLowerCase()] ?? "busy");

function drawJobs() {
  list("videos", newest("videos"), (video) => video.id, makeVideo, fillVideo);
  list(
    "jobs",
    newest("jobs"),
    (job) => job.id,
    makeJob,
    (card, job) => {
      const answer = job.answer ?? {};
      put(
        card.head,
        h("span", { className: "grow" }, job.action, " ", h("code", {}, job.id)),
        state(answer.status ?? (job.finished ? "finished" : "started")),
      );
      card.show(job);
    },
  );
  count("jobs", totals.jobs + totals.videos);
}

function makeJob() {
  const head = h("summary", { className: "head" });
  const card = fold("card", head, (job) => [
    facts([
      ["Begun", job.started_ms ? time(job.started_ms) : null],
      ["Polled", `${job.polls} times`],
    ]),
    pre(job.answer),
  ]);
  card.head = head;
  return card;
}

function makeVideo() {
  const card = h("article", { className: "card" });
  card.head = h("div", { className: "head" });
  card.error = h("p", { className: "error" });
  card.encodings = h("div", { className: "stack" });
  card.append(card.head, card.error, card.encodings);
  return card;
}

const output = (video, file) =>
  [ORIGIN, "flip-output", video.factory, ...file.split("/").map(encodeURIComponent)].join("/");

function fillVideo(card, video) {
  if (card.video === video) return;
  card.video = video;
  put(
    card.head,
    h("strong", {}, video.original_filename ?? video.id),
    chip("Flip video", "plain"),
    state(video.status),
  );
  put(card.error, video.error_message ? `${video.error_class}: ${video.error_message}` : "");
  follow(
    card.encodings,
    video.encodings,
    (encoding) => encoding.id,
    () => h("div", { className: "encoding" }),
    (row, encoding) => {
      const link = (file) => h("a", { href: output(video, file), target: "_blank", rel: "noopener" }, file);
      const links = (encoding.files ?? []).slice(0, 4).map(link);
      const bar = h("progress", { max: 100, value: encoding.encoding_progress ?? 0 });
      bar.setAttribute("aria-label", `${encoding.profile_name}: progress`);
      put(
        row,
        h("span", {}, encoding.profile_name),
        bar,
        state(encoding.status),
        h("span", { className: "quiet" }, ...(encoding.error_message ? [encoding.error_message] : links)),
      );
    },
  );
}

function drawWebhooks() {
  list(
    "webhooks",
    newest("webhooks"),
    (webhook) => webhook.id,
    makeWebhook,
    (card, webhook) => {
      put(
        card.head,
        h("strong", {}, webhook.action),
        h("code", { className: "grow" }, webhook.url),
        h("span", { className: "quiet" }, `${webhook.attempts}×`),
        chip(webhook.state, { delivered: "good", failed: "bad" }[webhook.state] ?? "busy"),
      );
      card.show(webhook);
    },
  );
  count("webhooks", totals.webhooks);
  const url = setting("webhook_url") ?? "";
  const input = $("endpoint-url");
  if (input.told !== url) input.value = input.told = url;
}

function makeWebhook(webhook) {
  const head = h("summary", { className: "head" });
  const card = fold("card", head, (item) => [
    h(
      "p",
      { className: "row" },
      button(
        "Send again",
        () => act("POST", `webhooks/${item.id}`, undefined, `${item.action} is sent again.`),
        `Send ${item.action} again`,
      ),
      button("Copy payload", () => copy(item.body, "The payload")),
    ),
    facts([...Object.entries(item.headers)]),
    pre(item.event),
    h(
      "ol",
      { className: "quiet" },
      ...item.tried.map((attempt) =>
        h("li", {}, `${exactTime(attempt.at_ms)}  ${attempt.error ?? `answered ${attempt.status}`}`),
      ),
    ),
  ]);
  card.head = head;
  card.dataset.id = webhook.id;
  return card;
}

$("endpoint").addEventListener("submit", (event) => {
  event.preventDefault();
  const url = $("endpoint-url").value.trim();
  act("PUT", "settings", { webhook_url: url }, url ? `Events go to ${url}.` : "Events go nowhere.");
});

for (const drawer of [drawUploads, drawFiles, drawJobs, drawWebhooks]) drawnBy(drawer);
put($("origin"), ORIGIN);
put($("try-curl"), `curl -F fileUpload=@FILE '${ORIGIN}/api/store/S3?key=DEMO'`);
put($("try-ferry"), `upload --apikey DEMO --base-url ${ORIGIN} FILE`);
