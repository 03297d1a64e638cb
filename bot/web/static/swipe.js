// On a phone a swipe over a post uncovers its answer, to the right a yes, to the left a no, which is then pressed: nothing
// is decided by a swipe. What is held for care has none, and the buttons stay where they are.
const post = document.querySelector(".focus");
const answers = document.getElementById("uncovered");
const FAR = 60, LEVEL = 1.7, EDGE = 24;
let from = null, shown = null;

const cover = () => { shown?.remove(); shown = null; };

function uncover(answer) {
  cover();
  shown = answers.content.firstElementChild.cloneNode(true);
  for (const each of shown.querySelectorAll("[data-swipe]")) if (each.dataset.swipe !== answer) each.remove();
  shown.querySelector("[type=button]").addEventListener("click", cover);
  document.querySelector(".care").append(shown);
  shown.querySelector("[data-swipe]").focus({ preventScroll: true });
}

if (post && answers && matchMedia("(width < 760px)").matches) {
  document.getElementById("swipes").hidden = false;
  post.classList.add("swiped");
  post.addEventListener("touchstart", (event) => {
    const [touch] = event.touches;
    const isFree = event.touches.length === 1 && touch.clientX > EDGE && touch.clientX < innerWidth - EDGE;
    from = isFree && !event.target.closest("input") ? touch : null;
  }, { passive: true });
  post.addEventListener("touchcancel", () => { from = null; });
  post.addEventListener("touchend", (event) => {
    if (!from) return;
    const [touch] = event.changedTouches;
    const across = touch.clientX - from.clientX, down = Math.abs(touch.clientY - from.clientY);
    from = null;
    if (Math.abs(across) >= FAR && Math.abs(across) > LEVEL * down) uncover(across > 0 ? "yes" : "no");
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") cover(); });
}
