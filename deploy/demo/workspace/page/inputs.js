// Interactive elements: buttons, selects, boxes and text, in messages and in modals.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { plain, textObject } from "./mrkdwn.js";
import { state } from "./store.js";

let made = 0;

const names = (element, block) => ({
  block: block.block_id,
  action: element.action_id,
  type: element.type,
});
const optionsOf = (element) =>
  element.options ?? element.option_groups.flatMap((each) => each.options);
export const optionAt = (element, value) => optionsOf(element).find((each) => each.value === value);

export function control(element, block, where) {
  const draw = drawn[element.type];
  if (!draw) return h("em", {}, `[${element.type}]`);
  return draw(element, block, where);
}

const drawn = {
  button: (element, block, where) => {
    const failed = where.warnings?.some(
      (each) => each.action.action_id === element.action_id && each.user === state.eyes,
    );
    const style = element.style ? `button-${element.style}` : "";
    const attributes = {
      class: style,
      "aria-label": element.accessibility_label,
      data: { ...names(element, block), do: "press", value: element.value },
    };
    const label = plain(element.text.text, element.text.emoji !== false);
    const button = element.url
      ? h(
          "a.button",
          { ...attributes, href: element.url, target: "_blank", rel: "noopener noreferrer" },
          label,
        )
      : h("button.button", { ...attributes, type: "button" }, label);
    if (!failed) return button;
    const says = "This app did not answer in time";
    return h(
      "span.failed",
      {},
      button,
      h("span.warning-sign", { title: says, role: "img", "aria-label": says }, icon("warning")),
    );
  },
  static_select: (element, block, where) => select(element, block, where, false),
  multi_static_select: (element, block, where) => select(element, block, where, true),
  users_select: (element, block, where) => {
    const people = state.people.filter((each) => !each.is_bot && !each.deleted);
    return h(
      "select.select",
      inputAttributes(element, block, where),
      h("option", { value: "" }, element.placeholder?.text ?? "Choose a person"),
      people.map((each) =>
        h("option", { value: each.id, selected: each.id === element.initial_user }, each.real_name),
      ),
    );
  },
  radio_buttons: (element, block, where) =>
    choices(element, block, where, "radio", [element.initial_option]),
  checkboxes: (element, block, where) =>
    choices(element, block, where, "checkbox", element.initial_options ?? []),
  overflow: (element, block, where) =>
    h(
      "select.select.overflow",
      { ...inputAttributes(element, block, where), "aria-label": "More actions" },
      h("option", { value: "" }, "…"),
      element.options.map((each) => h("option", { value: each.value }, each.text.text)),
    ),
  plain_text_input: (element, block, where) => {
    const attributes = {
      ...inputAttributes(element, block, where),
      placeholder: element.placeholder?.text,
      autocomplete: "off",
      spellcheck: "false",
    };
    if (element.multiline)
      return h("textarea.text", { ...attributes, rows: 4 }, element.initial_value ?? "");
    return h("input.text", { ...attributes, type: "text", value: element.initial_value });
  },
  number_input: (element, block, where) =>
    h("input.text", {
      ...inputAttributes(element, block, where),
      type: "number",
      step: element.is_decimal_allowed ? "any" : "1",
      min: element.min_value,
      max: element.max_value,
      value: element.initial_value,
    }),
  datepicker: (element, block, where) =>
    h("input.text", {
      ...inputAttributes(element, block, where),
      type: "date",
      value: element.initial_date,
    }),
  timepicker: (element, block, where) =>
    h("input.text", {
      ...inputAttributes(element, block, where),
      type: "time",
      value: element.initial_time,
    }),
};

function inputAttributes(element, block, where) {
  const error = where.errors?.[block.block_id];
  return {
    id: where.view ? idOf(where, block) : undefined,
    "aria-label": where.view ? undefined : (element.placeholder?.text ?? element.action_id),
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": error ? `${idOf(where, block)}-error` : undefined,
    autofocus: element.focus_on_load,
    data: { ...names(element, block), input: "" },
  };
}

const idOf = (where, block) => `field-${where.view}-${block.block_id}`.replace(/[^\w-]/g, "_");

function select(element, block, where, many) {
  const chosen = many ? (element.initial_options ?? []) : [element.initial_option];
  const option = (each) =>
    h(
      "option",
      { value: each.value, selected: chosen.some((one) => one?.value === each.value) },
      each.text.text,
    );
  return h(
    "select.select",
    { ...inputAttributes(element, block, where), multiple: many, size: many ? 4 : undefined },
    many ? null : h("option", { value: "" }, element.placeholder?.text ?? "Choose an option"),
    element.options?.map(option),
    element.option_groups?.map((group) =>
      h("optgroup", { label: group.label.text }, group.options.map(option)),
    ),
  );
}

function choices(element, block, where, type, chosen) {
  made += 1;
  return h(
    "div.choices",
    {
      role: type === "radio" ? "radiogroup" : "group",
      "aria-labelledby": where.view ? `${idOf(where, block)}-label` : undefined,
      data: { ...names(element, block), input: "" },
    },
    element.options.map((each) =>
      h(
        "label.choice",
        {},
        h("input", {
          type,
          name: `${where.view ?? where.ts ?? made}-${block.block_id}-${element.action_id}`,
          value: each.value,
          checked: chosen.some((one) => one?.value === each.value),
        }),
        h(
          "span",
          {},
          h("span.choice-words", {}, textObject(each.text)),
          each.description ? h("span.choice-more", {}, textObject(each.description)) : null,
        ),
      ),
    ),
  );
}

export function inputBlock(block, where) {
  const id = idOf(where, block);
  const error = where.errors?.[block.block_id];
  const grouped = ["radio_buttons", "checkboxes"].includes(block.element.type);
  return h(
    "div.input",
    { class: error ? "input-wrong" : "" },
    h(
      grouped ? "span.label" : "label.label",
      { id: `${id}-label`, for: grouped ? undefined : id },
      plain(block.label.text),
      block.optional ? h("span.optional", {}, " (optional)") : null,
    ),
    control(block.element, block, where),
    error
      ? h("div.error", { id: `${id}-error`, role: "alert" }, icon("warning"), h("span", {}, error))
      : null,
    block.hint ? h("div.hint", {}, plain(block.hint.text)) : null,
  );
}

// `state.values`, read from what is on the page.
export function valuesIn(place, list) {
  const values = {};
  for (const block of list) {
    const elements = [
      block.element,
      block.accessory,
      ...(block.type === "actions" ? block.elements : []),
    ];
    for (const element of elements.filter(Boolean)) {
      const input = [...place.querySelectorAll("[data-input]")].find(
        (each) =>
          each.dataset.block === block.block_id && each.dataset.action === element.action_id,
      );
      const value = input && valueOf(input, element);
      if (value) values[block.block_id] = { ...values[block.block_id], [element.action_id]: value };
    }
  }
  return values;
}

const asOption = (option) => option && { text: option.text, value: option.value };

export function valueOf(input, element) {
  const { type } = element;
  const ticked = () =>
    [...input.querySelectorAll("input:checked")].map((each) =>
      asOption(optionAt(element, each.value)),
    );
  switch (type) {
    case "plain_text_input":
    case "number_input":
      return { type, value: input.value || null };
    case "static_select":
    case "overflow":
      return { type, selected_option: asOption(optionAt(element, input.value)) ?? null };
    case "multi_static_select":
      return {
        type,
        selected_options: [...input.selectedOptions].map((each) =>
          asOption(optionAt(element, each.value)),
        ),
      };
    case "users_select":
      return { type, selected_user: input.value || null };
    case "radio_buttons":
      return { type, selected_option: ticked()[0] ?? null };
    case "checkboxes":
      return { type, selected_options: ticked() };
    case "datepicker":
      return { type, selected_date: input.value || null };
    case "timepicker":
      return { type, selected_time: input.value || null };
    default:
      return null;
  }
}

export function isEmpty(value) {
  if (!value) return true;
  const { type, ...rest } = value;
  const held = Object.values(rest)[0];
  return held === null || held === undefined || (Array.isArray(held) && !held.length);
}
