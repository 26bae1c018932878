// Asks every few seconds whether somebody was told something new, so that it reaches them on any page. Without
// scripts the bell is as new as the page.

const EVERY = 20_000;
const bell = document.querySelector("[data-bell]");
const rang = document.getElementById("rang");

function unread(element) {
  return Number(element.querySelector(".mk-tally")?.textContent ?? 0);
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(bell.dataset.bell, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) return;
    const before = unread(bell);
    bell.innerHTML = await answer.text();
    if (unread(bell) > before) rang.textContent = bell.textContent.replace(/\s+/g, " ").trim();
  } catch {
    // The network is away for a moment: the next time will do.
  }
}

if (bell) {
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}
