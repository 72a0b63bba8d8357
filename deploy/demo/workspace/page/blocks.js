// Block Kit as Slack draws it.
import { h } from "./dom.js";
import { control, inputBlock } from "./inputs.js";
import { plain, textObject } from "./mrkdwn.js";
import { markdown, richText } from "./rich.js";

// `where` says what the blocks belong to: a message or a view, with its values and errors.
export function blocks(list, where) {
  const seen = {};
  return list.map((block) => {
    seen[block.type] = (seen[block.type] ?? 0) + 1;
    // A form's block is known by its id. A message's gets a new id at each update, as Slack asks
    // for, so there the place among its kind tells what only changed from what is new.
    const key = where.view ? block.block_id : seen[block.type];
    return one(block, where, `block-${block.type}-${key}`);
  });
}

function one(block, where, key) {
  const draw = drawn[block.type];
  const inside = draw ? draw(block, where) : [h("em", {}, `[${block.type}]`)];
  return h("div.block", { class: `block-${block.type}`, data: { key } }, inside);
}

const drawn = {
  header: (block) => [h("h3.header", {}, plain(block.text.text, block.text.emoji !== false))],
  divider: () => [h("hr")],
  section: (block, where) => [
    h(
      "div.section-words",
      {},
      block.text ? h("div", {}, textObject(block.text)) : null,
      block.fields
        ? h(
            "div.fields",
            {},
            block.fields.map((each) => h("div.field", {}, textObject(each))),
          )
        : null,
    ),
    block.accessory ? h("div.accessory", {}, control(block.accessory, block, where)) : null,
  ],
  context: (block) => [
    h(
      "div.context",
      {},
      block.elements.map((each) =>
        each.type === "image"
          ? h("span.no-image", {}, each.alt_text)
          : h("span", {}, textObject(each)),
      ),
    ),
  ],
  actions: (block, where) => [
    h(
      "div.actions",
      {},
      block.elements.map((each) => control(each, block, where)),
    ),
  ],
  image: (block) => [h("span.no-image", {}, block.alt_text)],
  rich_text: (block) => [richText(block)],
  markdown: (block) => [markdown(block.text)],
  input: (block, where) => [inputBlock(block, where)],
};
