// The consoles of the custodians.
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";

// A custodian's console is a process of its own; this page only shows it, in a frame beside the
// world, so that each share is seen to arrive.
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
    h("iframe", { src: url, title: `${title}'s console`, data: { key: url } }),
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
