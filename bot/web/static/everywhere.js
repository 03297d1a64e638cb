// Keys that work on every page: each presses what names its own in data-everywhere, and "?" lists all of a page's keys.
const TOGETHER_MS = 1500;
const list = document.getElementById("keys-list");
const typesWords = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select";
let first = "", firstAt = 0;

// Letters by where they lie, for who writes in Cyrillic; what a layout writes in Latin counts as it is written.
const letter = ({ key, code }) => (/^[!-~]$/.test(key) ? key.toLowerCase() : code?.startsWith("Key") ? code[3].toLowerCase() : "");
const pressed = (keys) => document.querySelector(`[data-everywhere="${CSS.escape(keys)}"]`);

function show() {
  const named = [...document.querySelectorAll("[data-everywhere], [data-hotkey]")].filter((each) => each.checkVisibility());
  list.querySelector("dl").replaceChildren(...named.flatMap((each) => {
    const keys = document.createElement("dt"), what = document.createElement("dd");
    for (const key of (each.dataset.everywhere ?? each.dataset.hotkey.split(",", 1)[0] ?? "").split(" ")) keys.append(Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() || "," }), " ");
    const text = each.cloneNode(true);
    for (const hint of text.querySelectorAll("kbd, svg, b, .short, [aria-hidden]")) hint.remove();
    what.textContent = each.getAttribute("aria-label") || text.textContent.trim() || each.closest("label")?.querySelector(".box + span")?.textContent;
    return [keys, what];
  }));
  list.showModal();
}

if (document.body.dataset.keys !== "off") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(typesWords) || document.querySelector("dialog[open]")) return;
    const key = letter(event);
    if (!key) return;
    const both = Date.now() - firstAt < TOGETHER_MS && first ? pressed(`${first} ${key}`) : null;
    const found = both ?? pressed(key);
    [first, firstAt] = [key, Date.now()];
    if (key === "?") { event.preventDefault(); show(); }
    if (!found) return;
    event.preventDefault();
    if (found.matches("input")) found.focus(); else found.click();
  });
}
