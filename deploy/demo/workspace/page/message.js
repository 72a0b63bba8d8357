// One message: who, when, what, and what hangs on it.
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { isReply, nameOf, person, state } from "./store.js";
import { clock, lastReply, moment, shortClock } from "./times.js";

const hues = {
  U0ALICE: 1,
  U0BOB: 2,
  U0CAROL: 3,
  U0DAVE: 4,
  U0ERIN: 5,
  U0FRANK: 6,
  U0GRACE: 7,
  U0HEIDI: 8,
  U0IVAN: 9,
  U0GUEST: 10,
  U0STRANGER: 11,
  U0GONE: 12,
};

export function avatar(user, size = 36) {
  const who = person(user);
  if (who?.is_bot)
    return h(
      "span.avatar.avatar-app",
      { class: `avatar-${size}`, "aria-hidden": "true" },
      user === "USLACKBOT" ? "S" : appMark(),
    );
  return h(
    "span.avatar",
    { class: `avatar-${size} hue-${hues[user] ?? 1}`, "aria-hidden": "true" },
    (who?.real_name ?? "?").slice(0, 1),
  );
}

function appMark() {
  return icon("sealed");
}

// Same person, same five minutes: Slack leaves the name out.
export function follows(message, before) {
  return (
    before &&
    before.user === message.user &&
    !before.only_for &&
    !message.only_for &&
    !message.broadcast &&
    !before.reply_count &&
    moment(message.ts) - moment(before.ts) < 300_000
  );
}

export function messageRow(message, { grouped = false, inThread = false } = {}) {
  const date = moment(message.ts);
  const key = `${inThread ? "thread-" : ""}${message.ts}`;
  const name = nameOf(message.user);
  return h(
    "div.message",
    {
      class: [
        grouped ? "grouped" : "",
        message.only_for ? "ephemeral" : "",
        message.pinned_to ? "pinned" : "",
      ].join(" "),
      role: "article",
      "aria-label": `${name}, ${clock(date)}`,
      data: { key, ts: message.ts, channel: message.channel },
    },
    message.pinned_to && !inThread
      ? h("div.note.note-pin", {}, icon("pin"), "Pinned to this channel")
      : null,
    message.only_for ? h("div.note", {}, icon("eye"), "Only visible to you") : null,
    message.broadcast && !inThread
      ? h(
          "div.note",
          {},
          icon("thread"),
          h("button.dismiss", { type: "button", data: { do: "thread" } }, "Replied to a thread"),
        )
      : null,
    h(
      "div.message-row",
      {},
      grouped
        ? h("time.gutter-time", { datetime: date.toISOString() }, shortClock(date))
        : avatar(message.user),
      h(
        "div.message-body",
        {},
        grouped ? null : who(message, name, date),
        content(message),
        extras(message, inThread),
      ),
    ),
    toolbar(message, inThread),
  );
}

function who(message, name, date) {
  return h(
    "div.who",
    {},
    h("strong.name", {}, name),
    person(message.user)?.is_bot ? h("span.badge-app", {}, "APP") : null,
    person(message.user)?.is_stranger ? h("span.badge-other", {}, person(message.user).team) : null,
    h("time.when", { title: date.toLocaleString(), datetime: date.toISOString() }, clock(date)),
  );
}

function content(message) {
  const edited = message.edited ? h("span.edited", {}, " (edited)") : null;
  if (message.blocks?.length) {
    const where = {
      ts: message.ts,
      warnings: state.warnings.get(`${message.channel}/${message.ts}`),
    };
    return [h("div.blocks", {}, blocks(message.blocks, where)), edited];
  }
  return message.text ? h("div.words", {}, mrkdwn(message.text), edited) : edited;
}

function extras(message, inThread) {
  return [
    message.attachments?.map((each) =>
      h(
        "div.attachment",
        {},
        each.blocks
          ? blocks(each.blocks, { ts: message.ts })
          : mrkdwn(each.text ?? each.fallback ?? ""),
      ),
    ),
    message.files?.map(file),
    message.reactions?.length ? h("div.reactions", {}, message.reactions.map(reaction)) : null,
    message.reply_count && !inThread && !isReply(message) ? threadBar(message) : null,
    message.only_for
      ? h("button.dismiss", { type: "button", data: { do: "dismiss" } }, "Dismiss message")
      : null,
  ];
}

function file(each) {
  return h(
    "div.file",
    {},
    h(
      "button.file-open",
      { type: "button", data: { do: "view-file", file: each.id, name: each.name } },
      icon("file"),
      h(
        "span.file-words",
        {},
        h("strong", {}, each.title),
        h("span", {}, `${each.pretty_type} · ${bytes(each.size)}`),
      ),
    ),
    h(
      "a.file-save",
      {
        href: `/_control/files/${each.id}`,
        download: each.name,
        title: `Download ${each.name}`,
        "aria-label": `Download ${each.name}`,
      },
      icon("download"),
    ),
  );
}

export const bytes = (size) =>
  size < 1024
    ? `${size} bytes`
    : size < 1_048_576
      ? `${Math.round(size / 1024)} kB`
      : `${(size / 1_048_576).toFixed(1)} MB`;

function reaction(each) {
  const mine = each.users.includes(state.eyes);
  return h(
    "span.reaction",
    { class: mine ? "mine" : "", title: each.users.map(nameOf).join(", ") },
    emoji(each.name),
    h("span", {}, String(each.count)),
  );
}

function threadBar(message) {
  const count = message.reply_count;
  return h(
    "button.thread-bar",
    { type: "button", data: { do: "thread" } },
    h(
      "span.thread-people",
      {},
      message.reply_users.slice(0, 4).map((each) => avatar(each, 24)),
    ),
    h("span.thread-count", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span.thread-last", {}, lastReply(message.latest_reply)),
    h("span.thread-view", {}, "View thread", icon("chevron")),
  );
}

function toolbar(message, inThread) {
  if (inThread || message.only_for) return null;
  return h(
    "div.toolbar",
    {},
    h(
      "button",
      {
        type: "button",
        title: "Reply in thread",
        "aria-label": "Reply in thread",
        data: { do: "thread" },
      },
      icon("thread"),
    ),
  );
}
