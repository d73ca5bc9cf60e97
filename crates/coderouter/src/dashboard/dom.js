// The page's elements: making them, filling them with text, keeping lists in step with data.
// Data becomes text and attributes only, never markup; what has not changed is not touched.

export const find = (id) => document.getElementById(id);

/// An element with a class and children; strings among them become text.
export function make(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function makeSvg(name, attributes = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export function setText(node, value) {
  const text = value === null || value === undefined ? "" : String(value);
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

export function show(node, is_shown) {
  if (node.hidden === is_shown) node.hidden = !is_shown;
}

/// Makes the children of a parent one element an item, in order. Elements stay with their keys, so that focus, scroll
/// places and selections outlive an update.
export function keep(parent, items, key, create, update) {
  const before = (parent.kept ??= new Map());
  const after = new Map();
  for (const item of items) {
    let name = String(key(item));
    while (after.has(name)) name += "+";
    after.set(name, before.get(name) ?? create(item));
  }
  for (const [name, node] of before) if (!after.has(name)) node.remove();
  let place = parent.firstChild;
  let index = 0;
  for (const node of after.values()) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    update(node, items[index]);
    index += 1;
  }
  parent.kept = after;
}

/// A list of terms and their values, kept in step: items are `[term, value, note]`.
export function keepTerms(list, items) {
  const create = () => make("div", "term", make("dt"), make("dd", "", make("span"), make("small", "muted")));
  keep(list, items, ([term]) => term, create, (node, [term, value, note, mood]) => {
    setText(node.firstChild, term);
    setText(node.lastChild.firstChild, value);
    setText(node.lastChild.lastChild, note);
    setAttribute(node, "data-mood", mood);
  });
}

/// A command and the button that copies it and says so.
export function commandLine(command) {
  const [button, said] = [make("button", "", "Copy"), make("span", "unseen")];
  said.setAttribute("role", "status");
  button.type = "button";
  button.setAttribute("aria-label", `Copy ${command}`);
  button.addEventListener("click", async () => {
    const done = await copy(command, button);
    setText(button, done ? "Copied" : "Press Ctrl+C");
    setText(said, done ? "Copied" : "The command is selected, copy it with Ctrl+C");
    setTimeout(() => [button, said].forEach((node, index) => setText(node, index ? "" : "Copy")), 2000);
  });
  return make("div", "command", make("code", "", command), button, said);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that came over plain HTTP from another machine have no clipboard: at least select it.
    const code = button.parentElement.querySelector("code");
    if (code) getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}

/// One value in the browser's storage; in the page alone where the browser keeps nothing.
export function shelf(storage, name) {
  let held = null;
  const or = (work) => {
    try {
      return work(storage());
    } catch {
      return held;
    }
  };
  return {
    read: () => or((place) => place.getItem(name)),
    keep: (value) => {
      held = value;
      or((place) => place.setItem(name, value));
    },
    forget: () => {
      held = null;
      or((place) => place.removeItem(name));
    },
  };
}

/// Says something to those who hear the page.
export function announce(text) {
  setText(find("announcer"), text);
}
