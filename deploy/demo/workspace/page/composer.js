// Where people type: messages, slash commands with completion, mentions, and what they typed before.
import { act, toast } from "./api.js";
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { channel, nameOf, state } from "./store.js";

const typedBefore = JSON.parse(sessionStorage.getItem("typed") ?? "{}");

function remember(words) {
  const mine = (typedBefore[state.eyes] ?? []).filter((each) => each !== words);
  typedBefore[state.eyes] = [...mine, words].slice(-50);
  sessionStorage.setItem("typed", JSON.stringify(typedBefore));
}

export function makeComposer(place, inThread) {
  const name = inThread ? "thread" : "channel";
  const area = h("textarea", {
    rows: 1,
    autocomplete: "off",
    spellcheck: "true",
    "aria-haspopup": "listbox",
    "aria-autocomplete": "list",
    "aria-controls": `${name}-offers`,
  });
  const offers = h("div.offers", {
    id: `${name}-offers`,
    role: "listbox",
    "aria-label": "Completions",
    hidden: true,
  });
  const button = h(
    "button.send",
    { type: "button", "aria-label": "Send", title: "Send", disabled: true },
    icon("send"),
  );
  const hint = h("span.composer-hint", {});
  const note = h("p.archived-note", { role: "status", hidden: true });
  place.append(note, h("div.composer", {}, offers, area, h("div.composer-foot", {}, hint, button)));
  let offered = [];
  let chosen = -1;
  let back = 0;

  const isWhole = (each) => each.typed === each.becomes.trim();
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  };

  function put(words) {
    area.value = words;
    area.setSelectionRange(words.length, words.length);
    refresh();
  }

  function refresh() {
    grow();
    button.disabled = !area.value.trim();
    offered =
      inThread && area.value.startsWith("/")
        ? []
        : completions(area.value.slice(0, area.selectionStart));
    chosen = Math.min(chosen, offered.length - 1);
    // Words after the command are only offered: Enter sends what was typed until one is chosen.
    if (chosen < 0 && offered.length && !offered[0].soft) chosen = 0;
    const open = offered.length > 0;
    offers.hidden = !open;
    if (open && chosen >= 0) area.setAttribute("aria-activedescendant", `${name}-offer-${chosen}`);
    else area.removeAttribute("aria-activedescendant");
    render(
      offers,
      offered.map((each, at) => offer(each, at, name, at === chosen)),
    );
    offers.children[chosen]?.scrollIntoView({ block: "nearest" });
    render(hint, hintFor(area.value, inThread));
  }

  function take(each) {
    const before = area.value.slice(0, area.selectionStart);
    const after = area.value.slice(area.selectionStart);
    chosen = -1;
    put(before.slice(0, before.length - each.typed.length) + each.becomes + after);
    area.focus();
  }

  async function send() {
    const words = area.value.trim();
    if (!words) return;
    remember(words);
    back = 0;
    put("");
    await say(words, inThread ? state.thread : null);
  }

  area.addEventListener("input", () => {
    back = 0;
    chosen = -1;
    refresh();
  });
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = offered.length > 0;
    if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen =
        event.key === "ArrowDown"
          ? (chosen + 1) % offered.length
          : (chosen <= 0 ? offered.length : chosen) - 1;
      refresh();
    } else if (
      open &&
      !event.shiftKey &&
      (event.key === "Tab" || (event.key === "Enter" && chosen >= 0 && !isWhole(offered[chosen])))
    ) {
      event.preventDefault();
      take(offered[Math.max(0, chosen)]);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      offered = [];
      offers.hidden = true;
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && (!area.value || back) && !event.shiftKey) {
      const mine = typedBefore[state.eyes] ?? [];
      if (back < mine.length) {
        event.preventDefault();
        back += 1;
        const kept = back;
        put(mine[mine.length - back]);
        back = kept;
        offers.hidden = true;
        offered = [];
      }
    } else if (event.key === "ArrowDown" && back) {
      event.preventDefault();
      back -= 1;
      put(back ? typedBefore[state.eyes].at(-back) : "");
      offers.hidden = true;
      offered = [];
    }
  });
  area.addEventListener("blur", () => setTimeout(() => (offers.hidden = true), 150));
  area.addEventListener("focus", refresh);
  button.addEventListener("click", send);
  offers.addEventListener("mousedown", (event) => {
    const row = event.target.closest("[data-at]");
    if (!row) return;
    event.preventDefault();
    take(offered[Number(row.dataset.at)]);
  });

  refresh();
  return () => {
    const here = channel(state.channel);
    const name = !here ? "" : here.direct_with ? nameOf(state.app.user) : `#${here.name}`;
    // Slack takes the composer away, and says why.
    const archived = Boolean(here?.is_archived);
    note.hidden = !archived;
    place.lastElementChild.hidden = archived;
    render(note, archived ? `${name} is archived: nobody can write here.` : []);
    const words = inThread ? "Reply…" : `Message ${name}`;
    area.placeholder = words;
    area.setAttribute("aria-label", inThread ? "Reply in the thread" : `Message ${name}`);
  };
}

async function say(words, thread) {
  const body = { channel: state.channel, user: state.eyes };
  if (!words.startsWith("/")) {
    const answer = await act("message", { ...body, text: words, thread_ts: thread ?? undefined });
    if (!answer.ok) toast(answer.error);
    return;
  }
  const [command, ...rest] = words.split(/ (.*)/s);
  if (thread) {
    toast(`${command} is not supported in threads. Sorry!`);
    return;
  }
  const answer = await act("command", { ...body, command, text: rest.join("").trim() });
  if (!answer.ok && !answer.ephemeral) toast(answer.error);
}

// Completion: the command, its words (from its usage hint, as the app declares it), and people.
function completions(before) {
  const start = /^\/(\S*)$/.exec(before);
  if (start) {
    return state.commands
      .filter((each) => each.name.startsWith(before))
      .map((each) => ({
        typed: before,
        becomes: `${each.name} `,
        name: each.name,
        more: each.usage_hint,
        about: each.description,
        app: true,
      }));
  }
  const command = state.commands.find((each) => before.startsWith(`${each.name} `));
  const word = command && /^\S+ (\S*)$/.exec(before);
  if (word) {
    return command.usage_hint
      .split("|")
      .map((each) => each.trim())
      .filter(
        (each) => each && each.split(" ")[0].startsWith(word[1]) && each.split(" ")[0] !== word[1],
      )
      .map((each) => ({
        typed: word[1],
        becomes: `${each.split(" ")[0]} `,
        name: `${command.name} ${each.split(" ")[0]}`,
        more: each.split(" ").slice(1).join(" "),
        soft: true,
      }));
  }
  const at = /(?:^|\s)@(\w*)$/.exec(before);
  if (!at) return [];
  return state.people
    .filter(
      (each) =>
        !each.deleted &&
        each.id !== "USLACKBOT" &&
        each.name.startsWith(at[1].toLowerCase()) &&
        at[1] !== each.name,
    )
    .slice(0, 8)
    .map((each) => ({
      typed: at[1],
      becomes: `${each.name} `,
      name: each.real_name,
      more: each.role,
      person: each.id,
    }));
}

function offer(each, at, place, chosen) {
  return h(
    "div.offer",
    {
      id: `${place}-offer-${at}`,
      role: "option",
      class: chosen ? "chosen" : "",
      "aria-selected": String(chosen),
      data: { at, key: `${each.name}` },
    },
    each.person ? avatar(each.person, 24) : each.app ? avatar(state.app.user, 24) : null,
    h("strong", {}, each.name),
    h("span.offer-more", {}, each.more),
    each.about ? h("span.offer-about", {}, each.about) : null,
  );
}

function hintFor(words, inThread) {
  if (inThread) return words ? [h("b", {}, "Shift + Enter"), " for a new line"] : [];
  const command = state.commands.find((each) => words.startsWith(`${each.name} `));
  if (command) return [h("b", {}, command.name), ` ${command.usage_hint}`];
  return words
    ? [h("b", {}, "Shift + Enter"), " for a new line"]
    : ["Type ", h("b", {}, "/"), " for commands"];
}

whenDone("focus-composer", () => document.querySelector("#composer textarea").focus());
