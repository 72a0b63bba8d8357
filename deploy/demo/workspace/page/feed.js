// The stream of changes, applied to what the page knows.
import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { changed, me, nameOf, said, seeAs, state } from "./store.js";

const put = (message) => {
  if (!state.messages.has(message.channel)) state.messages.set(message.channel, new Map());
  state.messages.get(message.channel).set(message.ts, message);
};

const apply = {
  everything(change) {
    for (const part of ["team", "app", "people", "groups", "commands", "channels"])
      state[part] = change[part];
    state.messages = new Map();
    change.messages.forEach(put);
    state.views = new Map(change.views.map((each) => [each.id, each]));
    state.faults = change.faults;
    state.errors.clear();
    state.warnings.clear();
    state.connected = true;
  },
  message({ message }) {
    const known = state.messages.get(message.channel)?.has(message.ts);
    put(message);
    if (!known) announce(message);
    state.warnings.delete(`${message.channel}/${message.ts}`);
  },
  gone({ channel, ts }) {
    state.messages.get(channel)?.delete(ts);
    if (state.thread === ts) state.thread = null;
  },
  channel({ channel }) {
    const at = state.channels.findIndex((each) => each.id === channel.id);
    if (at < 0) state.channels = [...state.channels, channel];
    else state.channels = state.channels.with(at, channel);
  },
  people({ people }) {
    state.people = people;
    // Whoever was deactivated is signed out.
    if (me().deleted) seeAs(people.find((each) => !each.deleted && !each.is_bot).id);
  },
  faults({ faults }) {
    state.faults = faults;
  },
  view({ view }) {
    state.views.set(view.id, view);
    state.errors.delete(view.id);
  },
  closed({ view_id }) {
    state.views.delete(view_id);
    state.errors.delete(view_id);
  },
  errors({ view_id, errors }) {
    state.errors.set(view_id, errors);
  },
  warning({ channel, ts, action, user }) {
    const key = `${channel}/${ts}`;
    state.warnings.set(key, [...(state.warnings.get(key) ?? []), { action, user }]);
  },
};

// Screen readers hear new messages, not every edit of a live one.
function announce(message) {
  if (message.channel !== state.channel || (message.only_for && message.only_for !== state.eyes))
    return;
  const words = h("span", {}, mrkdwn(message.text)).textContent.trim();
  document.getElementById("spoken").textContent =
    `${nameOf(message.user)}: ${words.slice(0, 200)}`;
}

export function follow() {
  const stream = new EventSource("/_page/stream");
  stream.onmessage = (event) => {
    const change = JSON.parse(event.data);
    apply[change.kind]?.(change);
    changed();
  };
  stream.onerror = () => {
    state.connected = false;
    changed();
  };
}

export const known = (channel, ts) => said(channel).some((each) => each.ts === ts);
