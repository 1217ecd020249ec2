// A stored file and what a chain of tasks makes of it. The form comes from the table of tasks.

import { $, button, bytes, chip, copy, h, put } from "./dom.js";

const PICTURES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"];
/** Of larger pictures a small one is made. */
const SMALL = 300000;
const LARGE = 30000000;

const preview = (file, tasks) => `preview/${[...tasks, encodeURIComponent(file.handle)].join("/")}`;

export function thumbnail(file) {
  const ending = file.filename.includes(".") ? file.filename.split(".").pop().slice(0, 5) : "file";
  const icon = h("span", { className: "icon", "aria-hidden": "true" }, ending);
  if (!PICTURES.includes(file.mimetype) || file.size > LARGE) return icon;
  const tasks = file.size > SMALL ? ["resize=width:360,height:240,fit:max"] : [];
  const image = h("img", { alt: "", loading: "lazy", src: `${preview(file, tasks)}?${file.uploaded_ms}` });
  image.addEventListener("error", () => image.replaceWith(icon));
  return image;
}

let table; // tasks by name
let file;
let chain = []; // {task, fields}
let asked;
let due;

/** Chosen first, since their effect shows. */
const FIRST = [
  "resize",
  "crop",
  "rotate",
  "flip",
  "monochrome",
  "sepia",
  "blur",
  "circle",
  "rounded_corners",
  "border",
];

export async function openStudio(chosen, isSecured) {
  if (!table) {
    const tasks = await (await fetch("tasks")).json();
    table = new Map(tasks.map((task) => [task.name, task]));
    const rest = tasks
      .map((task) => task.name)
      .filter((name) => !FIRST.includes(name) && !["b64", "security"].includes(name));
    const group = (label, names) =>
      h("optgroup", { label }, ...names.map((name) => h("option", { value: name }, name)));
    $("studio-task").append(
      group(
        "Pictures",
        FIRST.filter((name) => table.has(name)),
      ),
      group("All others", rest.sort()),
    );
  }
  file = chosen;
  chain = [];
  put($("studio-title"), file.filename);
  put(
    $("studio-note"),
    isSecured ? "Security is on: the address needs a policy, this picture does not." : "",
  );
  put($("studio-tasks"));
  $("studio").showModal();
  changed(0);
}

/** The value of a parameter as it stands in a URL. */
function encoded(kind, text) {
  if (["texts", "boxes", "pair", "faces", "position", "int_or", "time", "int", "number"].includes(kind)) {
    const list = kind === "texts" && !text.startsWith("[") ? `[${text}]` : text;
    return encodeURIComponent(list).replace(/%(5B|5D|2C|3A)/g, decodeURIComponent);
  }
  return encodeURIComponent(text);
}

function element({ task, fields }) {
  const params = task.params.flatMap((param, place) => {
    const text = fields[place].value.trim();
    if (!text) return [];
    const value = encoded(param.kind.type, text);
    return [param.name ? `${param.name}:${value}` : value];
  });
  return params.length ? `${task.name}=${params.join(",")}` : task.name;
}

function field(task, param) {
  const { type, min, max, words } = param.kind;
  const option = (value, text = value) => h("option", { value }, text);
  const options = (values) => h("select", {}, option("", "—"), ...values.map((value) => option(value)));
  const isNeeded = task.required.includes(param.name);
  let input;
  if (type === "int" || type === "number") {
    input = h("input", {
      type: "number",
      min,
      max,
      step: type === "int" ? 1 : "any",
      placeholder: `${min} to ${max}`,
    });
  } else if (type === "bool") input = options(["true", "false"]);
  else if (type === "word") input = options(words);
  else if (type === "position") {
    const corners = ["top", "bottom"].flatMap((edge) => ["left", "right"].map((side) => `[${edge},${side}]`));
    input = options([
      "top",
      "middle",
      "bottom",
      "left",
      "center",
      "right",
      ...corners,
      ...(param.kind.faces ? ["faces"] : []),
    ]);
  } else {
    const hints = {
      int_or: `${min} to ${max}${words ? `, ${words.join(", ")}` : ""}`,
      colour: "red, ff0000, ff000080",
      boxes: "[x,y,width,height]",
      pair: "[a,b]",
      faces: "all, 1, [1,2]",
      texts: "a, b",
      time: "00:00:10",
      text: "text",
      any: "text",
    };
    input = h("input", { type: "text", placeholder: hints[type] ?? "", spellcheck: false });
    if (type === "boxes" || (type === "any" && param.name === "dim"))
      input.placeholder = "[x,y,width,height]";
  }
  input.required = isNeeded;
  input.addEventListener("input", () => changed(250));
  return [h("label", {}, h("span", {}, (param.name || "value") + (isNeeded ? " *" : "")), input), input];
}

/** What makes the first look worth it. */
const DEFAULTS = {
  resize: { width: "200" },
  rotate: { deg: "90" },
  quality: { value: "40" },
  output: { format: "jpg" },
  blur: { amount: "4" },
};

function add(name) {
  const task = table.get(name);
  const pairs = task.params.map((param) => field(task, param));
  const item = { task, fields: pairs.map(([, input]) => input) };
  for (const [param, value] of Object.entries(DEFAULTS[name] ?? {})) {
    item.fields[task.params.findIndex((known) => known.name === param)].value = value;
  }
  const row = h("li", { className: "task" });
  const move = button(
    "↑",
    () => {
      const place = chain.indexOf(item);
      if (place === 0) return;
      chain.splice(place - 1, 0, ...chain.splice(place, 1));
      row.previousElementSibling.before(row);
      move.focus();
      changed(0);
    },
    `Move ${name} up`,
  );
  const remove = button(
    "✕",
    () => {
      chain.splice(chain.indexOf(item), 1);
      row.remove();
      $("studio-task").focus();
      changed(0);
    },
    `Remove ${name}`,
  );
  row.append(
    h("div", { className: "head" }, h("strong", { className: "grow" }, name), move, remove),
    h("div", { className: "fields" }, ...pairs.map(([label]) => label)),
  );
  chain.push(item);
  $("studio-tasks").append(row);
  (item.fields[0] ?? remove).focus();
  changed(0);
}

function changed(pause) {
  const tasks = chain.map(element);
  const url = [location.origin, ...tasks, file.handle].join("/");
  $("studio-url").value = url;
  $("studio-open").href = url;
  clearTimeout(due);
  due = setTimeout(() => look(tasks), pause);
}

async function look(tasks) {
  asked?.abort();
  if (tasks.length === 0 && !/^(image|text)\/|json|xml/.test(file.mimetype)) {
    put($("studio-picture"), `No picture of ${file.mimetype} can be shown.`);
    return put($("studio-caption"), `${file.mimetype}, ${bytes(file.size)}`);
  }
  const mine = (asked = new AbortController());
  const begun = performance.now();
  try {
    const answer = await fetch(preview(file, tasks), { signal: mine.signal });
    const body = await answer.blob();
    if (mine.signal.aborted) return;
    await show(answer, body, Math.round(performance.now() - begun));
  } catch (error) {
    if (error.name !== "AbortError") put($("studio-caption"), "The local cloud does not answer.");
  }
}

let held;
async function show(answer, body, ms) {
  const box = $("studio-picture");
  URL.revokeObjectURL(held);
  const type = (answer.headers.get("content-type") ?? "").split(";")[0];
  const about = `${type}, ${bytes(body.size)}, ${ms} ms`;
  box.classList.toggle("checker", answer.ok && type.startsWith("image/"));
  if (answer.ok && type.startsWith("image/")) {
    held = URL.createObjectURL(body);
    const image = h("img", { alt: `${file.filename}, transformed`, src: held });
    await image.decode().catch(() => {});
    put(box, image);
    return put($("studio-caption"), `${image.naturalWidth} × ${image.naturalHeight}, ${about}`);
  }
  const isText = /json|text|xml|javascript/.test(type);
  const text = isText ? await body.slice(0, 20000).text() : "No picture of this can be shown.";
  put(box, h("pre", { tabIndex: 0 }, answer.ok ? pretty(text) : text));
  if (!answer.ok) box.prepend(chip(String(answer.status), "bad"));
  put($("studio-caption"), answer.ok ? about : "The chain is refused as a request would be.");
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

$("studio-add").addEventListener("submit", (event) => {
  event.preventDefault();
  add($("studio-task").value);
});
$("studio-copy").addEventListener("click", () => copy($("studio-url").value, "The address"));
$("studio-close").addEventListener("click", () => $("studio").close());
$("studio").addEventListener("click", (event) => {
  if (event.target === $("studio")) $("studio").close(); // the backdrop
});
