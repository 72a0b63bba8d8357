// The page: draws what the store knows, whenever it changes.
import { drawBar, drawHead, drawSidebar, drawWelcome } from "./chrome.js";
import { makeComposer } from "./composer.js";
import { whenDone } from "./dom.js";
import { drawFaults } from "./faults.js";
import { follow } from "./feed.js";
import { drawChannel, drawThread, reveal } from "./list.js";
import { drawModal } from "./modals.js";
import { changed, goTo, openThread, state, watch } from "./store.js";
import { drawTabs } from "./tabs.js";
import { drawWorld, watchWorld } from "./world.js";
import "./console.js";
import "./files.js";
import "./presses.js";

const nameComposer = makeComposer(document.getElementById("composer"), false);
const nameThreadComposer = makeComposer(document.getElementById("thread-composer"), true);

watch(() => {
  drawChannel();
  drawThread();
  drawBar();
  drawSidebar();
  drawHead();
  drawModal();
  drawWorld();
  drawFaults();
  drawTabs();
  nameComposer();
  nameThreadComposer();
});

whenDone("thread", (element) => {
  const { channel, ts } = element.closest(".message").dataset;
  openThread(state.messages.get(channel)?.get(ts)?.thread_ts ?? ts);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector("#thread-composer textarea").focus()),
  );
});
whenDone("close-thread", () => openThread(null));
whenDone("pinned", (element) => {
  element.closest("details").open = false;
  reveal(element.dataset.ts);
});
whenDone("dismiss", (element) => {
  const { channel, ts } = element.closest(".message").dataset;
  state.dismissed.add(`${channel}/${ts}`);
  changed();
});
whenDone("permalink", (element) => visit(new URL(element.href)));

// Esc closes the thread, as in Slack; dialogs close themselves.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.thread && !document.querySelector("dialog[open]"))
    openThread(null);
});

// F6 goes from one part of the page to the next, as in Slack: Tab alone passes every message.
document.addEventListener("keydown", (event) => {
  if (event.key !== "F6" || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  const parts = ["bar", "sidebar", "channel", "thread", "world"]
    .map((id) => document.getElementById(id))
    .filter((each) => !each.hidden);
  const here = parts.findIndex((each) => each.contains(document.activeElement));
  const next = event.shiftKey ? Math.max(here, 0) - 1 : here + 1;
  const part = parts.at(next % parts.length);
  const wanted = part.querySelector("textarea, [aria-checked=true], [aria-current]");
  (wanted ?? part.querySelector("button:enabled"))?.focus();
});
document.addEventListener("visibilitychange", changed);

// /archives/CHANNEL/pTS: a permalink, as chat.getPermalink makes them.
function visit(url) {
  const found = /^\/archives\/(\w+)(?:\/p(\d{10})(\d{6}))?/.exec(url.pathname);
  if (!found) return;
  goTo(found[1]);
  if (found[2]) reveal(`${found[2]}.${found[3]}`, url.searchParams.get("thread_ts"));
  changed();
}

follow();
drawWelcome();
drawWorld();
watchWorld();
if (location.pathname !== "/") {
  const asked = new URL(location.href);
  history.replaceState(null, "", "/");
  const wait = () => (state.connected ? visit(asked) : requestAnimationFrame(wait));
  wait();
}
