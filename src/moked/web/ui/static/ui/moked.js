// What scripts add to every page. Nothing needs them: each page works as the server sent it.

const SENDING_AGAIN_AFTER = 10000; // the server knows a form sent twice; this only spares it

/** Let a form be sent once: its buttons stop working after it went off, and work again when one comes back. */
function preventSecondSending() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("data-sending", "");
    setTimeout(allowSending, SENDING_AGAIN_AFTER);
  });
  window.addEventListener("pageshow", allowSending);
}

function allowSending() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-sending]")) button.removeAttribute("data-sending");
}

/** Say how many characters are left, or too many, once a text comes near its limit. */
function countCharacters() {
  for (const count of document.querySelectorAll("[data-count-for]")) {
    const field = document.getElementById(count.dataset.countFor);
    const limit = Number(count.dataset.limit);
    const show = () => {
      const left = limit - [...field.value].length;
      const words = left < 0 ? count.dataset.overWords : count.dataset.left;
      count.hidden = left > limit / 10;
      count.toggleAttribute("data-over", left < 0);
      count.textContent = words.replace("{number}", String(Math.abs(left)));
    };
    field?.addEventListener("input", show);
    if (field) show();
  }
}

/** Change between light and dark at once, so that nothing typed is lost; the server keeps the choice. */
function changeAppearance() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-appearance]") || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    document.querySelector('meta[name="color-scheme"]').content = chosen === "system" ? "light dark" : chosen;
    for (const button of document.querySelectorAll("form[data-appearance] button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
  });
}

/** Leave nothing behind in this tab for whoever signs in next. */
function forgetOnSigningOut() {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-signs-out]")) sessionStorage.clear();
  });
}

changeAppearance();
forgetOnSigningOut();
preventSecondSending();
countCharacters();
