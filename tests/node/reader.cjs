// Reads envelopes of a till's records: see README.md. Section numbers are those of SPECIFICATION.md.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const zlib = require("node:zlib");
const { decode, encode } = require("./vendor/msgpack.min.js");

const MAX_ENVELOPE = 3 << 20, MAX_CONTENT = 3 << 20, MAX_RECORDS = 64, MAX_ITEMS = 4096, MAX_BODY = 1 << 20;
const MAX_DEPTH = 14, MAX_BODIES = 2 << 20, MAX_TOLD = 64, MAX_ID = 256;
const KINDS = ["event", "intention", "value"];

class Refused extends Error {}

function need(fact, why) {
  if (!fact) throw new Refused(why);
}

// --- 1. the frame ---

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function unsealed(envelope) {
  need(envelope.length >= 8 && envelope.length <= MAX_ENVELOPE, "its length");
  need(envelope.toString("latin1", 0, 2) === "FB", "it does not begin as one");
  need(envelope[2] === 1, `it is of version ${envelope[2]}`);
  const carried = envelope.subarray(8);
  need(envelope.readUInt32BE(4) === crc32(Buffer.concat([envelope.subarray(0, 4), carried])), "its checksum");
  if (envelope[3] === 0) return carried;
  need(envelope[3] === 1, `it is packed in way ${envelope[3]}`);
  try {
    const { buffer, engine } = zlib.inflateSync(carried, { maxOutputLength: MAX_CONTENT, info: true });
    need(engine.bytesWritten === carried.length, "more stands behind its end");
    return buffer;
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("it cannot be inflated");
  }
}

// --- 3. the kinds ---

function row(number, kind, name, words) {
  const columns = words.map((word) => {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(#|(?::([A-Za-z0-9_|]+)(\*)?)?)$/.exec(word);
    need(match, `${word} is no field`);
    return { name: match[1], plain: match[2] === "#", classes: match[3] ? match[3].split("|") : [], many: !!match[4] };
  });
  need(Number.isInteger(number) && number > 0 && KINDS.includes(kind), "a row that is none");
  return { number, kind, name, words, columns };
}

function tableOf(specification) {
  const block = /<!-- begin kinds -->\n```text\n([^]*?)```/.exec(specification)[1];
  const table = new Table();
  for (const line of block.trim().split("\n")) {
    const [number, kind, name, ...words] = line.replace(/^\+/, "").split(" ");
    table.add(row(Number(number), kind, name, words.filter((word) => word !== "|")));
  }
  return table;
}

class Table {
  constructor(other) {
    this.byNumber = new Map(other ? other.byNumber : []);
    this.byName = new Map(other ? other.byName : []);
  }

  add(told) {
    const ours = this.byNumber.get(told.number) ?? this.byName.get(told.name);
    if (ours) {
      const both = Math.min(ours.words.length, told.words.length);
      const same = ours.number === told.number && ours.kind === told.kind && ours.name === told.name;
      need(same && ours.words.slice(0, both).join(" ") === told.words.slice(0, both).join(" "), "a row that contradicts");
      if (ours.words.length >= told.words.length) return;
    }
    this.byNumber.set(told.number, told);
    this.byName.set(told.name, told);
  }

  with(told) {
    const found = new Table(this);
    for (const one of told) {
      need(Array.isArray(one) && one.length >= 4 && typeof one[3] === "string", "a told row that is none");
      found.add(row(one[0], one[1], one[2], one[3] === "" ? [] : one[3].split(" ")));
    }
    return found;
  }

  numbered(number) {
    const found = this.byNumber.get(number);
    need(found, `kind ${number} is not known`);
    return found;
  }

  named(name) {
    const found = this.byName.get(name);
    need(found, `class ${name} is not known`);
    return found;
  }
}

// --- 2. the content ---

// Integers of 64 bits are BigInt; those of fewer bits numbers: as msgpack has them, so that a body comes out the same.
const fits = (big) => (big >= -(2n ** 31n) && big < 2n ** 32n ? Number(big) : big);
const int64 = (big) => BigInt.asIntN(64, big);
const isInteger = (value) => typeof value === "bigint" || Number.isInteger(value);

class Fields {
  constructor(table, strings, values) {
    need(strings.every((text) => typeof text === "string"), "a string that is none");
    this.table = table;
    this.strings = strings;
    this.values = [];
    for (const raw of values) {
      need(Array.isArray(raw), "a value that is none");
      const of = table.numbered(raw[0]);
      this.values.push({ of: of.name, fields: this.read(of, raw.slice(1), 0) });
    }
  }

  text(raw) {
    if (!isInteger(raw)) return raw;
    need(raw >= 0 && raw < this.strings.length, `text ${raw} is not there`);
    return this.strings[Number(raw)];
  }

  read(of, raw, depth) {
    need(raw.length <= of.columns.length, `${of.name} has more fields than its row`);
    need(depth <= MAX_DEPTH, "it is nested too deeply");
    return Object.fromEntries(raw.map((item, at) => [of.columns[at].name, this.field(of.columns[at], item, depth + 1)]));
  }

  field(column, raw, depth) {
    if (column.classes.length === 0 || raw === null) return column.plain || column.classes.length ? raw : this.text(raw);
    if (!column.many) return this.object(column, raw, depth);
    need(Array.isArray(raw), `${column.name} is no array`);
    return raw.map((item) => this.object(column, item, depth + 1));
  }

  object(column, raw, depth) {
    if (column.classes.length > 1) {
      need(Array.isArray(raw) && column.classes[raw[0]] !== undefined, `${column.name} is none of its classes`);
      const name = column.classes[raw[0]];
      return { "": name, ...this.read(this.table.named(name), raw.slice(1), depth) };
    }
    const [name] = column.classes;
    if (Array.isArray(raw)) return this.read(this.table.named(name), raw, depth);
    need(isInteger(raw) && this.values[Number(raw)]?.of === name, `${column.name}: value ${raw} is not there`);
    return this.values[Number(raw)].fields;
  }
}

function read(envelope, known) {
  let content;
  try {
    content = decode(unsealed(envelope), {
      useBigInt64: true, maxArrayLength: MAX_ITEMS, maxMapLength: 0, maxExtLength: 0,
    });
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(`its content is no msgpack (${error.message})`);
  }
  need(Array.isArray(content) && content.length >= 11, "its content is too short");
  const [till, journal, boot, shift, first, before, after, told, strings, values, records] = content;
  need([till, journal, boot, shift].every((id) => typeof id === "string" && id.length <= MAX_ID), "its ids");
  need([before, after].every((hash) => hash instanceof Uint8Array && hash.length === 32), "its hashes");
  need(isInteger(first) && first >= 0, "its number");
  need([told, strings, values, records].every(Array.isArray), "its lists");
  need(records.length >= 1 && records.length <= MAX_RECORDS && told.length <= MAX_TOLD, "how many it has");
  need(first != 0 || genesis(journal).equals(before), "it does not begin the chain of its journal");
  const table = known.with(told);
  const fields = new Fields(table, strings, values);
  let [seq, at, skew, head, size] = [BigInt(first), 0n, 0n, Buffer.from(before), 0];
  const found = records.map((raw) => {
    need(Array.isArray(raw) && raw.length >= 3 && isInteger(raw[1]), "a record that is none");
    seq += 1n;
    at = int64(at + BigInt(raw[1]));
    const subject = fields.text(raw[2]);
    need(typeof subject === "string", "a record without a subject");
    let name, body;
    if (raw[0] === 0) {
      [name, body] = raw.slice(3);
      need(raw.length === 5 && typeof name === "string" && body instanceof Uint8Array, "a verbatim record that is none");
    } else {
      const of = table.numbered(raw[0]);
      need(of.kind !== "value", `${of.name} is no record`);
      let [header, rest] = [{}, raw.slice(3)];
      if (of.kind === "event") {
        need(rest.length >= 2 && isInteger(rest[0]) && rest[1] !== null, "an event without a header");
        skew = int64(skew + BigInt(rest[0]));
        const occurred = { name: "header", classes: ["Occurred"] };
        header = { at: fits(at), mono: fits(int64(at - skew)), ...fields.object(occurred, rest[1], 0) };
        rest = rest.slice(2);
      }
      name = of.name;
      body = encode([1, of.kind, name, header, fields.read(of, rest, 0)], { useBigInt64: true, maxDepth: 100 });
    }
    body = Buffer.from(body);
    size += body.length + 4 * (subject.length + name.length);
    need(body.length <= MAX_BODY && size <= MAX_BODIES, "its bodies are too long");
    head = link(head, seq, at, subject, name, body);
    return { seq: Number(seq), at: Number(at), subject, name, body: body.toString("hex"), value: shown(raw[0], body),
             hash: head.toString("hex") };
  });
  need(head.equals(after), "its records do not hash to the chain it claims");
  return { till, journal, boot, shift, before: [Number(first), Buffer.from(before).toString("hex")], records: found };
}

// --- 5. the chain ---

function genesis(journal) {
  return crypto.createHash("sha256").update(`firmware-bridge journal\0${journal}`, "utf8").digest();
}

function link(before, seq, at, subject, name, body) {
  const [about, called] = [Buffer.from(subject, "utf8"), Buffer.from(name, "utf8")];
  const numbers = Buffer.alloc(24);
  numbers.writeBigInt64BE(seq, 0);
  numbers.writeBigInt64BE(at, 8);
  numbers.writeUInt32BE(about.length, 16);
  numbers.writeUInt32BE(called.length, 20);
  return crypto.createHash("sha256").update(Buffer.concat([before, numbers, about, called, body])).digest();
}

// --- what is said of it ---

function shown(number, body) {
  return number === 0 ? undefined : plain(decode(body, { useBigInt64: true }));
}

function plain(value) {
  if (typeof value === "bigint") {
    const small = value >= -(2n ** 53n) && value <= 2n ** 53n;
    return small ? Number(value) : { integer: String(value) };
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

const known = tableOf(fs.readFileSync(process.argv[2], "utf8"));
for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { envelope } = JSON.parse(line);
  let answer;
  try {
    answer = read(Buffer.from(envelope, "hex"), known);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    answer = { refused: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
