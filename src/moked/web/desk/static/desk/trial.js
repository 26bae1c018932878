// Tries rules on past cases part by part, and shows how far it is. Without scripts the page is sent once and comes
// back with the same figures.

const MOST_ROWS = 50;
const button = document.querySelector("[data-try]");
const section = document.getElementById("trial");

function part(name) {
  return section.querySelector(`[data-${name}]`);
}

function shown(counts) {
  for (const element of document.querySelectorAll("[data-count]")) {
    const count = counts[element.dataset.count] ?? 0;
    element.textContent = count;
    const some = element.closest("[data-some]");
    if (some) some.hidden = !count;
  }
  for (const element of document.querySelectorAll("[data-decided]")) element.hidden = false;
}

async function ask(form, first) {
  const said = new FormData(form);
  said.set("step", `part:${first}`);
  const answer = await fetch(form.action, { method: "POST", body: said });
  if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
  return answer.json();
}

async function tryAll(form) {
  const counts = {};
  const table = section.querySelector("table");
  const [bar, body] = [section.querySelector("progress"), table.querySelector("tbody")];
  body.replaceChildren();
  table.hidden = true;
  part("more")?.remove();
  section.hidden = part("progress").hidden = false;
  part("refused").hidden = true;
  for (let tried = 0, all = 1; tried < all; ) {
    const found = await ask(form, tried);
    for (const [name, count] of Object.entries(found.counts)) {
      counts[name] = (counts[name] ?? 0) + count;
    }
    body.insertAdjacentHTML("beforeend", found.rows);
    while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
    table.hidden = !body.rows.length;
    all = found.tried > tried ? found.all : 0;
    [bar.max, bar.value] = [found.all || 1, found.tried];
    tried = found.tried;
    shown(counts);
  }
}

button?.addEventListener("click", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await tryAll(button.form);
  } catch {
    part("refused").hidden = false;
  }
  part("progress").hidden = true;
  button.disabled = false;
  section.querySelector("h2").focus();
});
