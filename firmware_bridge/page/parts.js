// Pieces of the page. Text only by textContent: what comes from outside is never markup.
export function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  const { key, on, ...properties } = options;
  Object.assign(node, properties);
  if (key) node.dataset.key = key;
  if (on) node.addEventListener("click", on);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const line = (text, className = "") => el("p", { textContent: text, className });

const MARKS = { good: "✓", warn: "!", bad: "✕" };
export function state(word, mood) {
  return el("p", { className: "state" }, el("span", { className: `mark ${mood}`, textContent: MARKS[mood] ?? "" }), word);
}

export const sentence = (text) => (text ?? "").replace(/\s*\((?:POST|GET|PUT) [^)]*\)/g, "");

// Draws anew only when what is shown has changed, and keeps the focus where it was.
export function put(id, content, build) {
  const node = document.getElementById(id);
  const sign = JSON.stringify(content);
  if (node.drawn === sign) return;
  node.drawn = sign;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  node.replaceChildren(...build());
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}
