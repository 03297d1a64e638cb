// On a phone the checklist asks one sentence at a time. Without this script, or on a desk, it stands there whole.
const care = document.querySelector(".care");
const ticks = [...document.querySelectorAll(".care [data-tick]")];
const controls = document.getElementById("one-by-one");
const isPhone = matchMedia("(width < 760px)").matches;
const row = (tick) => tick.closest("li");
const isAsked = (tick) => !tick.checked && !row(tick).hidden;

if (isPhone && controls && ticks.length && !care.querySelector(".missing")) {
  const asked = controls.content.firstElementChild.cloneNode(true);
  const [notSo, isSo] = asked.querySelectorAll("button");
  const dots = asked.querySelector(".dots");
  dots.append(...ticks.map(() => document.createElement("i")));
  care.querySelector(".ticks").after(asked);
  const whole = () => { care.classList.remove("stepwise"); asked.remove(); };
  const show = () => {
    const at = ticks.findIndex(isAsked);
    if (at < 0) { whole(); document.querySelector(".yes").focus(); return; }
    ticks.forEach((tick, place) => {
      row(tick).classList.toggle("now", place === at);
      dots.children[place].hidden = row(tick).hidden;
      dots.children[place].className = tick.checked ? "y" : place === at ? "on" : "";
    });
    const sentence = document.createElement("span"); // who cannot see which one is asked hears it
    sentence.className = "vh";
    sentence.textContent = ticks[at].closest("label").querySelector(".box + span").textContent;
    asked.querySelector(".num").replaceChildren(`${at + 1} / ${ticks.filter((tick) => !row(tick).hidden).length} `, sentence);
  };
  isSo.addEventListener("click", () => { const now = ticks.find(isAsked); now.checked = true; now.dispatchEvent(new Event("change")); if (asked.isConnected) isSo.focus({ preventScroll: true }); });
  notSo.addEventListener("click", () => { whole(); document.querySelector(".because").open = true; document.getElementById("plain-no").focus(); });
  for (const tick of ticks) tick.addEventListener("change", show);
  care.classList.add("stepwise");
  show();
}
