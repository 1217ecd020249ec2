// Faults to click, and the rules in force.

import { $, act, button, chip, control, h, put } from "./dom.js";
import { count, list } from "./section.js";
import { drawnBy, known } from "./stream.js";

const once = (kind, action) => ({ class: kind, times: 1, action });
const PRESETS = {
  "The next PUT": {
    "is a 503": once("put", { status: 503 }),
    "is cut after 64 KiB": once("put", { cut_after: 65536 }),
    "has a wrong ETag": once("put", { wrong_etag: true }),
    "loses its answer": once("put", { lost_answer: true }),
  },
  "The next Flip part": {
    "is a 503": once("flip_part", { status: 503 }),
    "is cut after 64 KiB": once("flip_part", { cut_after: 65536 }),
    "loses its answer": once("flip_part", { lost_answer: true }),
  },
  "The next": {
    "start is a 429, wait 2 s": once("start", { status: 429, retry_after: 2 }),
    "complete is a 202": once("complete", { accepted: true }),
    "download is cut after 64 KiB": once("deliver", { cut_response_after: 65536 }),
    "conversion fails": once("av", { job_failed: true }),
  },
  "From now on": {
    "PUTs are slow: 100 kB/s": { class: "put", action: { slow_bytes_per_second: 100000 } },
    "Flip parts are slow: 100 kB/s": { class: "flip_part", action: { slow_bytes_per_second: 100000 } },
    "1 request in 10 is a 500": { class: "any", probability: 0.1, action: { status: 500 } },
  },
};

function drawFaults() {
  const rules = known.steered.get("faults")?.rules ?? [];
  list(
    "faults",
    rules,
    (rule) => rule.id,
    makeRule,
    (card, rule) => {
      const spent = rule.times !== undefined && rule.fired >= rule.times;
      const limit = rule.times === undefined ? "" : ` of ${rule.times}`;
      card.classList.toggle("spent", spent);
      put(
        card.state,
        chip(`fired ${rule.fired}${limit}`, rule.fired ? "warn" : "plain"),
        h("span", { className: "quiet" }, spent ? "used up" : `${rule.seen} seen`),
      );
    },
  );
  count("faults", rules.length);
  $("clear-faults").hidden = rules.length === 0;
}

function makeRule({ id, seen, fired, ...rule }) {
  const { class: kind, action, ...rest } = rule;
  const text = (value) =>
    JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
  const name = h(
    "div",
    { className: "grow" },
    h("strong", {}, kind),
    " ",
    h("code", {}, text(action).slice(1, -1)),
    Object.keys(rest).length ? h("div", { className: "quiet" }, text(rest).slice(1, -1)) : "",
  );
  const card = h("article", { className: "card head" }, name);
  card.state = h("span", { className: "chips" });
  const remove = button(
    "✕",
    () => act("DELETE", `faults/${id}`, undefined, "The rule is removed."),
    `Remove the rule for ${kind}`,
  );
  card.append(card.state, remove);
  return card;
}

for (const [name, rules] of Object.entries(PRESETS)) {
  const buttons = Object.entries(rules).map(([text, rule]) =>
    button(text, () => act("POST", "faults", rule, `Set: ${name} ${text}.`), `${name}: ${text}`),
  );
  $("presets").append(
    h("div", { className: "preset" }, h("span", { className: "quiet" }, name), h("div", {}, ...buttons)),
  );
}
$("clear-faults").addEventListener("click", () =>
  act("DELETE", "faults", undefined, "All rules are removed."),
);
$("rule").addEventListener("submit", async (event) => {
  event.preventDefault();
  let rule;
  try {
    rule = JSON.parse($("rule-text").value);
  } catch (error) {
    return put($("rule-error"), `This is not JSON: ${error.message}`);
  }
  put($("rule-error"), (await control("POST", "faults", rule)) ?? "");
});

drawnBy(drawFaults);
