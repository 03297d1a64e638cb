// Keys press what is on the page, and nothing else: each element names its own in data-hotkey.
import { install as press, uninstall } from "./hotkey.js";

const install = document.body.dataset.keys === "off" ? () => {} : press;
const all = (selector) => document.querySelectorAll(selector);

for (const element of all("[data-hotkey]")) install(element);

// What cannot be undone is pressed twice by keys: its key goes there, Enter does it.
for (const element of all("[data-focus]")) element.addEventListener("hotkey-fire", (event) => { event.preventDefault(); element.focus(); });

// While the reasons of a no are open, their figures stand for them, and no tick is set by mistake.
for (const reasons of all("details.because")) {
  const summary = reasons.querySelector("summary");
  const plainNo = document.getElementById("plain-no");
  const open = (isOpen) => {
    if (isOpen === reasons.open) return;
    reasons.open = isOpen;
    const [leave, take] = isOpen ? [uninstall, install] : [install, uninstall];
    for (const tick of all("[data-tick]")) leave(tick);
    leave(summary);
    for (const reason of reasons.querySelectorAll("[data-key]")) take(reason, reason.dataset.key);
    take(plainNo, summary.dataset.hotkey);
  };
  summary.addEventListener("click", (event) => {
    event.preventDefault();
    open(!reasons.open);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open(false);
  });
}
