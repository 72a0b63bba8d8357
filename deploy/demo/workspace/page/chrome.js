// Around the messages: the bar with "Act as", the sidebar, the channel's head, the welcome.
import { h, render, whenDone } from "./dom.js";
import { faultsNow } from "./faults.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import {
  callsFor,
  channel,
  channelsOf,
  goTo,
  inChannel,
  me,
  nameOf,
  seeAs,
  state,
  unread,
} from "./store.js";

export function drawBar() {
  const people = state.people.filter((each) => !each.is_bot && !each.deleted);
  render(
    document.getElementById("bar"),
    h(
      "div.workspace",
      {},
      h("span.workspace-mark", { "aria-hidden": "true" }, state.team.name.slice(0, 1)),
      h("strong", {}, state.team.name),
    ),
    h(
      "div.act-as",
      { role: "radiogroup", "aria-label": "Act as" },
      h("span.act-as-label", { "aria-hidden": "true" }, "Act as"),
      people.map(chip),
    ),
    faultsButton(),
    h(
      "button.icon-button",
      {
        type: "button",
        data: { do: "theme" },
        title: "Light or dark",
        "aria-label": "Switch between light and dark",
      },
      icon("sun"),
      icon("moon"),
    ),
  );
}

function faultsButton() {
  const count = faultsNow();
  return h(
    "button.faults-open",
    {
      type: "button",
      data: { do: "faults" },
      title: "What Slack does wrong on purpose",
      "aria-label": count ? `Faults, ${count} on` : "Faults",
      "aria-expanded": String(document.getElementById("faults").open),
    },
    icon("fault"),
    h("span.faults-word", {}, "Faults"),
    count ? h("span.calls", { "aria-hidden": "true" }, String(count)) : null,
  );
}

function chip(each) {
  const role = each.is_restricted ? "guest" : each.role;
  const chosen = each.id === state.eyes;
  const calls = chosen ? 0 : callsFor(each.id);
  const called = calls ? `, ${calls} unread mention${calls === 1 ? "" : "s"}` : "";
  return h(
    "button.person",
    {
      type: "button",
      role: "radio",
      class: `role-${role}`,
      "aria-checked": String(chosen),
      tabindex: chosen ? "0" : "-1",
      title: `${each.real_name}, ${role}`,
      "aria-label": `${each.real_name}, ${role}${called}`,
      data: { key: each.id, do: "act-as", user: each.id },
    },
    avatar(each.id, 28),
    h(
      "span.person-words",
      {},
      h("span.person-name", {}, each.real_name),
      h("span.person-role", {}, role),
    ),
    calls ? h("span.calls", { "aria-hidden": "true" }, String(calls)) : null,
  );
}

whenDone("act-as", (element) => seeAs(element.dataset.user));
whenDone("theme", () => window.toggleTheme());

document.getElementById("bar").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".person")) return;
  event.preventDefault();
  const all = [...document.querySelectorAll(".person")];
  const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  seeAs(next.dataset.user);
  next.focus();
});

export function drawSidebar() {
  const mine = channelsOf(state.eyes);
  const rooms = mine.filter((each) => !each.direct_with);
  const direct = mine.filter((each) => each.direct_with);
  render(
    document.getElementById("sidebar"),
    h(
      "div.me",
      {},
      avatar(state.eyes, 28),
      h("span", {}, h("strong", {}, me().real_name), h("span.me-role", {}, me().role)),
    ),
    h("h2.side-title", {}, "Channels"),
    h(
      "ul",
      {},
      rooms.map((each) => item(each, icon(each.is_ext_shared ? "shared" : "hash"), each.name)),
    ),
    h("h2.side-title", {}, "Direct messages"),
    h(
      "ul",
      {},
      direct.length
        ? direct.map((each) => item(each, avatar(state.app.user, 20), nameOf(state.app.user)))
        : h("li.side-none", {}, "None yet"),
    ),
    begun() ? welcome() : null,
    state.connected ? null : h("p.side-lost", { role: "status" }, "Reconnecting…"),
  );
}

function item(each, mark, name) {
  const here = each.id === state.channel;
  const { fresh, calls } = here ? { fresh: 0, calls: 0 } : unread(each.id, state.eyes);
  return h(
    "li",
    { data: { key: each.id } },
    h(
      "button.side-item",
      {
        type: "button",
        class: fresh ? "unread" : "",
        "aria-current": here ? "page" : undefined,
        "aria-label": `${name}${fresh ? ", unread" : ""}${calls ? `, ${calls} mentions` : ""}`,
        data: { do: "channel", channel: each.id },
      },
      mark,
      h("span.side-name", {}, name),
      calls ? h("span.calls", { "aria-hidden": "true" }, String(calls)) : null,
    ),
  );
}

whenDone("channel", (element) => goTo(element.dataset.channel));

export function drawHead() {
  const here = channel(state.channel);
  if (!here) return;
  const pins = inChannel(state.channel).filter((each) => each.pinned_to);
  const name = here.direct_with ? nameOf(state.app.user) : here.name;
  document.title = `${here.direct_with ? "" : "#"}${name} · ${state.team.name}`;
  render(
    document.getElementById("head"),
    h(
      "h1",
      {},
      here.direct_with ? avatar(state.app.user, 24) : icon(here.is_ext_shared ? "shared" : "hash"),
      name,
      h("span.head-more", {}, here.direct_with ? "App" : (here.purpose?.value ?? "")),
    ),
    pins.length ? pinned(pins) : null,
    here.direct_with
      ? null
      : h(
          "span.head-count",
          { title: here.members.map(nameOf).join(", ") },
          icon("people"),
          String(here.members.length),
        ),
  );
}

function pinned(pins) {
  return h(
    "details.pins",
    {},
    h("summary", {}, icon("pin"), `${pins.length} pinned`),
    h(
      "ul",
      {},
      pins.map((each) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", data: { do: "pinned", ts: each.ts } },
            h("strong", {}, nameOf(each.user)),
            h("span", {}, each.text.slice(0, 140)),
          ),
        ),
      ),
    ),
  );
}

// What to try stands above the messages, until the visitor has begun and needs the room to read.
const begun = () => localStorage.getItem("begun");

export function drawWelcome() {
  render(document.getElementById("welcome"), begun() ? [] : welcome());
}

export function hasBegun() {
  localStorage.setItem("begun", "yes");
  drawWelcome();
  drawSidebar();
}

function welcome() {
  if (localStorage.getItem("welcomed")) return null;
  return h(
    "section.welcome",
    { "aria-label": "What to try", data: { key: "welcome" } },
    h(
      "ol",
      {},
      h(
        "li",
        {},
        "Press ",
        h("strong", {}, "Destroy the cluster"),
        " in The world: three real Vault nodes go, data and all.",
      ),
      h(
        "li",
        {},
        "Type ",
        h("code", {}, "/vault restore"),
        " in #incident and read the plan. Then act as ",
        h("strong", {}, "Bob"),
        ", and as ",
        h("strong", {}, "Carol"),
        ": press ",
        h("strong", {}, "Approve…"),
        ", ",
        h("strong", {}, "Sign"),
        ", ",
        h("strong", {}, "Approve"),
        ".",
      ),
      h(
        "li",
        {},
        "Watch the message tick. Each time it waits for custodians, press ",
        h("strong", {}, "Unseal"),
        " for three of them.",
      ),
    ),
    h(
      "button.icon-button",
      { type: "button", data: { do: "welcomed" }, "aria-label": "Dismiss", title: "Dismiss" },
      icon("close"),
    ),
  );
}

whenDone("welcomed", () => {
  localStorage.setItem("welcomed", "yes");
  drawWelcome();
  drawSidebar();
});
