// Taking down a call (desk/new.html) without leaving the keys. Nothing here is needed: every button is there.
// Enter takes the first suggestion, and is not the end of the conversation; the chords that are belong to keys.js.

const form = document.getElementById("call");
const isOneLine = (field) => field.matches?.("input:not([type=radio], [type=checkbox], [type=submit])");
const chosen = {};
let takesNext = false; // Enter came before its suggestions

/** Check a radio button as a person does. */
function take(radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Take the first caller, now or when those are known that go with the words. */
function takeCaller() {
  const list = document.getElementById("callers");
  const first = list.querySelector("input[type=radio]");
  const isKnown = list.dataset.for === form.elements.caller.value;
  takesNext = !isKnown;
  if (isKnown && first) take(first);
}

function onKey(event) {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  const { target } = event;
  if (target === form.elements.caller) takeCaller();
  else if (target.matches("[type=radio]")) take(target);
  else if (!isOneLine(target)) return;
  event.preventDefault();
}

/** Remember what is chosen before a part comes anew: it was asked for before the choice was made. */
function beforePart() {
  for (const name of ["resident", "service"]) chosen[name] = form.elements[name]?.value ?? "";
}

function keepChoice(name) {
  const radio = [...form.querySelectorAll(`input[name=${name}]`)].find((one) => one.value === chosen[name]);
  if (!radio) return;
  radio.checked = true;
  if (chosen[name]) radio.closest("details")?.setAttribute("open", "");
}

function afterPart({ detail: { target, requestConfig } }) {
  if (target.id === "services") keepChoice("service");
  if (target.id !== "callers") return;
  keepChoice("resident");
  target.dataset.for = requestConfig.parameters.caller; // the words whom these callers go with
  if (takesNext) takeCaller();
  else form.dispatchEvent(new Event("change")); // what stands beside may be about somebody else
}

if (form) {
  for (const button of form.querySelectorAll("[data-without-scripts]")) button.hidden = true;
  document.getElementById("callers").dataset.for = form.elements.caller.value;
  form.addEventListener("keydown", onKey);
  document.addEventListener("htmx:beforeSwap", beforePart);
  document.addEventListener("htmx:afterSwap", afterPart);
}
