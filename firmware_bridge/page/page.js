// Signing in, the live stream, and when the page must say that it knows nothing new.
import { prepare } from "./ask.js";
import { Ended, follow, getJson, known, signIn, signOut } from "./calls.js";
import { draw } from "./draw.js";
import { drawMachine } from "./machines.js";
import { LANGUAGES, chosen, language, speak, store, t, time } from "./words.js";
import { el } from "./parts.js";

const SHOWN = 8, STALE_MS = 20_000, LOOK_MS = 30_000, REST_MS = 250;
const at = (id) => document.getElementById(id);
let me = null, seen = null, stream = null, heardAt = Date.now(), busy = false, again = false;

const heard = () => { heardAt = Date.now(); stale(); };

async function refresh() {
  if (busy || !me) { again = true; return; }
  busy = true;
  try {
    const spoken = language;
    const devices = me.may.includes("devices") ? getJson("/v1/devices") : { devices: [] };
    const [status, page, known] = await Promise.all([getJson("/v1/status"), getJson(`/v1/receipts?limit=${SHOWN}`), devices]);
    seen = { status, receipts: page.receipts, devices: known.devices, me, refresh, spoken };
    heard();
    await show();
  } catch (error) {
    if (error instanceof Ended) ended(t("signin.ended"));
  } finally {
    setTimeout(() => { busy = false; if (again) { again = false; refresh(); } }, REST_MS);
  }
}

async function show() {
  if (!seen || !me) return;
  at("status").hidden = false;
  draw(seen);
  await drawMachine(seen);
  document.body.dataset.ready = seen.status.journal.seq;
}

async function live() {
  if (stream) return;
  stream = new AbortController();
  const mine = stream;
  for (let pause = 1000, after = seen?.status.journal.seq ?? 0; mine === stream && me && !document.hidden;) {
    try {
      await follow(after, mine.signal, () => { heard(); pause = 1000; }, (seq) => { after = seq; refresh(); });
    } catch (error) {
      if (error instanceof Ended) ended(t("signin.ended"));
    }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    pause = Math.min(pause * 2, 10_000);
    if (mine === stream && me) refresh();
  }
  if (mine === stream) stream = null;
}

function stop() {
  stream?.abort();
  stream = null;
}

function stale() {
  const old = Boolean(me && seen) && Date.now() - heardAt > STALE_MS;
  at("stale").hidden = !old;
  at("status").classList.toggle("old", old);
  const text = old ? t("page.stale", { time: time(heardAt, me) }) : "";
  if (at("stale").textContent !== text) at("stale").textContent = text;
}

function ended(why = "") {
  stop();
  me = seen = null;
  for (const id of ["why", "needs-list", "printer", "drawers", "shift", "register", "books", "receipts-list", "paper-now"]) {
    at(id).replaceChildren();
    at(id).drawn = "";
  }
  for (const name of ["status", "out", "training"]) at(name).hidden = true;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  at("signin").hidden = false;
  at("bar").className = at("till").textContent = at("sign").textContent = "";
  at("verdict").textContent = t("page.title");
  at("signin-error").textContent = why;
  stale();
  for (const id of ["pin", "token"]) at(id).value = "";
  at(at("name").value ? "pin" : at("by-token").open ? "token" : "name").focus();
}

async function begin(who) {
  me = who;
  at("signin").hidden = true;
  at("out").hidden = false;
  for (const id of ["name", "pin", "token"]) at(id).value = "";
  await refresh();
  live();
}

async function enter(who) {
  const { status, body, wait } = await signIn(who);
  if (status === 201) { await begin(body); return; }
  const key = status === 401 ? (who.token ? "signin.wrong" : "signin.refused") : wait ? "signin.wait" : "signin.failed";
  ended(t(key, { seconds: wait, reason: body.detail ?? status }));
}

const submitted = (form, who) => at(form).addEventListener("submit", (event) => {
  event.preventDefault();
  enter(who()).catch(() => ended(t("signin.away")));
});

async function choose(name) {
  await speak(name);
  store("language", name);
  if (!me) { ended(); return; }
  await show();
  await refresh();
}

async function start() {
  await speak(chosen());
  for (const [name, called] of Object.entries(LANGUAGES)) at("language").append(el("option", { value: name, textContent: called, lang: name }));
  at("language").value = document.documentElement.lang;
  at("language").addEventListener("change", () => choose(at("language").value));
  at("machine").addEventListener("change", () => { if (seen) drawMachine(seen); });
  submitted("pin-form", () => ({ name: at("name").value.trim(), pin: at("pin").value }));
  submitted("token-form", () => ({ token: at("token").value.trim() }));
  at("out").addEventListener("click", () => { signOut().catch(() => {}); ended(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else if (me) { refresh(); live(); }
  });
  prepare();
  setInterval(stale, 1000);
  setInterval(() => { if (me && !document.hidden) refresh(); }, LOOK_MS);
  // A kiosk starts with its token behind "#token=": browsers send that part nowhere, and it is taken out at once.
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (given) await enter({ token: given });
    else if (known()) await begin(await getJson("/v1/session"));
    else ended();
  } catch {
    ended();
  }
}

start();
