// Open pages follow what happens: at each pulse the parts marked with data-live are fetched anew and put in where
// something has changed, without moving focus or scroll. Without this script, "Refresh" and a reload do the same.
// A pulse comes every ten seconds at least: where none does, a proxy keeps them, and the page asks by itself.
const GENTLY_MS = 2000, SILENT_MS = 15000, STALE_MS = 30000;
const parts = () => document.querySelectorAll("[data-live][id]");
// What answers a form stands at the page that the form was on: it follows that one, and to load it again sends nothing.
if (document.body.dataset.standsAt) history.replaceState(null, "", document.body.dataset.standsAt);
let busy = false, again = false, source = null;
// When the page was as new as it could be, and when it asked by itself last.
let seen = Date.now(), asked = 0;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true; again = false;
  try {
    const answer = await fetch(location.href, { headers: { "hx-request": "true" }, credentials: "same-origin" });
    const elsewhere = answer.headers.get("hx-redirect");
    if (elsewhere) { location.assign(elsewhere); return; }
    if (answer.ok) {
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
      seen = Date.now();
    }
  } catch { /* the strip below says so after a while */ }
  setTimeout(() => { busy = false; if (again) refresh(); }, GENTLY_MS);
}

function put(fresh) {
  for (const part of parts()) {
    const now = fresh.getElementById(part.id);
    if (!now || same(part, now) || holdsFocus(part) || holdsWords(part)) continue;
    const focused = part.contains(document.activeElement) ? key(document.activeElement) : null;
    follow(part, now);
    if (focused) [...part.querySelectorAll("a, button, summary")].find((each) => key(each) === focused)?.focus({ preventScroll: true });
  }
}

// What is the same stays the very same: a screen reader would say again what is put in anew.
function follow(old, now) {
  if (old.nodeType === Node.ELEMENT_NODE ? same(old, now) : old.nodeValue === now.nodeValue) return;
  const before = [...old.childNodes], after = [...now.childNodes];
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = now.nodeValue; return; }
  if (before.length !== after.length || before.some((each, k) => each.nodeName !== after[k].nodeName)) old.replaceChildren(...now.cloneNode(true).childNodes);
  else before.forEach((each, k) => follow(each, after[k]));
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

const key = (element) => `${element.tagName} ${element.getAttribute("href") ?? element.textContent.trim()}`;
// A form's token is another one on each page: it is no change.
const bare = (part) => part.outerHTML.replace(/name="csrf" value="[^"]*"/g, "").replace(/nonce="[^"]*"/g, "");
const same = (part, now) => bare(part) === bare(now);
// What somebody has typed is not taken from under their fingers.
const holdsWords = (part) => [...part.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")].some((each) => each.value !== each.defaultValue);
const holdsFocus = (part) => part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);

function listen() {
  if (source || document.hidden || !parts().length) return;
  source = new EventSource("/events");
  source.addEventListener("pulse", refresh);
  source.addEventListener("ending", ({ data }) => { for (const name of ["stay", "over"]) ending(name).hidden = name !== data; });
}

// A browser gives a stream up for good where something else answers: a proxy while the console begins anew, or the door.
function listenAgain() {
  if (source?.readyState !== EventSource.CLOSED) return;
  source = null;
  setTimeout(() => { listen(); refresh(); }, GENTLY_MS + GENTLY_MS * 2 * Math.random());
}

const ending = (name) => document.getElementById(`session-${name}`);
// A press is a sign of a person, which a refresh of an open page is not.
ending("stay")?.querySelector("button").addEventListener("click", async () => {
  if ((await fetch(location.href, { credentials: "same-origin" })).ok) ending("stay").hidden = true;
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { source?.close(); source = null; } else { listen(); refresh(); }
});
setInterval(() => {
  listenAgain();
  if (source && Date.now() - Math.max(seen, asked) > SILENT_MS) { asked = Date.now(); refresh(); }
  const strip = document.getElementById("not-connected");
  if (!strip) return;
  strip.hidden = Date.now() - seen < STALE_MS;
  strip.querySelector("b").textContent = document.querySelector(".clock b").textContent;
  document.body.classList.toggle("stale", !strip.hidden);
}, 1000);
listen();
