// Elements, and lists of them that follow data. What a client sent is only ever text.

export const $ = (id) => document.getElementById(id);

/** An element. Properties are set, attributes are the names with a dash; children are text or elements. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Replaces what is in an element, unless it is that already. */
export function put(element, ...children) {
  if (children.length === 1 && typeof children[0] === "string") {
    if (element.textContent !== children[0]) element.textContent = children[0];
  } else {
    element.replaceChildren(...children.filter((child) => child !== null && child !== ""));
  }
}

/** Makes the children of a box those of a list. An item keeps its element, so focus and what is open stay. */
export function follow(box, items, key, make, fill) {
  const elements = (box.elements ??= new Map());
  const ids = items.map(key);
  const seen = new Set(ids);
  // First what is gone, else what is behind it would have to move, and lose the focus.
  for (const [id, element] of elements) {
    if (seen.has(id)) continue;
    element.remove();
    elements.delete(id);
  }
  items.forEach((item, place) => {
    const id = ids[place];
    let element = elements.get(id);
    if (!element) {
      element = make(item);
      elements.set(id, element);
    }
    fill(element, item);
    if (box.children[place] !== element) box.insertBefore(element, box.children[place] ?? null);
  });
}

/** A block that opens; what is inside is made when it is opened, and again when the item changes. */
export function fold(className, summary, inside) {
  const details = h("details", { className }, summary);
  const body = h("div", { className: "inside" });
  details.append(body);
  details.show = (item) => {
    if (details.item === item) return;
    details.item = item;
    if (details.open) put(body, ...inside(item));
  };
  details.addEventListener("toggle", () => put(body, ...(details.open ? inside(details.item) : [])));
  return details;
}

export const chip = (text, kind) => h("span", { className: `chip ${kind}` }, text);

export const pre = (value) =>
  h("pre", { tabIndex: 0 }, typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** Pairs of a name and a value, without those that are empty. */
export function facts(pairs) {
  const list = h("dl");
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(h("dt", {}, name), h("dd", {}, value instanceof Node ? value : String(value)));
  }
  return list;
}

export function button(text, act, label) {
  const element = h("button", { type: "button" }, text);
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}

let silence;
/** Says something at the foot of the page, and to screen readers. */
export function say(text) {
  const said = $("said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => (said.textContent = ""), 5000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} is on the clipboard.`);
  } catch {
    say("The browser does not allow copying here. Select the text instead.");
  }
}

/** A control of the cloud. What it refuses is said. */
export async function control(method, path, body) {
  try {
    const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.ok) return null;
    const { error } = await answer.json().catch(() => ({}));
    return error ?? `${method} ${path}: ${answer.status}`;
  } catch {
    return "The local cloud does not answer. Is it running?";
  }
}

export async function act(method, path, body, done) {
  const error = await control(method, path, body);
  say(error ?? done);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const CLOCK = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
export const time = (ms) => CLOCK.format(ms);
export const exactTime = (ms) => `${CLOCK.format(ms)}.${String(ms % 1000).padStart(3, "0")}`;
