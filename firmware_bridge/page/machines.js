// The machines as the till's own tables draw them; the states they are in now are lit.
import { el } from "./parts.js";
import { has, language, t } from "./words.js";

export const MACHINES = ["receipt", "cash_transaction", "shift", "closing", "drawer", "drawer_day", "cash_count", "fiscal_mode", "offline_code", "printer"];
const at = (id) => document.getElementById(id);
const drawn = new Map();
let shown = "";

function current(name, { status, receipts }) {
  const documents = [...status.unfinished, ...receipts.slice(0, 1)];
  const found = {
    receipt: () => documents.map((one) => one.state),
    cash_transaction: () => documents.map((one) => one.cash_transaction),
    shift: () => [status.shift?.state ?? "closed"],
    closing: () => [status.closing.state],
    drawer: () => status.drawers.map((one) => one.state),
    drawer_day: () => status.drawers.map((one) => one.day?.state),
    cash_count: () => status.counts.map((one) => one.state),
    fiscal_mode: () => [status.fiscal?.mode],
    offline_code: () => (status.fiscal?.codes?.free ? ["free"] : []),
    printer: () => [status.printer.state],
  }[name]();
  return [...new Set(found)].filter((one) => has(`state.${name}.${one}`));
}

export async function drawMachine(seen) {
  const choice = at("machine");
  if (choice.drawn !== language) {
    choice.drawn = language;
    const kept = choice.value || "receipt";
    choice.replaceChildren(...MACHINES.map((name) => el("option", { value: name, textContent: t(`machine.${name}`) })));
    choice.value = kept;
  }
  const name = choice.value;
  if (!drawn.has(name)) {
    const text = await (await fetch(`/page/${name}.svg`)).text();
    drawn.set(name, document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true));
  }
  if (shown !== name) at("diagram").replaceChildren(drawn.get(name));
  shown = name;
  const lit = current(name, seen);
  drawn.get(name).setAttribute("aria-label", t(`machine.${name}`));
  for (const node of drawn.get(name).querySelectorAll(".state")) {
    const state = node.dataset.state;
    const now = lit.includes(state);
    node.classList.toggle("lit", now);
    node.querySelector("text").textContent = `${now ? "● " : ""}${t(`state.${name}.${state}`)}`;
  }
  const first = drawn.get(name).querySelector(".lit");
  if (first && at("diagram").turned !== `${name} ${lit}`) {
    at("diagram").turned = `${name} ${lit}`;
    const { left, width } = first.getBoundingClientRect();
    const box = at("diagram").getBoundingClientRect();
    at("diagram").scrollLeft += left + width / 2 - box.left - box.width / 2;
  }
  const words = lit.map((state) => t(`state.${name}.${state}`)).join(", ");
  const text = lit.length ? t("machines.now", { states: words }) : t("machines.idle");
  if (at("machine-now").textContent !== text) at("machine-now").textContent = text;
}
