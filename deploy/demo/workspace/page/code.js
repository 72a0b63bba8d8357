// Code blocks: every space and line break as it was said, and a button that copies exactly that.
import { h, whenDone } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_FOR = 2000; // milliseconds

export function codeBlock(words) {
  return h(
    "div.code",
    {},
    h("pre", {}, words),
    // Beside the text, not in it: who selects the text by hand does not select "Copy".
    h(
      "button.copy",
      { type: "button", data: { do: "copy-code" }, "aria-label": "Copy this text" },
      icon("copy"),
      h("span", {}, "Copy"),
    ),
  );
}

whenDone("copy-code", async (button) => {
  const text = button.parentElement.querySelector("pre");
  let says = "Copied";
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    getSelection().selectAllChildren(text);
    says = "Press Ctrl+C";
  }
  button.lastElementChild.textContent = says;
  button.classList.add("copied");
  setTimeout(() => {
    button.lastElementChild.textContent = "Copy";
    button.classList.remove("copied");
  }, SHOWN_FOR);
});
