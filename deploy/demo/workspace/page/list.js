// The channel and the thread as lists that stay where the reader left them.
import { h, render } from "./dom.js";
import { icon } from "./icons.js";
import { follows, messageRow } from "./message.js";
import { channel, inChannel, inThread, markRead, nameOf, state, unread } from "./store.js";
import { dayKey, dayName, moment } from "./times.js";

const channelPlace = document.getElementById("messages");
const threadPlace = document.getElementById("thread-messages");
const threadPane = document.getElementById("thread");

const atBottom = (place) => place.scrollHeight - place.scrollTop - place.clientHeight < 48;
const stuck = new WeakMap([
  [channelPlace, true],
  [threadPlace, true],
]);
for (const place of [channelPlace, threadPlace]) {
  place.addEventListener("scroll", () => stuck.set(place, atBottom(place)), { passive: true });
  // A live message that grows, or a pane that shrinks, leaves the reader at the end.
  new ResizeObserver(() => stuck.get(place) && toEnd(place)).observe(place);
}

function toEnd(place) {
  place.scrollTop = place.scrollHeight;
}

let shown = "";
let newSince = null; // where the red "New" line is, for as long as the channel stays open

export function drawChannel() {
  const here = `${state.eyes}/${state.channel}`;
  const since = state.read[state.eyes]?.[state.channel] ?? "0";
  if (here !== shown) {
    newSince = unread(state.channel, state.eyes).fresh && since !== "0" ? since : null;
    stuck.set(channelPlace, true);
  }
  const where = channel(state.channel);
  render(channelPlace, where ? [opening(where), rows(inChannel(state.channel), newSince)] : []);
  if (stuck.get(channelPlace)) toEnd(channelPlace);
  shown = here;
  if (document.visibilityState === "visible" && stuck.get(channelPlace)) markRead();
}

function rows(messages, since) {
  const made = [];
  let before = null;
  let marked = false;
  for (const message of messages) {
    const date = moment(message.ts);
    if (!before || dayKey(moment(before.ts)) !== dayKey(date)) {
      made.push(h("div.day-line", { data: { key: `line-${dayKey(date)}` } }));
      made.push(
        h(
          "div.day",
          { data: { key: `day-${dayKey(date)}` }, role: "separator" },
          h("span", {}, dayName(date)),
        ),
      );
      before = null;
    }
    if (since && !marked && message.ts > since && message.user !== state.eyes) {
      marked = true;
      made.push(
        h("div.new-line", { data: { key: "new" }, role: "separator" }, h("span", {}, "New")),
      );
      before = null;
    }
    made.push(messageRow(message, { grouped: follows(message, before) }));
    before = message;
  }
  return made;
}

function opening(where) {
  const direct = where.direct_with;
  return h(
    "div.opening",
    { data: { key: `opening-${where.id}` } },
    h(
      "h2",
      {},
      direct ? nameOf(state.app.user) : [icon(where.is_ext_shared ? "shared" : "hash"), where.name],
    ),
    h(
      "p",
      {},
      direct
        ? "Only you and this app see what is said here."
        : (where.purpose.value ? `${where.purpose.value}. ` : "") +
            "This is the very beginning of the channel.",
    ),
  );
}

export function drawThread() {
  const parent = state.thread && inThread(state.channel, state.thread)[0];
  const open = Boolean(parent);
  if (threadPane.hidden === open) stuck.set(threadPlace, true);
  threadPane.hidden = !open;
  document.body.classList.toggle("with-thread", open);
  if (!open) return;
  render(
    document.getElementById("thread-head"),
    h("h2", {}, "Thread", h("span.head-more", {}, where())),
    h(
      "button.icon-button",
      {
        type: "button",
        data: { do: "close-thread" },
        "aria-label": "Close the thread",
        title: "Close",
      },
      icon("close"),
    ),
  );
  const [first, ...replies] = inThread(state.channel, state.thread);
  const made = [messageRow(first, { inThread: true })];
  const count = replies.filter((each) => !each.only_for).length;
  if (count)
    made.push(
      h(
        "div.reply-line",
        { data: { key: "replies" } },
        h("span", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
      ),
    );
  replies.forEach((each, at) =>
    made.push(messageRow(each, { grouped: follows(each, replies[at - 1]), inThread: true })),
  );
  render(threadPlace, made);
  if (stuck.get(threadPlace)) toEnd(threadPlace);
}

function where() {
  const here = channel(state.channel);
  return here.direct_with ? nameOf(state.app.user) : `#${here.name}`;
}

// Show one message: open its channel and thread, bring it into view, let it glow for a moment.
export function reveal(ts, parent) {
  if (parent && parent !== ts) state.thread = parent;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const key = parent && parent !== ts ? `thread-${ts}` : ts;
      const row = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (!row) return;
      row.scrollIntoView({ block: "center" });
      row.animate([{ backgroundColor: "var(--glow)" }, { backgroundColor: "transparent" }], 2500);
    }),
  );
}
