// Questions to the till and the live stream. Each brings the page's half of the session; the cookie is the other one.
import { language, store, stored } from "./words.js";

const KEY = "session-key";
export class Ended extends Error {}

export const known = () => Boolean(stored(KEY));

function headers(more = {}) {
  return { ...more, "Accept-Language": language, "Session-Key": stored(KEY) ?? "" };
}

export async function get(path) {
  const answer = await fetch(path, { headers: headers(), cache: "no-store" });
  if (answer.status === 401) throw new Ended();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

export const getJson = async (path) => (await get(path)).json();

export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json(), wait: Number(answer.headers.get("Retry-After")) };
}

// `who`: { name, pin } or { token }.
export async function signIn(who) {
  const answer = await post("/v1/session", who);
  if (answer.status === 201) store(KEY, answer.body.key);
  return answer;
}

export async function signOut() {
  try { await post("/v1/session/end", { id: newId() }); } finally { store(KEY, null); }
}

// Calls `heard` for whatever comes, `news` when something happened. Returns when the stream ends.
export async function follow(after, signal, heard, news) {
  const answer = await fetch(`/v1/events?after=${after}`, { headers: headers(), signal, cache: "no-store" });
  if (answer.status === 401) throw new Ended();
  if (!answer.ok) throw new Error(`events: ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    const told = blocks.map((block) => /^id: (\d+)$/m.exec(block)).filter(Boolean);
    if (told.length) news(Number(told.at(-1)[1]));
  }
}

// A picture as an address for <img>: it is asked for with headers, so the browser cannot do it by itself.
const pictures = new Map();
export async function picture(receipt) {
  const name = `${receipt.id} ${receipt.paper.job} ${receipt.paper.copies}`;
  if (!pictures.has(name)) {
    if (pictures.size > 40) {
      const [oldest, url] = pictures.entries().next().value;
      pictures.delete(oldest);
      url.then(URL.revokeObjectURL, () => {});
    }
    const path = `/v1/receipts/${encodeURIComponent(receipt.id)}.png`;
    const url = get(path).then((answer) => answer.blob()).then((blob) => URL.createObjectURL(blob));
    pictures.set(name, url);
    url.catch(() => pictures.delete(name));
  }
  return pictures.get(name);
}

// Random in a page without TLS, too, where crypto.randomUUID is missing.
export const newId = () => `page-${[...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
