// What the page knows, and through whose eyes it is seen.

const kept = (name, otherwise) => {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
};
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));

export const state = {
  team: { name: "" },
  app: {},
  people: [],
  groups: [],
  commands: [],
  channels: [],
  messages: new Map(), // channel -> Map(ts -> message)
  views: new Map(), // kept in the order they were opened: each person's stack
  errors: new Map(), // view -> block -> what is wrong
  warnings: new Map(), // channel/ts -> [{action, user}]
  dismissed: new Set(), // ephemeral messages a person closed
  eyes: kept("eyes", "U0ALICE"),
  channel: kept("channel", "C0INCIDENT"),
  thread: null,
  pane: "channel", // what a narrow window shows: "sidebar", "channel" or "world"
  faults: {},
  read: kept("read", {}), // person -> channel -> ts
  connected: false,
};

const watchers = new Set();
let drawing = false;

export function watch(draw) {
  watchers.add(draw);
}

// Many changes in one moment are drawn once, and none between the press of a button and its
// release: where it moves away in between, a browser takes the press for none.
export function changed() {
  if (drawing || pressed) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (pressed) return;
    for (const draw of watchers) draw();
  });
}

let pressed = null; // the timer that lets go of a press which nobody saw end
const LONGEST_PRESS = 1000; // milliseconds

document.addEventListener("pointerdown", () => {
  clearTimeout(pressed);
  pressed = setTimeout(released, LONGEST_PRESS);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, released);

function released() {
  clearTimeout(pressed);
  pressed = null;
  changed();
}

// Lookups

export const person = (id) => state.people.find((each) => each.id === id);
export const channel = (id) => state.channels.find((each) => each.id === id);
export const me = () => person(state.eyes) ?? { id: state.eyes, real_name: "", role: "" };

export function nameOf(id) {
  return person(id)?.real_name ?? id;
}

export function channelsOf(user) {
  return state.channels.filter((each) => each.members.includes(user));
}

// Timestamps only grow, so the order of arrival is the order of the channel.
export function said(channelId) {
  return [...(state.messages.get(channelId)?.values() ?? [])];
}

const sees = (user, message) => !message.only_for || message.only_for === user;
export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
const hidden = (message) => state.dismissed.has(`${message.channel}/${message.ts}`);

// A browser draws some hundred messages at once without trouble; nobody reads more.
const MOST_SHOWN = 300;

export function inChannel(channelId, user = state.eyes) {
  return said(channelId)
    .filter((each) => sees(user, each) && !hidden(each) && (!isReply(each) || each.broadcast))
    .slice(-MOST_SHOWN);
}

export function inThread(channelId, parent, user = state.eyes) {
  return said(channelId).filter(
    (each) =>
      sees(user, each) && !hidden(each) && (each.ts === parent || each.thread_ts === parent),
  );
}

export function topView(user = state.eyes) {
  return [...state.views.values()].filter((each) => each.user === user).at(-1);
}

// Unread and mentions

const groupsOf = (user) =>
  state.groups.filter((each) => each.users?.includes(user)).map((each) => each.id);

const wordsOf = new WeakMap(); // written out once a message, however many people look at it

function written(message) {
  if (!wordsOf.has(message))
    wordsOf.set(message, JSON.stringify([message.text, message.blocks ?? []]));
  return wordsOf.get(message);
}

export function mentions(message, user) {
  const words = written(message);
  return (
    words.includes(`<@${user}`) ||
    words.includes(`"user_id":"${user}"`) ||
    groupsOf(user).some((each) => words.includes(`<!subteam^${each}`)) ||
    /<!(channel|here|everyone)/.test(words)
  );
}

export function unread(channelId, user) {
  const since = state.read[user]?.[channelId] ?? "0";
  const direct = Boolean(channel(channelId)?.direct_with);
  let fresh = 0;
  let calls = 0;
  const all = said(channelId);
  for (let at = all.length - 1; at >= 0 && all[at].ts > since; at -= 1) {
    const each = all[at];
    if (each.user === user || !sees(user, each)) continue;
    const called = direct || mentions(each, user);
    if (!isReply(each) || each.broadcast || called) fresh += 1;
    if (called) calls += 1;
  }
  return { fresh, calls };
}

export function callsFor(user) {
  return channelsOf(user).reduce((sum, each) => sum + unread(each.id, user).calls, 0);
}

export function markRead(channelId = state.channel, user = state.eyes) {
  const last = said(channelId).at(-1)?.ts;
  if (!last || (state.read[user]?.[channelId] ?? "0") >= last) return false;
  state.read[user] = { ...state.read[user], [channelId]: last };
  keep("read", state.read);
  return true;
}

// Going somewhere

export function goTo(channelId) {
  if (state.channel !== channelId) state.thread = null;
  state.channel = channelId;
  state.pane = "channel";
  keep("channel", channelId);
  changed();
}

export function openThread(ts) {
  state.thread = ts;
  changed();
}

export function seeAs(user) {
  state.eyes = user;
  keep("eyes", user);
  // What was read aloud to one person is not for the next.
  document.getElementById("spoken").textContent = "";
  const mine = channelsOf(user);
  if (!mine.some((each) => each.id === state.channel)) {
    const direct = channel(state.channel)?.direct_with;
    const instead = direct ? mine.find((each) => each.direct_with) : null;
    state.thread = null;
    state.channel = (instead ?? mine[0])?.id ?? state.channel;
    keep("channel", state.channel);
  }
  changed();
}
