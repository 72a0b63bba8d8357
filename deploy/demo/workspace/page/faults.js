// The panel of faults: what Slack does wrong on purpose, as switches in plain words.
import { act, toast } from "./api.js";
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { changed, channel, said, state } from "./store.js";

const panel = document.getElementById("faults");

// How calls go wrong, for those that the two choices above the switches name.
const calls = { which: "*", chance: 1 };
const forCalls = (more = {}) => [
  { method: [calls.which], chance: calls.chance, times: null, ...more },
];
const ofCall = (kind, more) => ({ on: () => ({ [kind]: forCalls(more) }), off: { [kind]: [] } });
const ofSocket = (kind) => ({ on: () => ({ [kind]: [{ times: null }] }), off: { [kind]: [] } });
const ofValue = (name, on, off) => ({ on: () => ({ [name]: on }), off: { [name]: off } });

const callSwitches = {
  rate_limit: ["Slack says “too many requests”", "wait 5 seconds", { retry_after: 5 }],
  http_500: ["Slack answers with a server error", "nothing happens"],
  reset: ["The connection breaks", "nothing happens"],
  lost_answer: ["The answer gets lost", "but Slack did what was asked"],
  silence: ["Slack takes the call and never answers", "nothing happens"],
};
const socketSwitches = {
  silent: ["Commands and clicks get lost", "the app looks connected", ofValue("silent", true, false)],
  socket_refused: ["The app cannot connect", "each try is refused", ofSocket("socket_refused")],
  socket_dead: ["New connections are dead", "open, but silent", ofSocket("socket_dead")],
  refresh_every_s: [
    "A new connection every 6 seconds",
    "Slack asks for it",
    ofValue("refresh_every_s", 6, null),
  ],
};
const scopes = {
  "pins:write": "pin messages",
  "files:write": "upload files",
  "users:read": "look people up",
  "channels:history": "read what was said",
};
const tokens = {
  "": "is good",
  token_revoked: "was revoked",
  account_inactive: "belongs to a removed app",
  invalid_auth: "is wrong",
};
const methods = {
  "*": "all calls",
  "chat.postMessage": "new messages",
  "chat.update": "edits of messages",
  "views.open": "opening dialogs",
  "users.info": "looking people up",
  response_url: "answers to commands",
};
const chances = { 1: "always", 0.5: "every second time", 0.1: "one time in ten" };

const isOn = (name) => {
  const held = state.faults[name];
  return Array.isArray(held) ? held.length > 0 : Boolean(held);
};

export function faultsNow() {
  const faults = state.faults;
  const names = [...Object.keys(callSwitches), ...Object.keys(socketSwitches)];
  const on = names.filter(isOn).length;
  const flags = [faults.lag_ms, faults.token, faults.edit_window_closed, faults.tiers === false];
  return (
    on +
    flags.filter(Boolean).length +
    (faults.missing_scopes?.length ?? 0) +
    (faults.archived?.length ?? 0)
  );
}

export function drawFaults() {
  if (!panel.open) return;
  render(panel, head(), h("div.faults-body", { tabindex: "-1" }, parts()));
  // Attributes are only where a switch began; what was touched since has to be told.
  for (const each of panel.querySelectorAll("input")) each.checked = each.hasAttribute("checked");
  for (const each of panel.querySelectorAll("select"))
    each.value = each.querySelector("[selected]").value;
}

function head() {
  const count = faultsNow();
  return h(
    "header.modal-head",
    {},
    h("h2", { id: "faults-title" }, "Faults"),
    h(
      "button.button.small",
      { type: "button", data: { do: "end-faults" }, disabled: !count },
      "End all",
    ),
    h(
      "button.icon-button",
      { type: "button", data: { do: "faults" }, "aria-label": "Close", title: "Close (Esc)" },
      icon("close"),
    ),
  );
}

function parts() {
  const here = channel(state.channel);
  return [
    h("p.faults-about", {}, "What Slack does wrong on purpose. Vault is not touched."),
    part(
      "When the app calls Slack",
      h("div.faults-choices", {}, choice("which", methods), choice("chance", chances)),
      Object.entries(callSwitches).map(([name, [says, more]]) => toggle(name, says, more)),
      toggle("lag_ms", "Slack is slow", "half a second more for each call"),
      toggle("tiers", "Slack's own limits hold", "a post a second, 50 edits a minute"),
    ),
    part(
      "When Slack calls the app",
      Object.entries(socketSwitches).map(([name, [says, more]]) => toggle(name, says, more)),
      h(
        "div.faults-acts",
        {},
        once("drop_socket", true, "Break the connection"),
        once("kill_socket", true, "Let it go dead"),
        once("disconnect", "refresh_requested", "Ask for a new one"),
        once("redeliver_last", true, "Send the last click again"),
      ),
    ),
    part(
      "What the app may do",
      h("label.faults-line", {}, h("span", {}, "The app's token"), tokenChoice()),
      Object.entries(scopes).map(([name, says]) =>
        box({ scope: name }, state.faults.missing_scopes?.includes(name), `It may not ${says}`),
      ),
    ),
    part(
      "Messages and channels",
      toggle("edit_window_closed", "Messages can no longer be edited"),
      here && !here.direct_with
        ? box({ archive: here.id }, here.is_archived, `#${here.name} is archived`)
        : null,
      h(
        "div.faults-acts",
        {},
        h(
          "button.button.small",
          { type: "button", data: { do: "delete-last" }, disabled: !lastOfApp() },
          "Delete the app's last message here",
        ),
      ),
    ),
    part("People", people()),
  ];
}

const part = (title, ...inside) =>
  h(
    "section.faults-part",
    { "aria-label": title, data: { key: title } },
    h("h3", {}, title),
    ...inside,
  );

function box(data, checked, says, more) {
  return h(
    "label.fault",
    { data: { key: JSON.stringify(data) } },
    h("input", {
      type: "checkbox",
      role: "switch",
      checked: Boolean(checked),
      data: { fault: "", ...data },
    }),
    h("span", {}, says, more ? h("span.fault-more", {}, more) : null),
  );
}

const toggle = (name, says, more) => box({ name }, isOn(name), says, more);

function choice(name, options) {
  return h(
    "select.select",
    { "aria-label": name === "which" ? "Which calls" : "How often", data: { choice: name } },
    Object.entries(options).map(([value, says]) =>
      h("option", { value, selected: String(calls[name]) === value }, says),
    ),
  );
}

function tokenChoice() {
  return h(
    "select.select",
    { data: { choice: "token" } },
    Object.entries(tokens).map(([value, says]) =>
      h("option", { value, selected: (state.faults.token ?? "") === value }, says),
    ),
  );
}

const once = (name, value, says) =>
  h(
    "button.button.small",
    { type: "button", data: { do: "fault-once", body: JSON.stringify({ [name]: value }) } },
    says,
  );

function people() {
  const mine = state.people.filter((each) => !each.is_bot && !each.is_stranger);
  return h(
    "table.faults-people",
    {},
    h(
      "thead",
      {},
      h("tr", {}, h("th", {}, "Name"), h("th", {}, "guest"), h("th", {}, "deactivated")),
    ),
    h(
      "tbody",
      {},
      mine.map((each) =>
        h(
          "tr",
          { data: { key: each.id } },
          h("th", { scope: "row" }, each.real_name),
          ...["is_restricted", "deleted"].map((change) => h("td", {}, personBox(each, change))),
        ),
      ),
    ),
  );
}

function personBox(each, change) {
  const is = change === "deleted" ? "deactivated" : "a guest";
  return h("input", {
    type: "checkbox",
    role: "switch",
    checked: Boolean(each[change]),
    "aria-label": `${each.real_name} is ${is}`,
    data: { fault: "", user: each.id, change },
  });
}

async function tell(word, body) {
  const answer = await act(word, body);
  if (!answer.ok) toast(answer.error);
}

function asked({ name, scope, archive }, on) {
  if (scope || archive) {
    const [list, one] = scope ? ["missing_scopes", scope] : ["archived", archive];
    const others = (state.faults[list] ?? []).filter((each) => each !== one);
    return { [list]: on ? [...others, one] : others };
  }
  if (name === "tiers") return { tiers: on };
  if (name === "edit_window_closed") return { edit_window_closed: on };
  if (name === "lag_ms") return { lag_ms: on ? 500 : 0 };
  const made = socketSwitches[name]?.[2] ?? ofCall(name, callSwitches[name][2]);
  return on ? made.on() : made.off;
}

panel.addEventListener("change", ({ target }) => {
  const { choice: chosen, user, change, fault } = target.dataset;
  if (chosen === "token") tell("faults", { token: target.value || null });
  else if (chosen) {
    calls[chosen] = chosen === "chance" ? Number(target.value) : target.value;
    const on = Object.keys(callSwitches).filter(isOn);
    const again = Object.assign({}, ...on.map((each) => asked({ name: each }, true)));
    if (on.length) tell("faults", again);
  } else if (user) tell("user", { user, [change]: target.checked });
  else if (fault !== undefined) tell("faults", asked(target.dataset, target.checked));
});

const lastOfApp = () => said(state.channel).findLast((each) => each.bot_id && !each.only_for);

whenDone("delete-last", () => tell("delete", { channel: state.channel, ts: lastOfApp().ts }));
whenDone("fault-once", ({ dataset }) => tell("faults", JSON.parse(dataset.body)));
whenDone("end-faults", () => {
  panel.querySelector(".faults-body").focus(); // the button goes grey, and would lose the focus
  tell("faults", {});
});
whenDone("faults", () => {
  if (panel.open) {
    panel.close();
    document.querySelector(".bar [data-do=faults]").focus();
  } else {
    panel.show();
    drawFaults();
    panel.querySelector(".faults-body").focus();
  }
  changed();
});
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  panel.close();
  document.querySelector(".bar [data-do=faults]").focus();
  changed();
});
