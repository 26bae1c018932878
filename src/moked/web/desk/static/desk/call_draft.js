// What is typed during a call survives a reload, a crash and a lost connection (desk/new_unfinished.html).
// It stays in this tab's own storage, which is gone with the tab, and is offered, never put back by itself.

const EVERY = 5000;
const KEPT_FOR = 12 * 60 * 60 * 1000; // a working day; a caller's words must not lie about for longer
const PREFIX = "moked-call-";

const form = document.getElementById("call");
const offer = document.getElementById("unfinished");
const key = PREFIX + form?.dataset.draft;
const own = () => form.elements.submission.value;

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]").filter((one) => Date.now() - one.at < KEPT_FOR);
  } catch {
    return [];
  }
}

function write(drafts) {
  try {
    if (drafts.length) sessionStorage.setItem(key, JSON.stringify(drafts));
    else sessionStorage.removeItem(key);
  } catch {
    // no room, or no storage: then the page works as it does without scripts
  }
}

const without = (submission) => read().filter((one) => one.submission !== submission);

/** Drop what others typed in this tab, and the call that this page says is saved. */
function tidy() {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && name !== key) sessionStorage.removeItem(name);
  }
  const isSaved = (one) => "saved" in form.dataset && one.isSent && one.page !== location.search;
  write(read().filter((one) => !isSaved(one)));
}

const said = () => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");

let before = form && JSON.stringify(said());
let isOver = false; // the person signs out

function keep(isSent = false) {
  const fields = said();
  const now = JSON.stringify(fields);
  if (isOver || (now === before && !isSent)) return;
  before = now;
  const others = without(own()).map((one) => ({ ...one, isSent: false }));
  write([...others, { at: Date.now(), submission: own(), page: location.search, isSent, fields }]);
}

/** Offer the newest call that is neither saved nor on this page. */
function show() {
  const found = without(own()).at(-1);
  offer.hidden = !found;
  if (!found) return;
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const time = new Date(found.at).toLocaleTimeString(document.documentElement.lang, clock);
  for (const place of offer.querySelectorAll("[data-time]")) place.textContent = time;
  const fields = found.fields.map(([name, value]) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    return field;
  });
  offer.querySelector("[data-fields]").replaceChildren(...fields);
  offer.querySelector("[data-discard]").onclick = () => {
    write(without(found.submission));
    show();
    form.elements.caller.focus();
  };
}

if (form && offer) {
  tidy();
  show();
  setInterval(keep, EVERY);
  addEventListener("pagehide", () => keep());
  form.addEventListener("submit", () => keep(true));
  document.addEventListener("submit", (event) => {
    isOver ||= event.target.matches("[data-signs-out]");
  });
}
