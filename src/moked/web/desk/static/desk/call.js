// Taking down a call (desk/new.html) without leaving the keys. Nothing here is needed: every button is there.
// Enter takes the first suggestion, Ctrl Enter saves, Ctrl Shift Enter saves and closes with the answer.

const form = document.getElementById("call");
const isOneLine = (field) => field.matches?.("input:not([type=radio], [type=checkbox], [type=submit])");
let takesNext = false; // Enter came before its suggestions

/** Press the button whose chord it is. */
function press(event) {
  const button = form.querySelector(`[data-chord="${event.shiftKey ? "Shift+Enter" : "Enter"}"]`);
  event.preventDefault();
  form.requestSubmit(button);
}

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
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) return press(event);
  const { target } = event;
  if (target === form.elements.caller) takeCaller();
  else if (target.matches("[type=radio]")) take(target);
  else if (!isOneLine(target)) return;
  event.preventDefault(); // a line is not the end of the conversation
}

/** Remember for which words the callers are, and whom they replaced. */
function onCallers(event) {
  if (event.detail.target.id !== "callers") return;
  event.detail.target.dataset.for = event.detail.requestConfig.parameters.get?.("caller") ?? form.elements.caller.value;
  if (takesNext) takeCaller();
  else form.dispatchEvent(new Event("change")); // what stands beside may be about somebody else
}

if (form) {
  for (const button of form.querySelectorAll("[data-without-scripts]")) button.hidden = true;
  document.getElementById("callers").dataset.for = form.elements.caller.value;
  form.addEventListener("keydown", onKey);
  document.addEventListener("htmx:afterSwap", onCallers);
}
