// Many at once: J and K go through the rows, with Shift they tick on the way.
const boxes = [...document.querySelectorAll(".many [name=chosen]")];
const STEPS = { KeyJ: 1, KeyK: -1 };
let at = -1;

document.addEventListener("keydown", (event) => {
  const step = STEPS[event.code];
  if (!step || document.body.dataset.keys === "off" || event.ctrlKey || event.altKey || event.metaKey || !boxes.length || event.target.closest("select")) return;
  event.preventDefault();
  const here = boxes.indexOf(document.activeElement);
  if (here >= 0) at = here;
  if (event.shiftKey && at >= 0) boxes[at].checked = true;
  at = Math.min(boxes.length - 1, Math.max(0, at + step));
  if (event.shiftKey) boxes[at].checked = true;
  boxes[at].focus();
  boxes[at].closest("li").scrollIntoView({ block: "nearest" });
});
