// Suggestions under a field (components/combobox.html); without scripts it is a plain field.
// The address answers ?q= with a fragment of components/options.html.

const PAUSE = 150; // milliseconds of quiet before asking
const LEAST = 2; // characters

/** Make one field a combobox after the ARIA 1.2 pattern: focus stays in the field all the time. */
function suggest(root) {
  const field = root.querySelector("input:not([type=hidden])");
  const list = Object.assign(document.createElement("ul"), { id: `${field.id}-options`, hidden: true });
  const said = document.createElement("p");
  const kept = root.querySelector("input[type=hidden]");
  let waiting;
  let asking;
  let active = -1;

  list.className = "mk-options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.innerText.trim() ?? "");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  const frame = document.createElement("div");
  frame.className = "mk-combobox";
  field.before(frame);
  frame.append(field, list, said);
  for (const [name, value] of Object.entries({
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) {
    field.setAttribute(name, value);
  }

  const options = () => [...list.querySelectorAll('[role="option"]')];
  const isOpen = () => !list.hidden;

  function close() {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    point(-1);
  }

  function point(at) {
    active = at;
    field.removeAttribute("aria-activedescendant");
    options().forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === at));
      if (index !== at) return;
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    });
  }

  async function ask() {
    const text = field.value.trim();
    if ([...text].length < LEAST) return close();
    asking?.abort();
    asking = new AbortController();
    const address = new URL(root.dataset.combobox, location.href);
    address.searchParams.set("q", text);
    frame.toggleAttribute("data-busy", true);
    try {
      const response = await fetch(address, { signal: asking.signal, headers: { "HX-Request": "true" } });
      if (response.ok) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") close(); // what was typed is as good without suggestions
    } finally {
      frame.removeAttribute("data-busy");
    }
  }

  function show(fragment) {
    list.innerHTML = fragment;
    options().forEach((option, index) => (option.id = `${list.id}-${index}`));
    said.textContent = list.querySelector("[data-said]")?.dataset.said ?? "";
    const found = options().length > 0;
    list.hidden = !found || document.activeElement !== field;
    field.setAttribute("aria-expanded", String(isOpen()));
    point(isOpen() && "first" in root.dataset ? 0 : -1);
  }

  function choose(option) {
    const { value, keep, latitude, longitude } = option.dataset;
    field.value = value;
    if (kept) kept.value = keep ?? "";
    close();
    said.textContent = value;
    field.dispatchEvent(new CustomEvent("moked:chosen", { bubbles: true, detail: { ...option.dataset } }));
    if (!latitude || !longitude) return;
    const detail = { latitude: Number(latitude), longitude: Number(longitude), source: "ADDRESS" };
    document.dispatchEvent(new CustomEvent("moked:position", { detail }));
  }

  field.addEventListener("input", () => {
    if (kept) kept.value = "";
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const count = options().length;
    if (event.key === "ArrowDown" && !isOpen()) ask();
    else if (event.key === "ArrowDown") point((active + 1) % count);
    else if (event.key === "ArrowUp" && isOpen()) point((active - 1 + count) % count);
    else if (event.key === "Enter" && isOpen() && active >= 0) choose(options()[active]);
    else if (event.key === "Escape" && isOpen()) close();
    else {
      if (event.key === "Tab") close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest('[role="option"]');
    if (option) choose(option);
  });
}

/** Make comboboxes of all fields that want to be one, also of those a later fragment brought. */
function suggestEverywhere() {
  for (const root of document.querySelectorAll("[data-combobox]:not([data-ready])")) {
    root.dataset.ready = "yes";
    suggest(root);
  }
}

suggestEverywhere();
document.addEventListener("htmx:load", suggestEverywhere);
