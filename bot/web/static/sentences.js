// On a phone the checklist asks one sentence at a time. Without this script, or on a desk, it stands there whole.
const care = document.querySelector(".care");
const ticks = [...document.querySelectorAll(".care [data-tick]")];
const controls = document.getElementById("one-by-one");
const isPhone = matchMedia("(width < 760px)").matches;

if (isPhone && controls && ticks.length && !care.querySelector(".missing")) {
  const asked = controls.content.firstElementChild.cloneNode(true);
  const [notSo, isSo] = asked.querySelectorAll("button");
  const dots = asked.querySelector(".dots");
  dots.append(...ticks.map(() => document.createElement("i")));
  care.querySelector(".ticks").after(asked);
  const whole = () => { care.classList.remove("stepwise"); asked.remove(); };
  const show = (focus) => {
    const at = ticks.findIndex((tick) => !tick.checked && !tick.closest("li").hidden);
    if (at < 0) { whole(); document.querySelector(".yes").focus(); return; }
    ticks.forEach((tick, place) => {
      tick.closest("li").classList.toggle("now", place === at);
      dots.children[place].hidden = tick.closest("li").hidden;
      dots.children[place].className = tick.checked ? "y" : place === at ? "on" : "";
    });
    const sentence = document.createElement("span"); // who cannot see which one is asked hears it
    sentence.className = "vh";
    sentence.textContent = ticks[at].closest("label").querySelector(".box + span").textContent;
    asked.querySelector(".num").replaceChildren(`${at + 1} / ${ticks.filter((tick) => !tick.closest("li").hidden).length} `, sentence);
    if (focus) isSo.focus({ preventScroll: true });
  };
  isSo.addEventListener("click", () => { const now = ticks.find((tick) => !tick.checked && !tick.closest("li").hidden); now.checked = true; now.dispatchEvent(new Event("change")); asked.isConnected && isSo.focus({ preventScroll: true }); });
  notSo.addEventListener("click", () => { whole(); document.querySelector(".because").open = true; document.getElementById("plain-no").focus(); });
  for (const tick of ticks) tick.addEventListener("change", () => show(false));
  care.classList.add("stepwise");
  show(false);
}
