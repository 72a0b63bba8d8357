// In a narrow window: one part of the page at a time, and tabs to go to the others.
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { changed, channelsOf, state, unread } from "./store.js";

const names = { sidebar: "Channels", channel: "Messages", world: "The world" };
const marks = { sidebar: "hash", channel: "thread", world: "sealed" };

export function drawTabs() {
  document.body.dataset.pane = state.pane;
  const others = channelsOf(state.eyes).filter((each) => each.id !== state.channel);
  const calls = others.reduce((sum, each) => sum + unread(each.id, state.eyes).calls, 0);
  render(
    document.getElementById("tabs"),
    Object.entries(names).map(([pane, name]) =>
      h(
        "button.tab",
        {
          type: "button",
          data: { key: pane, do: "tab", pane },
          "aria-current": pane === state.pane ? "page" : undefined,
        },
        icon(marks[pane]),
        h("span", {}, name),
        pane === "sidebar" && calls ? h("span.calls", {}, String(calls)) : null,
      ),
    ),
  );
}

whenDone("tab", ({ dataset }) => {
  state.pane = dataset.pane;
  changed();
});
