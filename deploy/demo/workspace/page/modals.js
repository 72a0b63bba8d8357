// Modals and confirm dialogs, with the browser's own dialog: focus stays inside, Esc closes.
import { act, toast } from "./api.js";
import { blocks } from "./blocks.js";
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { isEmpty, valuesIn } from "./inputs.js";
import { avatar } from "./message.js";
import { plain, textObject } from "./mrkdwn.js";
import { signingDesk, whenSigned } from "./signing.js";
import { changed, state, topView } from "./store.js";

const dialog = document.getElementById("modal");
const question = document.getElementById("confirm");

const MOST_TYPED = 3000; // in one field, unless it says less

let drawn = null; // the id of the view on the screen
let busy = null; // the id of the view that waits for the app
let trouble = null;
let missing = {};

export function drawModal() {
  const view = topView();
  if (!view) {
    drawn = null;
    if (dialog.open) dialog.close();
    return;
  }
  if (view.id !== drawn) {
    busy = null;
    trouble = null;
    missing = {};
    render(dialog, []); // another view's answers are not this one's
  }
  const errors = { ...state.errors.get(view.id), ...missing };
  const waits = busy === view.id;
  const desk = signingDesk(view);
  dialog.classList.toggle("with-desk", Boolean(desk));
  render(
    dialog,
    h(
      "form.modal-form",
      { novalidate: true, data: { view: view.id }, "aria-busy": String(waits) },
      h(
        "header.modal-head",
        {},
        avatar(state.app.user, 28),
        h("h2", { id: "modal-title" }, plain(view.title.text)),
        h(
          "button.icon-button",
          {
            type: "button",
            data: { do: "close-modals" },
            "aria-label": "Close",
            title: "Close (Esc)",
          },
          icon("close"),
        ),
      ),
      h(
        "div.modal-body",
        { tabindex: "-1" },
        trouble ? h("p.trouble", { role: "alert" }, icon("warning"), trouble) : null,
        h("div.blocks", {}, blocks(view.blocks, { view: view.id, errors })),
      ),
      h(
        "footer.modal-foot",
        {},
        h(
          "button.button",
          { type: "button", data: { do: "close-modal" } },
          plain(view.close?.text ?? (view.previous_view_id ? "Back" : "Cancel")),
        ),
        view.submit
          ? h(
              "button.button.button-submit",
              { type: "submit", disabled: waits || view.submit_disabled },
              waits ? h("span.spinner", {}) : null,
              plain(view.submit.text),
            )
          : null,
      ),
    ),
    desk,
  );
  const first = view.id !== drawn;
  drawn = view.id;
  if (!dialog.open) dialog.showModal();
  if (first) focusFirst();
}

function focusFirst() {
  const wanted =
    dialog.querySelector("[autofocus]") ??
    // Who is to sign reads first, and the field is far below what there is to read.
    dialog.querySelector(":scope:not(.with-desk) :is([data-input]:not(.choices), [data-input] input)");
  (wanted ?? dialog.querySelector(".modal-body")).focus();
}

whenSigned(() => {
  missing = {};
  drawModal();
});

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeAll();
});

async function close(everything) {
  const view = topView();
  if (view) await act("close", { user: state.eyes, view_id: view.id, everything });
}
const closeAll = () => close(true);
whenDone("close-modals", closeAll);
whenDone("close-modal", () => close(false));

dialog.addEventListener("submit", async (event) => {
  event.preventDefault();
  const view = topView();
  if (!view || busy) return;
  const values = valuesIn(dialog, view.blocks);
  missing = required(view, values);
  trouble = null;
  state.errors.delete(view.id);
  if (Object.keys(missing).length) {
    changed();
    requestAnimationFrame(() =>
      requestAnimationFrame(() => dialog.querySelector("[aria-invalid]")?.focus()),
    );
    return;
  }
  busy = view.id;
  changed();
  const answer = await act("submit", { user: state.eyes, view_id: view.id, values });
  busy = null;
  if (!answer.ok && !answer.errors) trouble = "We had some trouble connecting. Try again?";
  changed();
  if (answer.errors)
    requestAnimationFrame(() =>
      requestAnimationFrame(() => dialog.querySelector("[aria-invalid]")?.focus()),
    );
});

// What Slack's client asks for before it sends anything.
function required(view, values) {
  const wrong = {};
  for (const block of view.blocks.filter((each) => each.type === "input")) {
    const value = values[block.block_id]?.[block.element.action_id];
    if (!block.optional && isEmpty(value))
      wrong[block.block_id] = "Please complete this required field.";
    const typed = value?.value;
    if (typed && block.element.min_length > typed.length)
      wrong[block.block_id] = `Please enter at least ${block.element.min_length} characters.`;
    // Said, not cut off: a text that was pasted is whole or it is nothing.
    const most = block.element.max_length ?? MOST_TYPED;
    if (block.element.type === "plain_text_input" && typed?.length > most)
      wrong[block.block_id] = `Please enter no more than ${most} characters.`;
  }
  return wrong;
}

// Ask first, where the element has a confirm dialog; a script would not be asked.
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return ask(
    textObject(confirm.title),
    textObject(confirm.text),
    plain(confirm.confirm.text),
    plain(confirm.deny.text),
    confirm.style,
  );
}

export function ask(title, words, yes, no, style = "primary") {
  render(
    question,
    h(
      "form.modal-form",
      { method: "dialog" },
      h("header.modal-head", {}, h("h2", { id: "confirm-title" }, title)),
      h("div.modal-body", {}, h("div.words", {}, words)),
      h(
        "footer.modal-foot",
        {},
        h("button.button", { value: "no" }, no),
        h(
          "button.button",
          { value: "yes", class: style === "danger" ? "button-danger-full" : "button-submit" },
          yes,
        ),
      ),
    ),
  );
  question.returnValue = "no";
  question.showModal();
  question.querySelector(style === "danger" ? '[value="no"]' : '[value="yes"]').focus();
  return new Promise((resolve) =>
    question.addEventListener("close", () => resolve(question.returnValue === "yes"), {
      once: true,
    }),
  );
}
question.addEventListener("cancel", () => (question.returnValue = "no"));

export async function pressed(answering) {
  const answer = await answering;
  if (!answer.ok && !["operation_timeout", "dispatch_failed"].includes(answer.error))
    toast(answer.error);
}
