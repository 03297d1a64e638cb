// Films of others, with controls of our own: keys press their buttons, and what was heard to its end opens the gate.
// Without this script the browser's own controls stand there, and a sentence is ticked instead.
const players = [...document.querySelectorAll("[data-player]")];
const tick = document.querySelector("[data-watched]");
const left = document.getElementById("left");
const asked = document.querySelector("[data-look]");
const controls = document.getElementById("film-controls");
const END_S = 1.2, FRAME_S = 1 / 25, SLACK_S = 0.3, FASTEST = 2;
const films = players.map((figure) => make(figure, figure.querySelector("video, audio"))).filter(Boolean);
let atItsPlace = films.length === 0;

function make(figure, media) {
  if (!media) return null;
  const film = { figure, media, heard: [], last: null, failed: false };
  const bar = controls.content.firstElementChild.cloneNode(true);
  const [play, back, on, sound, larger] = bar.querySelectorAll("button");
  const place = bar.querySelector("input"), time = bar.querySelector(".num");
  media.controls = false;
  figure.querySelector(".screen").append(bar);
  play.addEventListener("click", () => (media.paused ? media.play().catch(() => {}) : media.pause()));
  media.addEventListener("click", () => play.click());
  back.addEventListener("click", () => { media.pause(); media.currentTime = Math.max(0, media.currentTime - FRAME_S); });
  on.addEventListener("click", () => { media.pause(); media.currentTime += FRAME_S; });
  sound.addEventListener("click", () => { media.muted = !media.muted; });
  larger.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : figure.querySelector(".screen").requestFullscreen?.()));
  if (media.tagName === "AUDIO") for (const each of [back, on, larger]) each.hidden = true;
  place.addEventListener("input", () => { film.last = null; media.currentTime = place.value; });
  const named = (button, is) => {
    button.setAttribute("aria-label", is ? button.dataset.on : button.dataset.off);
    button.classList.toggle("is-on", is);
  };
  const draw = () => {
    place.max = media.duration || 0;
    place.value = media.currentTime;
    place.setAttribute("aria-valuetext", clock(media.currentTime));
    time.textContent = `${clock(media.currentTime)} / ${clock(media.duration)}`;
    named(play, !media.paused);
    named(sound, media.muted);
  };
  captions(figure, media, bar.querySelector(".titles"));
  for (const event of ["play", "pause", "volumechange", "loadedmetadata", "seeked", "durationchange"]) media.addEventListener(event, draw);
  media.addEventListener("play", () => { film.last ??= media.currentTime; });
  media.addEventListener("seeking", () => { film.last = null; });
  media.addEventListener("seeked", () => { film.last = media.currentTime; });
  media.addEventListener("timeupdate", () => { hear(film); draw(); gate(); });
  media.addEventListener("ended", () => { hear(film); gate(); });
  media.addEventListener("error", () => fail(film), true);
  if (media.error) fail(film);
  draw();
  return film;
}

// One press goes on to the next language, and after the last to none.
function captions(figure, media, button) {
  const tracks = [...media.querySelectorAll("track")];
  const shown = () => tracks.find(({ track }) => track.mode === "showing");
  const say = () => { button.querySelector("span").textContent = button.dataset.name.replace("…", shown()?.label ?? button.dataset.off); };
  button.hidden = !tracks.length;
  button.addEventListener("click", () => {
    const next = tracks[tracks.indexOf(shown()) + 1];
    for (const each of tracks) each.track.mode = each === next ? "showing" : "disabled";
    say();
  });
  for (const each of tracks) each.addEventListener("error", () => { const note = figure.querySelector(".no-titles"); note.textContent = note.dataset.none; });
  media.textTracks.addEventListener("change", say);
  say();
}

function hear(film) {
  const { media, last } = film, now = media.currentTime;
  const isLoud = !media.muted && media.volume > 0 && media.playbackRate <= FASTEST;
  if (last !== null && isLoud && now > last && wasPlayed(media, last, now)) film.heard.push([last, now]);
  film.last = now;
}

// A busy machine tells the time rarely: what the browser played in between counts, what was jumped over does not.
function wasPlayed({ played }, from, to) {
  for (let k = 0; k < played.length; k++) if (played.start(k) <= from + SLACK_S && to <= played.end(k) + SLACK_S) return true;
  return false;
}

// How far it was heard without a gap.
function heardTo(film) {
  let end = 0;
  for (const [from, to] of film.heard.sort((one, other) => one[0] - other[0])) if (from <= end + SLACK_S) end = Math.max(end, to);
  return end;
}

const isWhole = (film) => Number.isFinite(film.media.duration) && heardTo(film) >= film.media.duration - END_S;

async function fail(film) {
  if (film.failed) return;
  film.failed = atItsPlace = true;
  const note = film.figure.querySelector(".trouble");
  note.hidden = false;
  gate();
  const answer = await fetch(film.media.currentSrc || film.media.src, { headers: { range: "bytes=0-0" } }).catch(() => null);
  if (answer && !answer.ok && answer.headers.get("content-type")?.startsWith("text/plain")) note.querySelector("span").textContent = await answer.text();
  else answer?.body?.cancel();
}

function gate() {
  if (!tick) return;
  const row = tick.closest("li");
  const was = tick.checked + row.hidden;
  row.hidden = !atItsPlace;
  tick.value = atItsPlace ? "watched" : "played";
  if (!atItsPlace) tick.checked = films.every(isWhole);
  if (was === tick.checked + row.hidden) say(); else tick.dispatchEvent(new Event("change"));
}

function say() {
  if (!left || !left.dataset.open) return;
  const open = document.querySelectorAll(".care [name=ticks]:not([data-watched]):not(:checked)").length;
  const parts = [JSON.parse(left.dataset.open)[open + (atItsPlace && tick && !tick.checked ? 1 : 0)]];
  if (!atItsPlace && tick && !tick.checked) parts.push(left.dataset.seen.replace("…", clock(Math.min(...films.map(heardTo)))));
  left.querySelector("span").textContent = parts.filter(Boolean).join(" ");
}

function clock(seconds) {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

for (const link of document.querySelectorAll("[data-at-its-place]")) link.addEventListener("click", () => { atItsPlace = true; if (tick) tick.checked = false; gate(); });
for (const each of document.querySelectorAll(".care [name=ticks]")) each.addEventListener("change", say);

// Space plays, or looks first; on a button, a link or a field it is theirs.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("button, a, input, select, textarea, summary, [role=button]")) return;
  const press = films[0] ? films[0].figure.querySelector(".ctl button") : asked;
  if (!press) return;
  event.preventDefault();
  press.click();
});

if (films.length) gate(); else say();
if (films.length && location.hash === "#files") films[0].media.play().catch(() => {});
