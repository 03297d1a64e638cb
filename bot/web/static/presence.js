// Says that somebody looks at this card, as long as its tab is before them, so that others see it beside the card.
const EVERY_MS = 40000;
const card = document.querySelector("[data-presence]");

function say(leaves) {
  const body = new URLSearchParams({ csrf: card.dataset.csrf, ...(leaves ? { leaves: "1" } : {}) });
  fetch(card.dataset.presence, { method: "POST", body, keepalive: true, headers: { "hx-request": "true" } }).catch(() => {});
}

if (card) {
  const look = () => { if (!document.hidden) say(false); };
  look();
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", () => say(document.hidden));
  addEventListener("pagehide", () => say(true));
}
