// A file of a message, opened in place.
import { toast } from "./api.js";
import { codeBlock } from "./code.js";
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./rich.js";

const viewer = document.getElementById("viewer");

whenDone("view-file", async ({ dataset: { file, name } }) => {
  const answer = await fetch(`/_control/files/${file}`);
  if (!answer.ok) {
    toast(`${name} cannot be read`);
    return;
  }
  const words = await answer.text();
  render(
    viewer,
    h(
      "div.modal-form",
      {},
      h(
        "header.modal-head",
        {},
        icon("file"),
        h("h2", { id: "viewer-title" }, name),
        h(
          "a.icon-button",
          {
            href: `/_control/files/${file}`,
            download: name,
            title: "Download",
            "aria-label": `Download ${name}`,
          },
          icon("download"),
        ),
        h(
          "button.icon-button",
          {
            type: "button",
            data: { do: "close-viewer" },
            "aria-label": "Close",
            title: "Close (Esc)",
          },
          icon("close"),
        ),
      ),
      h(
        "div.modal-body.viewer-body",
        { tabindex: "0" },
        name.endsWith(".md") ? markdown(words) : codeBlock(words),
      ),
    ),
  );
  viewer.showModal();
  viewer.querySelector(".viewer-body").focus();
});

whenDone("close-viewer", () => viewer.close());
