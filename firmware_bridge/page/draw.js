// What the till tells, on the screen: first whether it sells, then what needs a person, then everything else.
import { confirm, showLarge } from "./ask.js";
import { picture } from "./calls.js";
import { needs } from "./needs.js";
import { el, line, put, sentence, state } from "./parts.js";
import { has, language, locale, money, named, t, time } from "./words.js";

const GOOD = { printer: ["ready"], drawer: ["closed", "open", "opening"], shift: ["open"], mode: ["online"] };
const mood = (group, name) => (GOOD[group].includes(name) ? "good" : "bad");
const at = (id) => document.getElementById(id);

export function draw(seen) {
  const { status, receipts, me } = seen;
  const open = needs(seen);
  bar(status, open);
  why(seen);
  put("needs-list", [language, open, me.may], () => (open.length ? open.map((one) => need(one, seen)) : [el("li", { textContent: t("needs.none") })]));
  at("needs-list").className = open.length ? "" : "calm";
  put("printer", [language, status.printer], () => printer(status.printer));
  put("drawers", [language, status.drawers, me], () => drawers(seen));
  put("shift", [language, status.shift], () => shift(status.shift, me));
  put("register", [language, status.fiscal], () => register(status.fiscal, me));
  put("books", [language, status.books], () => books(status.books, me));
  paper(receipts);
  put("receipts-list", [language, receipts, me], () => (receipts.length ? receipts.map((one) => row(one, seen)) : [el("li", { textContent: t("receipts.none") })]));
  at("training").hidden = !status.training;
  at("till").textContent = status.till;
  at("version").textContent = t("page.version", { version: me.version });
  at("who").textContent = t("signin.who", { name: me.name, role: t(`role.${me.role}`) });
}

function bar(status, open) {
  const [name, sign, word] = !status.can_sell ? ["bad", "✕", "sell.no"] : open.length ? ["warn", "!", "sell.but"] : ["good", "✓", "sell.yes"];
  at("bar").className = name;
  at("sign").textContent = sign;
  if (at("verdict").textContent !== t(word)) at("verdict").textContent = t(word);
}

function why({ status, spoken }) {
  put("why", [language, spoken, status.reasons, status.printer.state], () => status.reasons.map((reason) => {
    const word = has(`reason.${reason.code}`) ? t(`reason.${reason.code}`) : t("reason.other");
    const more = reason.code === "printer-not-ready" ? `: ${named("state.printer", status.printer.state)}` : "";
    return el("div", {}, line(word + more), el("p", { className: "detail", lang: spoken, textContent: sentence(reason.text) }));
  }));
}

function need(one, seen) {
  const buttons = one.actions.filter((action) => seen.me.may.includes(action.route)).map((action) => button(action, seen));
  return el("li", {}, el("span", { textContent: one.text }), buttons.length ? el("div", { className: "buttons" }, ...buttons) : null);
}

export function button(action, seen) {
  return el("button", {
    type: "button", textContent: action.label, key: `${action.path} ${action.label}`,
    on: () => confirm({ ...action, name: seen.me.name, done: seen.refresh }),
  });
}

function printer(one) {
  return [
    state(named("state.printer", one.state), mood("printer", one.state)),
    one.paper_near_end && one.state === "ready" ? state(t("printer.near_end"), "warn") : null,
    one.model ? line(one.model, "small") : null,
    one.serial ? line(t("printer.serial", { serial: one.serial }), "small") : null,
  ].filter(Boolean);
}

function drawers({ status, me, refresh }) {
  if (!status.drawers.length) return [line(t("drawer.none"), "small")];
  return status.drawers.map((one) => {
    const word = one.connected === false ? t("drawer.lost") : named("state.drawer", one.state);
    const expected = one.day?.expected_cash;
    const action = {
      path: `/v1/drawers/${encodeURIComponent(one.id)}/open`, body: {}, field: "reason", label: t("action.open_drawer"),
      what: t("confirm.open_drawer", { id: one.id }),
    };
    return el("div", { className: "item" },
      state(`${one.id}: ${one.cap_status === false ? `${word} (${t("drawer.unsensed")})` : word}`, one.connected === false ? "bad" : mood("drawer", one.state)),
      one.day ? line(expected === null ? t("drawer.blind") : t("drawer.expected", { amount: money(expected, me) }), "small") : null,
      me.may.includes("open_drawer") ? button(action, { me, refresh }) : null);
  });
}

function shift(one, me) {
  if (!one) return [line(t("shift.none"), "small")];
  const totals = one.totals;
  return [
    state(`${named("state.shift", one.state)}, ${t("shift.number", { number: one.number })}`, one.state === "closed" ? "" : mood("shift", one.state)),
    one.opened_at && one.state !== "closed" ? line([t("shift.since", { time: time(one.opened_at, me) }), one.cashier].filter(Boolean).join(", "), "small") : null,
    one.closes_at ? line(t("shift.until", { time: time(one.closes_at, me) }), "small") : null,
    line(totals ? t("shift.expected", { amount: money(totals.expected_cash, me) }) : t("drawer.blind")),
    totals ? line(t("shift.sales", { count: totals.sales.count, amount: money(totals.sales.total, me) }), "small") : null,
    totals?.returns.count ? line(t("shift.returns", { count: totals.returns.count, amount: money(totals.returns.total, me) }), "small") : null,
  ].filter(Boolean);
}

function register(one, me) {
  if (!one) return [line(t("register.none"), "small")];
  const found = [state(named("state.fiscal_mode", one.mode), mood("mode", one.mode))];
  if (one.mode !== "online" && one.since) found.push(line(t("shift.since", { time: time(one.since, me) }), "small"));
  if (one.offline) {
    found.push(...meter("register.session", one.offline.session_s, one.offline.session_limit_s));
    found.push(...meter("register.month", one.offline.month_s, one.offline.month_limit_s));
    if (one.offline.until) found.push(line(t("register.until", { time: time(one.offline.until, me) }), "small"));
  }
  const counts = [
    one.codes ? t("register.codes", { count: one.codes.documents }) : "",
    one.waiting?.count ? t("register.waiting", { count: one.waiting.count }) : "",
  ];
  if (counts.some(Boolean)) found.push(line(counts.filter(Boolean).join(" · "), "small"));
  if (one.clock && !one.clock.trusted) found.push(state(t("register.clock"), "bad"));
  return found;
}

function meter(word, used, limit) {
  const hours = (seconds) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(seconds / 3600);
  const text = `${t(word)}: ${t("register.hours", { used: hours(used), limit: hours(limit) })}`;
  const bar = el("meter", { min: 0, max: limit, low: limit * 0.5, high: limit * 0.75, optimum: 0, value: used });
  bar.setAttribute("aria-label", text);
  return [el("div", { className: "meter" }, line(text, "small"), bar)];
}

function books(all, me) {
  if (!all.length) return [line(t("books.none"), "small")];
  return all.map((one) => el("div", { className: "item" },
    state(`${one.book}: ${named("books", one.state)}`, one.state === "idle" || one.state === "delivering" ? "good" : one.state === "held" ? "bad" : "warn"),
    line([t("books.behind", { count: one.lags }), one.parked ? t("books.parked", { count: one.parked }) : ""].filter(Boolean).join(" · ")),
    one.last_delivered_at ? line(t("books.last", { time: time(one.last_delivered_at, me) }), "small") : null));
}

const called = (one) => t("receipts.image", { kind: has(`kind.${one.kind}`) ? t(`kind.${one.kind}`) : t("kind.other"), number: one.number });

function image(one, className) {
  const node = el("img", { alt: called(one) });
  picture(one).then((url) => { node.src = url; }, () => node.closest("button")?.remove());
  const open = () => picture(one).then((url) => showLarge(called(one), url), () => {});
  return el("button", { type: "button", className, title: t("receipts.open"), key: `image ${className} ${one.id}`, on: open }, node);
}

function paper(receipts) {
  const last = receipts.find((one) => one.paper?.job);
  put("paper-now", [language, last?.id, last?.paper], () => [last ? image(last, "whole") : line(t("printer.nothing"), "small")]);
}

function row(one, { me, refresh }) {
  const sum = one.totals?.payable ?? one.amount;
  const word = named("state.receipt", one.state);
  const fine = ["paper_out", "filed", "handed_over"].includes(one.state);
  const work = ["new", "fiscalising", "printing"].includes(one.state);
  const notes = [
    one.fiscal?.number ? t("receipts.fiscal", { number: one.fiscal.number }) : "",
    one.fiscal?.waiting_for_delivery ? t("receipts.offline") : "",
    one.paper?.copies ? t("receipts.copies", { count: one.paper.copies }) : "",
    one.paper?.interrupted ? t("receipts.interrupted") : "",
  ].filter(Boolean);
  const copy = {
    path: `/v1/receipts/${encodeURIComponent(one.id)}/copy`, body: {}, field: "reason", label: t("action.copy"),
    what: t("confirm.copy", { number: one.number }),
  };
  const may = me.may.includes("copy") && one.state === "paper_out";
  return el("li", { className: "row" },
    one.paper?.job ? image(one, "thumb") : el("span", {}),
    el("div", {},
      line(`${has(`kind.${one.kind}`) ? t(`kind.${one.kind}`) : t("kind.other")} ${one.number}, ${time(one.at, me)}`),
      state(word, fine ? "good" : work ? "" : "bad"),
      notes.length ? line(notes.join(" · "), "small") : null),
    el("div", { className: "sum" }, sum === undefined || one.kind === "no_sale" ? "" : money(sum, me)),
    may ? el("div", { className: "buttons" }, button(copy, { me, refresh })) : null);
}
