// An approver's own computer, beside a dialog that asks for a signature. It is no part of Slack.
import { consoleAt } from "./console.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { decoded } from "./mrkdwn.js";
import { me } from "./store.js";

const dialog = document.getElementById("modal");
const FIELD = '[data-block="proof"][data-input]'; // where the dialog wants what was signed
const GLOWS_FOR = 2500; // milliseconds

let consoles = [];
let signed = null; // the id of the view whose field holds a signature made here

// Where each approver's signing console is, a process of its own that alone reads that person's key.
export function knowConsoles(known) {
  consoles = known ?? [];
}

export function signingDesk(view) {
  const text = textToSign(view);
  const { name } = me();
  const own = consoles.find((each) => each.name === name && each.online);
  if (!text || !own) return null;
  const done = signed === view.id;
  const src = consoleAt(own.url, { text });
  return h(
    "aside.desk",
    { "aria-labelledby": "desk-title", data: { key: `desk-${view.id}` } },
    h(
      "header.desk-head",
      {},
      h("h3", { id: "desk-title" }, `${own.title}'s computer`),
      h("span.desk-about", {}, "not part of Slack"),
    ),
    h(
      "ol.desk-steps",
      {},
      step(done, "Read the text, then press ", h("strong", {}, `Sign as ${own.title}`), "."),
      step(false, "Press ", h("strong", {}, "Approve"), ", which sends the signature."),
    ),
    h("iframe", { src, title: `${own.title}'s computer` }),
    h(
      "p.desk-more",
      {},
      `In real life ${own.title} copies the text, runs `,
      h("code", {}, "vault-responder sign"),
      " on their own machine, and pastes what it prints. The key never leaves it;" +
        " here it never leaves this console, a process of its own.",
    ),
  );
}

function step(done, ...words) {
  return h(
    "li",
    { class: done ? "desk-done" : "" },
    h("span", {}, done ? icon("active", { "aria-label": "Done" }) : null, ...words),
  );
}

// What "Copy" on its code block would copy.
function textToSign(view) {
  const asks = view.blocks.some((each) => each.block_id === "proof");
  const found = view.blocks
    .map((each) => /^```(vault-responder [\s\S]+)```$/.exec(each.text?.text ?? ""))
    .find(Boolean);
  return asks && found ? decoded(found[1]) : null;
}

// The console says what it signed; only the one that is shown here is listened to.
export function whenSigned(redraw) {
  window.addEventListener("message", ({ source, data }) => {
    const frame = dialog.querySelector(".desk iframe");
    const field = dialog.querySelector(FIELD);
    if (!frame || source !== frame.contentWindow || !field) return;
    if (typeof data?.signature !== "string") return;
    field.value = data.signature;
    field.animate([{ backgroundColor: "var(--glow)" }, {}], GLOWS_FOR);
    signed = dialog.querySelector("form").dataset.view;
    redraw();
    const send = dialog.querySelector("[type=submit]");
    field.scrollIntoView({ block: "center" });
    send?.focus();
  });
}
