// The page's words: its part of the one table, in one language. What the till says comes in that language, too.
export const LANGUAGES = { en: "English", uk: "Українська", ru: "Русский", az: "Azərbaycanca", be: "Беларуская" };
let table = {};
export let language = "en";

export function chosen() {
  const asked = [new URLSearchParams(location.search).get("lang"), stored("language"), document.documentElement.lang];
  return asked.find((one) => Object.hasOwn(LANGUAGES, one ?? "")) ?? "en";
}

export async function speak(name) {
  const answer = await fetch(`/page/${name}.json`);
  if (!answer.ok) throw new Error(`no words in ${name}`);
  table = await answer.json();
  language = name;
  document.documentElement.lang = name;
  document.title = t("page.title");
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
}

export const has = (key) => Object.hasOwn(table, key);

export function t(key, values = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// The word of a state or a kind that a later release of the till may have and this table lacks is the name itself.
export const named = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : String(name));

// How numbers and dates are written. Browsers often lack Azerbaijani and Belarusian: these two write them alike.
const LOCALES = { en: "en-GB", az: "tr", be: "ru" };
export const locale = () => LOCALES[language] ?? language;

export const money = (amount, till) =>
  new Intl.NumberFormat(locale(), {
    style: "currency", currency: till.currency, minimumFractionDigits: till.exponent, maximumFractionDigits: till.exponent,
  }).format(amount / 10 ** till.exponent);

export function time(moment, till) {
  const when = new Date(moment);
  const options = { timeZone: till.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = (one) => one.toLocaleDateString("en", { timeZone: till.zone });
  if (day(when) !== day(new Date())) Object.assign(options, { day: "2-digit", month: "2-digit" });
  return new Intl.DateTimeFormat(locale(), options).format(when);
}

// Storage may be forbidden to a page: then nothing is remembered.
export function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

export function store(name, value) {
  try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* see above */ }
}
