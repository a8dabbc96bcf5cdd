// Every action is confirmed: what will happen, in whose name, and one id, so that pressing twice does it once.
import { newId, post } from "./calls.js";
import { t } from "./words.js";

const at = (id) => document.getElementById(id);
let asked = null;

export function toast(text) {
  at("toast").textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { at("toast").textContent = ""; }, 8000);
}

// action: {path, body, what, field: "reason" | "evidence" | "", name, done}
export function confirm(action) {
  asked = { ...action, id: newId() };
  at("ask-what").textContent = action.what;
  at("ask-name").textContent = t("confirm.journalled", { name: action.name });
  at("ask-field").hidden = !action.field;
  at("ask-label").textContent = action.field ? t(`confirm.${action.field}`) : "";
  at("ask-text").value = "";
  at("ask-error").textContent = "";
  at("ask-yes").disabled = false;
  at("ask").showModal();
  (action.field ? at("ask-text") : at("ask-no")).focus();
}

async function carryOut() {
  const text = at("ask-text").value.trim();
  if (asked.field && !text) {
    at("ask-error").textContent = t("confirm.needed");
    at("ask-text").focus();
    return;
  }
  const action = asked;
  at("ask-yes").disabled = true;
  try {
    const told = { id: action.id, ...action.body, ...(action.field ? { [action.field]: text } : {}) };
    answered(action, await post(action.path, told));
  } catch {
    at("ask-error").textContent = t("answer.doubtful");
  } finally {
    at("ask-yes").disabled = false;
  }
}

function answered(action, { status, body }) {
  if (action !== asked) return;
  if (status === 200 || status === 201 || status === 202) {
    at("ask").close();
    toast(t(status === 202 ? "answer.working" : "answer.done"));
    action.done();
    return;
  }
  const outcome = ["none", "refused", "doubtful"].includes(body.outcome) ? body.outcome : "doubtful";
  at("ask-error").textContent = `${t(`answer.${outcome}`)}. ${body.detail ?? ""}`;
  if (outcome === "refused") asked = { ...action, id: newId() };
}

export function showLarge(title, url) {
  at("large-title").textContent = title;
  at("large-image").src = url;
  at("large-image").alt = title;
  at("large").showModal();
}

export function prepare() {
  at("ask-yes").addEventListener("click", carryOut);
  at("ask-text").addEventListener("keydown", (event) => { if (event.key === "Enter") carryOut(); });
  at("ask-no").addEventListener("click", () => at("ask").close());
  // The event comes a moment after the closing: the next question may stand there already.
  at("ask").addEventListener("close", () => { if (!at("ask").open) asked = null; });
  at("large-close").addEventListener("click", () => at("large").close());
}
