// The keyboard of the desk. Elements say their own key:
//   data-key="KeyR"            a letter or digit, by its place on the keyboard, whatever the layout sends
//   data-key="/"               punctuation, by what it is
//   data-key="KeyG KeyQ"       one after the other
//   data-key="Ctrl+Enter"      also inside fields, within the form written in
// A field is focused, anything else is clicked; a label stands for its field. data-key-rows holds rows (data-key-row) for J, K, Enter and X,
// data-key="Escape" is where one step back leads. Silent inside fields and where a person switched it off.

const TOGETHER = 1200; // milliseconds within which the second of two keys has to follow
const TYPED_IN = "textarea, select, [contenteditable], [role=application], [role=combobox], input";
const NOT_TYPED_IN = "[type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file]";
const COUNTED = /^(Key[A-Z]|Digit[0-9])$/;

let begun = { code: "", at: 0 };

function isOff() {
  return document.documentElement.dataset.keys === "off";
}

/** Return what of the page keys may reach: the dialog on top, else all of it. */
function reach() {
  return [...document.querySelectorAll("dialog[open]")].pop() ?? document;
}

function isTyping(target) {
  const field = target.closest?.(TYPED_IN);
  return Boolean(field) && !field.matches(NOT_TYPED_IN);
}

function declared(key, root = reach()) {
  const found = [...root.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  return found.find((one) => !one.disabled && one.checkVisibility()) ?? null;
}

function use(declaring) {
  const element = declaring.control ?? declaring; // a label stands for its field
  element.focus();
  if (!element.matches("textarea, select, input")) element.click();
  else if (element.matches(NOT_TYPED_IN)) element.click();
  else if (element.matches("[type=search], #search")) element.select();
}

function rows() {
  return [...reach().querySelectorAll("[data-key-rows] [data-key-row]")].filter((row) => row.checkVisibility());
}

function currentRow() {
  return document.activeElement.closest?.("[data-key-row]");
}

function stepTo(next) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(currentRow());
  const wanted = at < 0 ? (next > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + next, 0), all.length - 1);
  const row = all[wanted];
  (row.matches("a, button") ? row : row.querySelector("a, button")).focus();
  row.scrollIntoView({ block: "nearest" });
  return true;
}

function selectRow() {
  const box = currentRow()?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

function stepBack(target) {
  if (isTyping(target)) {
    target.blur();
    return true;
  }
  const back = reach() === document && declared("Escape");
  if (back) use(back);
  return Boolean(back);
}

/** Do what a key without Ctrl stands for; tell whether it stands for anything. */
function act(event) {
  const { code, key, shiftKey } = event;
  const isCharacter = key.length === 1 && /[\p{P}\p{S}]/u.test(key);
  if (isCharacter) {
    const element = declared(key);
    if (element) use(element);
    if (element) return true;
  }
  if (shiftKey || !COUNTED.test(code)) return false;
  const pair = `${begun.code} ${code}`;
  const isPair = begun.code && event.timeStamp - begun.at < TOGETHER && declared(pair);
  begun = { code: "", at: 0 };
  const element = isPair || declared(code);
  if (element) use(element);
  else if (code === "KeyJ" || code === "KeyK") return stepTo(code === "KeyJ" ? 1 : -1);
  else if (code === "KeyX") return selectRow();
  else if (reach().querySelector(`[data-key^="${code} "]`)) begun = { code, at: event.timeStamp };
  else return false;
  return true;
}

function actWithCtrl(event) {
  if (event.key !== "Enter") return false;
  const key = event.shiftKey ? "Ctrl+Shift+Enter" : "Ctrl+Enter";
  const form = event.target.closest?.("form");
  const element = form ? (declared(key, form) ?? elsewhere(key, form)) : declared(key);
  element?.click();
  return Boolean(element);
}

/** Return a button outside a form that belongs to it. */
function elsewhere(key, form) {
  const found = document.querySelectorAll(`[data-key="${key}"][form]`);
  return [...found].find((one) => one.form === form) ?? null;
}

function listen(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (!event.repeat && actWithCtrl(event)) event.preventDefault();
    return;
  }
  if (isOff()) return;
  if (event.key === "Escape") {
    if (stepBack(event.target)) event.preventDefault();
    return;
  }
  if (isTyping(event.target)) return;
  if (event.repeat && event.code !== "KeyJ" && event.code !== "KeyK") return;
  if (act(event)) event.preventDefault();
}

/** Tell readers and the help page which keys there are. */
function announce() {
  for (const element of document.querySelectorAll("[data-key]")) {
    (element.control ?? element).setAttribute("aria-keyshortcuts", readable(element.dataset.key));
  }
}

function readable(key) {
  return key.replace(/Key|Digit/g, "").replace("Ctrl", "Control");
}

function shown(key) {
  const parts = key.replace("Escape", "Esc").split(key.includes("+") ? "+" : " ");
  return parts.filter(Boolean).map((part) =>
    Object.assign(document.createElement("kbd"), { className: "mk-key", textContent: part.replace(/^(Key|Digit)/, "") }),
  );
}

function row(key, words) {
  const [term, text] = [document.createElement("dt"), document.createElement("dd")];
  term.dir = "ltr";
  term.append(...shown(key));
  text.textContent = words;
  return [term, text];
}

function nameOf(element) {
  const label = element.dataset.keyName || element.getAttribute("aria-label");
  return label || (element.labels?.[0]?.innerText ?? element.innerText).trim();
}

/** Open the list of the keys of this very page. */
function help(dialog) {
  const list = dialog.querySelector("[data-key-list]");
  const own = [...document.querySelectorAll("[data-key]")]
    .filter((one) => !dialog.contains(one) && one.checkVisibility())
    .flatMap((one) => row(one.dataset.key, nameOf(one)));
  const words = JSON.parse(dialog.dataset.words);
  const common = rows().length
    ? [...row("KeyJ KeyK", words.rows), ...row("Enter", words.open), ...(hasBoxes() ? row("KeyX", words.select) : [])]
    : [];
  list.replaceChildren(...common, ...own);
  dialog.showModal();
}

function hasBoxes() {
  return rows().some((one) => one.querySelector("input[type=checkbox]"));
}

/** Copy a text, such as a case's number, and say so. */
async function copy(button) {
  const said = document.getElementById(button.dataset.copySaid);
  await navigator.clipboard.writeText(button.dataset.copy);
  if (said) said.textContent = button.dataset.copied;
}

document.addEventListener("keydown", listen);
document.addEventListener("click", ({ target }) => {
  const opener = target.closest?.("[data-key-help]");
  const dialog = opener && document.getElementById(opener.dataset.keyHelp);
  if (dialog) help(dialog);
  const source = target.closest?.("[data-copy]");
  if (source) copy(source);
});
for (const opener of document.querySelectorAll("[data-key-help], [data-copy]")) opener.hidden = false;
announce();
document.addEventListener("htmx:load", announce);
