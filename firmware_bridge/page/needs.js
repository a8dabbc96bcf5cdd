// The one list of what a person should see to, each with the actions that are the way out.
import { has, t } from "./words.js";

const VERDICTS = {
  fiscal_doubt: ["fiscalised", "not_fiscalised"],
  print_doubt: ["printed", "not_printed"],
  printing: ["printed", "not_printed"],
  paid_unfiscalised: ["refunded"],
};

const receiptPath = (id, what) => `/v1/receipts/${encodeURIComponent(id)}/${what}`;
const kind = (name) => (has(`kind.${name}`) ? t(`kind.${name}`) : t("kind.other"));

function resolve(id, number, verdict) {
  const word = t(`verdict.${verdict}`);
  return {
    route: "resolve", path: receiptPath(id, "resolve"), body: { verdict }, field: "evidence", label: word,
    what: t("confirm.resolve", { number, verdict: word }),
  };
}

function retry(one) {
  return {
    route: "retry", path: receiptPath(one.id, "retry"), body: {}, field: "", label: t("action.retry"),
    what: t("confirm.retry", { number: one.number }),
  };
}

function unfinished(one) {
  const words = { kind: kind(one.kind), number: one.number };
  if (!one.person_needed && one.state !== "paid_unfiscalised") {
    return one.doubt ? [{ text: t("todo.working", words), actions: [] }] : [];
  }
  const state = one.state === "printing" ? "print_doubt" : one.state;
  const key = Object.hasOwn(VERDICTS, state) ? `todo.${state}` : "todo.other";
  const answers = (VERDICTS[state] ?? ["printed", "not_printed", "abandoned"]).map((verdict) => resolve(one.id, one.number, verdict));
  return [{ text: t(key, words), actions: one.state === "paid_unfiscalised" ? [retry(one), ...answers] : answers }];
}

function alarm(one, receipts) {
  const number = receipts.find((receipt) => receipt.id === one.id)?.number ?? one.id;
  const key = has(`alarm.${one.code}`) ? `alarm.${one.code}` : "alarm.other";
  const actions = one.code !== "paper-missing" ? [] : [
    { route: "copy", path: receiptPath(one.id, "copy"), body: {}, field: "reason", label: t("action.copy"), what: t("confirm.copy", { number }) },
    resolve(one.id, number, "printed"),
  ];
  return { text: t(key, { id: one.id, number }), actions };
}

function stranger(device) {
  const words = { device: device.id, serial: device.stranger.serial };
  return {
    text: t("todo.stranger", words),
    actions: [{
      route: "accept_device", path: `/v1/devices/${encodeURIComponent(device.id)}/accept`, body: { serial: device.stranger.serial },
      field: "", label: t("action.accept_device"), what: t("confirm.accept_device", words),
    }],
  };
}

function book(one) {
  return {
    text: t("todo.parked", { book: one.book, count: one.parked }),
    actions: [{
      route: "outbox_retry", path: `/v1/outbox/${encodeURIComponent(one.book)}/retry`, body: {}, field: "",
      label: t("action.outbox_retry"), what: t("confirm.outbox_retry", { book: one.book }),
    }],
  };
}

export function needs({ status, receipts, devices }) {
  return [
    ...status.unfinished.flatMap(unfinished),
    ...status.alarms.map((one) => alarm(one, receipts)),
    ...devices.filter((one) => one.stranger).map(stranger),
    ...status.books.filter((one) => one.parked || one.state === "held").map(book),
  ];
}
