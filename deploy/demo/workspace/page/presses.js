// Clicks and choices inside messages and modals.
import { act } from "./api.js";
import { whenDone } from "./dom.js";
import { optionAt, valueOf, valuesIn } from "./inputs.js";
import { confirmed, pressed } from "./modals.js";
import { state, topView } from "./store.js";

function placeOf(element) {
  const row = element.closest(".message");
  if (row) {
    const { channel, ts } = row.dataset;
    const message = state.messages.get(channel)?.get(ts);
    return message && { list: message.blocks ?? [], row, body: { channel, messageTs: ts } };
  }
  const view = topView();
  return (
    view && { list: view.blocks, row: document.getElementById("modal"), body: { view_id: view.id } }
  );
}

function elementOf(list, { block, action }) {
  const held = list.find((each) => each.block_id === block);
  const elements = [held?.accessory, held?.element, ...(held?.elements ?? [])];
  return [elements.find((each) => each?.action_id === action), held];
}

async function send(source, value) {
  const place = placeOf(source);
  const [element] = place ? elementOf(place.list, source.dataset) : [];
  if (!element) return;
  if (!(await confirmed(element.confirm))) return;
  const action = {
    type: element.type,
    action_id: element.action_id,
    block_id: source.dataset.block,
    ...value(element),
  };
  const waiting = source.matches("button") ? source : null;
  waiting?.classList.add("waiting");
  await pressed(
    act("interact", {
      ...place.body,
      user: state.eyes,
      action,
      state: valuesIn(place.row, place.list),
    }),
  );
  waiting?.classList.remove("waiting");
}

whenDone("press", (button) => {
  if (button.href) window.open(button.href, "_blank", "noopener");
  send(button, (element) => (element.value === undefined ? {} : { value: element.value }));
});

// Choices in a message act at once; in a modal only where the block asks for it.
document.addEventListener("change", (event) => {
  const input = event.target.closest("[data-input]");
  if (!input) return;
  const place = placeOf(input);
  const [element, block] = place ? elementOf(place.list, input.dataset) : [];
  if (!element || (block.type === "input" && !block.dispatch_action)) return;
  if (element.type === "overflow") {
    send(input, () => ({ selected_option: optionAt(element, input.value) }));
    input.value = "";
    return;
  }
  send(input, () => valueOf(input, element));
});
