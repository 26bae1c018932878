"""Count what a person does, from the browser's own events: clicks and keys that do something.

Typing is free, and so is moving by Tab; a click or a key chord is one action.
"""

from playwright.sync_api import BrowserContext, Page

# Runs in every page before its own scripts; the sum survives from page to page in the tab's own storage.
COUNTER = """
(() => {
  const KEY = "actions-counted-by-a-test";
  const free = new Set(["Tab", "Shift", "Control", "Alt", "Meta", "Backspace", "Delete"]);
  const count = (what) => {
    const sofar = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.setItem(KEY, JSON.stringify([...sofar, what]));
  };
  const isChord = (event) =>
    event.ctrlKey || event.metaKey || event.altKey || !(event.key.length === 1 || free.has(event.key));
  addEventListener("pointerdown", (event) => count(`click ${event.target.tagName}`), true);
  addEventListener(
    "keydown",
    (event) => {
      if (!free.has(event.key) && !event.repeat && isChord(event)) count(`key ${event.key}`);
    },
    true,
  );
})();
"""
READ = "JSON.parse(sessionStorage.getItem('actions-counted-by-a-test') ?? '[]')"


def count_in(context: BrowserContext) -> None:
    """Count from now on in every page of this browser."""
    context.add_init_script(COUNTER)


def start(page: Page) -> None:
    """Begin to count anew."""
    page.evaluate("sessionStorage.removeItem('actions-counted-by-a-test')")


def done(page: Page) -> list[str]:
    """Return the actions since the beginning, in order."""
    found: list[str] = page.evaluate(READ)
    return found
