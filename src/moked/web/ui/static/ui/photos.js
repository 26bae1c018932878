// Photos that are sent while one still writes. Without scripts they travel with the form.

const READY = "ready";

/** Send each chosen photo at once, show how far it is, and keep what the server gave for it in the form. */
function sendAtOnce(root) {
  const { upload, most, words: json } = root.dataset;
  const words = JSON.parse(json);
  const input = root.querySelector("input[type=file]");
  const list = root.querySelector("[data-photos-list]");
  const said = root.querySelector("[data-photos-said]");
  const form = input.form;
  let underway = 0;
  let heldBack = null;

  const items = () => list.querySelectorAll("li");
  const left = () => Number(most) - items().length;
  const settle = () => {
    input.disabled = left() <= 0;
    root.dataset.state = underway ? "sending" : READY;
    root.querySelector("[data-photos-full]").hidden = left() > 0;
  };

  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = ""; // what is sent now must not be sent again with the form
    said.textContent = chosen.length > left() ? words.tooMany : "";
    for (const file of chosen.slice(0, Math.max(left(), 0))) begin(file);
    settle();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-photo-remove]");
    if (!button) return;
    event.preventDefault(); // without scripts the button sends the form
    const item = button.closest("li");
    item.request?.abort();
    item.remove();
    said.textContent = words.removed;
    settle();
    input.focus();
  });
  form?.addEventListener("submit", (event) => {
    if (!underway || event.defaultPrevented) return;
    event.preventDefault();
    heldBack = event.submitter;
    said.textContent = words.waiting;
  });

  function begin(file) {
    const item = root.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-photo-name]").textContent = file.name;
    list.append(item);
    if (file.size > Number(root.dataset.largest)) return fail(item, words.tooLarge);
    send(item, file);
  }

  function send(item, file) {
    const data = new FormData();
    data.append("photo", file);
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const request = (item.request = new XMLHttpRequest());
    const progress = item.querySelector("progress");
    request.upload.addEventListener("progress", ({ loaded, total }) => (progress.value = loaded / total));
    request.addEventListener("loadend", () => {
      underway -= 1;
      finish(item, request, file);
      settle();
      if (!underway && heldBack) form.requestSubmit(heldBack);
    });
    request.open("POST", upload);
    request.setRequestHeader("Accept", "application/json");
    underway += 1;
    item.dataset.state = "sending";
    request.send(data);
  }

  function finish(item, request, file) {
    if (!item.isConnected) return; // removed while it was on its way
    const answer = answerOf(request);
    if (!answer.token) {
      fail(item, answer.words || words.failed, answer.words ? null : () => send(item, file));
      return;
    }
    item.dataset.state = READY;
    item.querySelector("progress").hidden = true;
    item.querySelector("input").value = answer.token;
    if (answer.photo) Object.assign(item.querySelector("img"), { src: answer.photo, hidden: false });
    said.textContent = words.added.replace("{name}", file.name);
    if (typeof answer.latitude !== "number" || typeof answer.longitude !== "number") return;
    const detail = { latitude: answer.latitude, longitude: answer.longitude, source: "PHOTO" };
    document.dispatchEvent(new CustomEvent("moked:position", { detail }));
  }

  function fail(item, reason, again) {
    heldBack = null; // the person should see it before the form goes
    item.dataset.state = "failed";
    item.querySelector("progress").hidden = true;
    item.querySelector("input").disabled = true;
    Object.assign(item.querySelector("[data-photo-error]"), { hidden: false });
    item.querySelector("[data-photo-reason]").textContent = reason;
    said.textContent = reason;
    const button = item.querySelector("[data-photo-again]");
    button.hidden = !again;
    button.onclick = () => {
      for (const part of ["[data-photo-error]", "[data-photo-again]"]) item.querySelector(part).hidden = true;
      item.querySelector("progress").hidden = false;
      item.querySelector("input").disabled = false;
      again();
    };
  }

  settle();
}

function answerOf(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}

for (const root of document.querySelectorAll("[data-photos]")) sendAtOnce(root);
