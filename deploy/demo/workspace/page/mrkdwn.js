// Slack's mrkdwn as nodes: nothing a message says is ever read as HTML.
import { codeBlock } from "./code.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { channel, nameOf, state } from "./store.js";
import { formatted } from "./times.js";

export const decoded = (words) =>
  words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

// Blocks of lines: ```preformatted```, > quotes, and the rest.
export function mrkdwn(words) {
  const made = [];
  words.split(/```\n?([\s\S]+?)```/g).forEach((part, at) => {
    if (at % 2) made.push(codeBlock(decoded(part.replace(/\n$/, ""))));
    else made.push(...lines(part, made.length > 0));
  });
  return made;
}

function lines(words, afterPre) {
  const made = [];
  let quote = null;
  const all = (afterPre ? words.replace(/^\n/, "") : words).split("\n");
  all.forEach((line, at) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else made.push((quote = h("blockquote")));
      quote.append(...inline(quoted[1]));
      return;
    }
    if (at > 0 && !quote) made.push(h("br"));
    quote = null;
    made.push(...inline(line));
  });
  return made;
}

const edge = "(?<![\\w])";
const end = "(?![\\w])";
const token = new RegExp(
  [
    "`([^`\\n]+)`", // 1 code
    "<([^<>\\n]+)>", // 2 a link, a mention or a date
    `${edge}\\*(?! )([^*\\n]*[^*\\n ])\\*${end}`, // 3 bold
    `${edge}_(?! )([^_\\n]*[^_\\n ])_${end}`, // 4 italic
    `${edge}~(?! )([^~\\n]*[^~\\n ])~${end}`, // 5 struck
    ":([a-z0-9_+'-]+):(?!\\d)", // 6 emoji
    `${edge}(https?://[^\\s<>"\`]*[\\w/=-])`, // 7 an address, which Slack makes a link by itself
  ].join("|"),
  "g",
);

export function inline(words) {
  const made = [];
  let at = 0;
  for (const found of words.matchAll(token)) {
    if (found.index > at) made.push(decoded(words.slice(at, found.index)));
    made.push(one(found));
    at = found.index + found[0].length;
  }
  if (at < words.length) made.push(decoded(words.slice(at)));
  return made;
}

function one([, code, angle, bold, italic, struck, name, address]) {
  if (code !== undefined) return h("code", {}, codeParts(code));
  if (angle !== undefined) return special(angle);
  if (bold !== undefined) return h("strong", {}, inline(bold));
  if (italic !== undefined) return h("em", {}, inline(italic));
  if (struck !== undefined) return h("s", {}, inline(struck));
  if (address !== undefined) return link(decoded(address), decoded(address));
  return emoji(name);
}

// Slack still turns links inside code into links, and nothing else.
function codeParts(code) {
  return decoded(code);
}

function special(inside) {
  const [target, label] = split(inside);
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!subteam^")) {
    const group = state.groups.find((each) => each.id === target.slice(9));
    const name = label?.replace(/^@/, "") ?? group?.handle ?? target.slice(9);
    return h(
      "span.mention",
      { class: group?.users?.includes(state.eyes) ? "mention-me" : "" },
      `@${name}`,
    );
  }
  if (target.startsWith("!")) return h("span.mention.mention-me", {}, `@${target.slice(1)}`);
  if (/^(https?|mailto):/.test(target))
    return link(decoded(target), label ? inline(label) : decoded(target));
  return decoded(`<${inside}>`);
}

function split(inside) {
  const at = inside.indexOf("|");
  return at < 0 ? [inside, undefined] : [inside.slice(0, at), inside.slice(at + 1)];
}

export function link(url, ...label) {
  const here = url.startsWith(`${location.origin}/archives/`);
  return h(
    "a",
    here
      ? { href: url, data: { do: "permalink" } }
      : { href: url, target: "_blank", rel: "noopener noreferrer" },
    ...label,
  );
}

export function mention(id, label) {
  const mine = id === state.eyes ? "mention-me" : "";
  const known = state.people.some((each) => each.id === id);
  return h("span.mention", { class: mine }, `@${known ? nameOf(id) : (label ?? id)}`);
}

export function channelLink(id, label) {
  const name = channel(id)?.name ?? label ?? id;
  return h(
    "a.mention",
    { href: `/archives/${id}`, data: { do: "channel", channel: id } },
    `#${name}`,
  );
}

function date(target, fallback) {
  const [, seconds, pattern, url] = target.split("^");
  const words = Number.isFinite(Number(seconds))
    ? formatted(seconds, pattern ?? "")
    : (fallback ?? "");
  const shown = h(
    "time",
    { title: fallback, datetime: new Date(Number(seconds) * 1000).toISOString() },
    words,
  );
  return url ? link(decoded(url), shown) : shown;
}

// Plain text objects know emoji names, and nothing else.
export function plain(words, withEmoji = true) {
  if (!withEmoji) return [words];
  return words.split(/:([a-z0-9_+'-]+):/g).map((part, at) => (at % 2 ? emoji(part) : part));
}

export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn"
    ? mrkdwn(object.text)
    : plain(object.text, object.emoji !== false);
}
