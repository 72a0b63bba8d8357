// rich_text blocks, and the small Markdown of reports.
import { codeBlock } from "./code.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelLink, link, mention } from "./mrkdwn.js";
import { formatted } from "./times.js";

const leaf = {
  text: (each) => each.text,
  link: (each) => link(each.url, each.text ?? each.url),
  emoji: (each) => emoji(each.name),
  user: (each) => mention(each.user_id),
  channel: (each) => channelLink(each.channel_id),
  broadcast: (each) => h("span.mention.mention-me", {}, `@${each.range}`),
  date: (each) => formatted(each.timestamp, each.format ?? "{date_short} {time}"),
};

function styled(each) {
  let node = leaf[each.type]?.(each) ?? `[${each.type}]`;
  const style = each.style ?? {};
  if (style.code) node = h("code", {}, node);
  if (style.strike) node = h("s", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.bold) node = h("strong", {}, node);
  return node;
}

function withBreaks(elements) {
  return elements.flatMap((each) => {
    if (each.type !== "text" || !each.text.includes("\n")) return [styled(each)];
    return each.text
      .split("\n")
      .flatMap((line, at) => [at ? h("br") : null, styled({ ...each, text: line })]);
  });
}

export function richText(block) {
  return h("div.rich", {}, block.elements.map(part));
}

function part(each) {
  switch (each.type) {
    case "rich_text_section":
      return h("div", {}, withBreaks(each.elements));
    case "rich_text_list":
      return h(
        each.style === "ordered" ? "ol" : "ul",
        { class: `indent-${each.indent ?? 0}` },
        each.elements.map((item) => h("li", {}, withBreaks(item.elements ?? []))),
      );
    case "rich_text_quote":
      return h("blockquote", {}, withBreaks(each.elements));
    case "rich_text_preformatted":
      return codeBlock(each.elements.map((piece) => piece.text ?? piece.url ?? "").join(""));
    default:
      return null;
  }
}

// Markdown

export function markdown(words) {
  const made = [];
  const lines = words.replaceAll("\r", "").split("\n");
  let at = 0;
  while (at < lines.length) {
    const [node, next] = blockAt(lines, at);
    if (node) made.push(node);
    at = next;
  }
  return h("div.markdown", {}, made);
}

function blockAt(lines, at) {
  const line = lines[at];
  const heading = /^(#{1,6}) +(.*)$/.exec(line);
  if (heading) return [h(`h${heading[1].length}`, {}, inlineMarkdown(heading[2])), at + 1];
  if (/^```/.test(line)) return fenced(lines, at);
  if (/^ *(---+|\*\*\*+) *$/.test(line)) return [h("hr"), at + 1];
  if (/^\|.*\|\s*$/.test(line) && /^\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? ""))
    return table(lines, at);
  if (/^\s*([-*]|\d+[.)]) +/.test(line)) return list(lines, at);
  if (/^> ?/.test(line))
    return gathered(lines, at, /^> ?/, (kept) =>
      h("blockquote", {}, inlineMarkdown(kept.map((each) => each.replace(/^> ?/, "")).join(" "))),
    );
  if (!line.trim()) return [null, at + 1];
  return gathered(lines, at, /^(?!#{1,6} |```|\||\s*[-*] |\s*\d+[.)] |> )\s*\S/, (kept) =>
    h("p", {}, inlineMarkdown(kept.join(" "))),
  );
}

function gathered(lines, at, pattern, make) {
  let end = at + 1;
  while (end < lines.length && pattern.test(lines[end])) end += 1;
  return [make(lines.slice(at, end)), end];
}

function fenced(lines, at) {
  let end = at + 1;
  while (end < lines.length && !/^```/.test(lines[end])) end += 1;
  return [codeBlock(lines.slice(at + 1, end).join("\n")), end + 1];
}

const listMark = /^(\s*)([-*]|\d+[.)]) +/;

// A list with the lists inside its items, and items that go on over several lines.
function list(lines, at) {
  const [, indent, mark] = listMark.exec(lines[at]);
  const depth = indent.length;
  const items = [];
  let end = at;
  while (end < lines.length) {
    const found = listMark.exec(lines[end]);
    if (found && found[1].length > depth && items.length) {
      const [inner, next] = list(lines, end);
      items.at(-1).inner.push(inner);
      end = next;
    } else if (found && found[1].length === depth) {
      items.push({ words: lines[end].slice(found[0].length), inner: [] });
      end += 1;
    } else if (!found && /^\s{2,}\S/.test(lines[end]) && items.length) {
      items.at(-1).words += ` ${lines[end].trim()}`;
      end += 1;
    } else {
      break;
    }
  }
  const tag = /\d/.test(mark) ? "ol" : "ul";
  return [
    h(
      tag,
      {},
      items.map(({ words, inner }) => listItem(words, inner)),
    ),
    end,
  ];
}

function listItem(words, inner) {
  const box = /^\[([ xX])\] +(.*)$/.exec(words);
  if (!box) return h("li", {}, inlineMarkdown(words), inner);
  const done = box[1] !== " ";
  return h(
    "li.box",
    {},
    emoji(done ? "white_check_mark" : "white_large_square"),
    " ",
    inlineMarkdown(box[2]),
    inner,
  );
}

function table(lines, at) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((each) => each.trim());
  let end = at + 2;
  while (end < lines.length && /^\|.*\|\s*$/.test(lines[end])) end += 1;
  const row = (line, tag) =>
    h(
      "tr",
      {},
      cells(line).map((each) => h(tag, {}, inlineMarkdown(each))),
    );
  return [
    h(
      "div.table",
      { tabindex: "0" },
      h(
        "table",
        {},
        cells(lines[at]).some(Boolean) ? h("thead", {}, row(lines[at], "th")) : null,
        h(
          "tbody",
          {},
          lines.slice(at + 2, end).map((each) => row(each, "td")),
        ),
      ),
    ),
    end,
  ];
}

const markdownToken =
  /\\([\\`*_{}[\]()#+\-.!|~<>])|`([^`]+)`|\*\*([^*]+)\*\*|(?<!\w)[*_]([^*_]+)[*_](?!\w)|~~([^~]+)~~|\[([^\]]+)\]\((https?:[^)\s]+)\)|(https?:\/\/[^\s)<>]+)|:([a-z0-9_+-]+):/g;

function inlineMarkdown(words) {
  const made = [];
  let at = 0;
  for (const found of words.matchAll(markdownToken)) {
    if (found.index > at) made.push(words.slice(at, found.index));
    const [, escaped, code, bold, italic, struck, label, url, bare, name] = found;
    if (escaped !== undefined) made.push(escaped);
    else if (code !== undefined) made.push(h("code", {}, code));
    else if (bold !== undefined) made.push(h("strong", {}, inlineMarkdown(bold)));
    else if (italic !== undefined) made.push(h("em", {}, inlineMarkdown(italic)));
    else if (struck !== undefined) made.push(h("s", {}, struck));
    else if (label !== undefined) made.push(link(url, label));
    else if (bare !== undefined) made.push(link(bare, bare));
    else made.push(emoji(name));
    at = found.index + found[0].length;
  }
  if (at < words.length) made.push(words.slice(at));
  return made;
}
