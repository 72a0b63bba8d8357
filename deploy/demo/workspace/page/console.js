// The consoles of custodians and approvers.
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { state } from "./store.js";

// A person in the world, with the button that opens their console.
export function personRow(each, ...acts) {
  return h(
    "li",
    { data: { key: each.name } },
    avatar(state.people.find((one) => one.name === each.name)?.id, 24),
    h(
      "span.people-name",
      {},
      each.title ?? each.name,
      each.online ? null : h("span.offline", {}, " offline"),
    ),
    each.url
      ? h(
          "button.link",
          {
            type: "button",
            data: { do: "console", url: each.url, title: each.title ?? each.name },
            "aria-label": `Open ${each.title}'s console`,
          },
          "Console",
        )
      : null,
    ...acts,
  );
}

// Where to show a console, which looks like the page around it; `words` are what else it is told.
export function consoleAt(url, words = {}) {
  const { theme } = document.documentElement.dataset;
  return `${url}#${new URLSearchParams({ theme, ...words })}`;
}

// A console is a process of its own; this page only shows it, in a frame beside the world, so that
// each share is seen to arrive.
const drawer = document.getElementById("console");
let opener = null;

whenDone("console", (button) => {
  const { url, title } = button.dataset;
  opener = button;
  render(
    drawer,
    h(
      "header.modal-head",
      {},
      h("h2", { id: "console-title" }, `${title}'s console`),
      h(
        "a.icon-button",
        {
          href: url,
          target: "_blank",
          rel: "noopener noreferrer",
          title: "Open in a window of its own",
          "aria-label": "Open in a window of its own",
        },
        icon("external"),
      ),
      h(
        "button.icon-button",
        {
          type: "button",
          data: { do: "close-console" },
          "aria-label": "Close",
          title: "Close (Esc)",
        },
        icon("close"),
      ),
    ),
    h("iframe", { src: consoleAt(url), title: `${title}'s console`, data: { key: url } }),
  );
  if (!drawer.open) drawer.show();
  drawer.querySelector("[data-do=close-console]").focus();
});

function closeConsole() {
  drawer.close();
  render(drawer, []);
  opener?.focus();
}
whenDone("close-console", closeConsole);
drawer.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  closeConsole();
});
