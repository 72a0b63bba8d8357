// The world: what is really running beside the workspace, asked every second.
import { change, toast, world as ask } from "./api.js";
import { hasBegun } from "./chrome.js";
import { personRow } from "./console.js";
import { h, render, whenDone } from "./dom.js";
import { icon } from "./icons.js";
import { ask as question } from "./modals.js";
import { knowConsoles } from "./signing.js";
import { clock } from "./times.js";

const place = document.getElementById("world");
let known = null;
let trouble = "Looking…";
const busy = new Set();

const words = {
  active: ["Active", "good"],
  standby: ["Standby", "calm"],
  sealed: ["Sealed", "warn"],
  uninitialised: ["Not initialised", "warn"],
  silent: ["Does not answer", "bad"],
  stopped: ["Stopped", "bad"],
  gone: ["Gone, data too", "bad"],
};

function stateOf(node) {
  if (node.process === "stopped") return node.data ? "stopped" : "gone";
  return words[node.state] ? node.state : "silent";
}

export function drawWorld() {
  render(
    place,
    h(
      "div.world-head",
      {},
      h("h2", {}, "The world"),
      h("span.world-says", {}, known ? `cluster ${known.cluster?.name ?? ""}, real processes` : ""),
    ),
    trouble ? h("p.world-trouble", { role: "status" }, trouble) : null,
    known ? [nodes(), custodians(), approvers(), balancer(), writer(), store()] : null,
  );
}

function section(title, about, ...inside) {
  return h(
    "section.world-part",
    { "aria-label": title, data: { key: title } },
    h("h3", {}, title, about ? h("span.world-about", {}, about) : null),
    ...inside,
  );
}

function nodes() {
  const up = known.nodes.some((each) => each.process === "running");
  const leader = known.nodes.some((each) => each.state === "active" && each.process === "running");
  return section(
    "Vault",
    null,
    h("ul.cards", {}, known.nodes.map(card)),
    h(
      "div.world-acts",
      {},
      act("stop_leader", {}, "Stop the leader", { off: !leader }),
      h(
        "button.button.small.button-danger-full",
        {
          type: "button",
          data: { do: "destroy" },
          disabled: busy.has("destroy") || (!up && known.nodes.every((each) => !each.data)),
        },
        busy.has("destroy") ? "Destroying…" : "Destroy the cluster",
      ),
    ),
  );
}

function card(node) {
  const [word, tone] = words[stateOf(node)];
  const running = node.process === "running";
  const progress = node.progress && node.state === "sealed" && running ? node.progress : null;
  return h(
    "li.card",
    { class: `tone-${tone}`, data: { key: node.name } },
    h("span.card-mark", {}, icon(stateOf(node))),
    h(
      "span.card-words",
      {},
      h("strong", {}, node.name),
      h("span.card-state", {}, word),
      h(
        "span.card-more",
        {},
        progress ? shares(progress) : (node.address ?? "").replace(/^https?:\/\//, ""),
      ),
    ),
    running
      ? act("kill", { node: node.name }, "Kill", { label: `Kill ${node.name}` })
      : act("start", { node: node.name }, "Start", { label: `Start ${node.name}` }),
  );
}

function shares({ given, needed }) {
  return [
    `${given} of ${needed} shares`,
    h(
      "span.dots",
      { "aria-hidden": "true" },
      Array.from({ length: needed }, (_, at) => h("i", { class: at < given ? "full" : "" })),
    ),
  ];
}

function act(word, body, says, { label, off = false } = {}) {
  const key = `${word}/${Object.values(body).join()}`;
  return h(
    "button.button.small",
    {
      type: "button",
      "aria-label": label,
      disabled: off || busy.has(key),
      data: { do: "world", word, body: JSON.stringify(body) },
    },
    says,
  );
}

function balancer() {
  const { open, active, backends = [] } = known.balancer ?? {};
  const [word, more, tone, mark] = !open
    ? ["Cut off", "by the balancer", "warn", "stopped"]
    : active
      ? ["Let in", `sent to ${active}`, "good", "active"]
      : ["Let in", "but no node is active", "bad", "gone"];
  return section(
    "Clients",
    null,
    h(
      "p.line",
      { class: `tone-${tone}` },
      icon(mark),
      h("span", {}, h("strong", {}, word), ` · ${more}`),
    ),
    h(
      "p.backends",
      {},
      backends.map((each) =>
        h("span", { class: `backend backend-${each.state}` }, `${each.name} ${each.state}`),
      ),
    ),
  );
}

function writer() {
  const { acknowledged = 0, last_at, failing_since } = known.writer ?? {};
  const says = failing_since
    ? `Failing since ${clock(new Date(failing_since), withSeconds)}`
    : last_at
      ? `Last one at ${clock(new Date(last_at), withSeconds)}`
      : "None yet";
  return section(
    "A client that writes",
    null,
    h(
      "p.line",
      { class: `tone-${failing_since ? "bad" : "good"}` },
      icon(failing_since ? "gone" : "active"),
      h(
        "span",
        {},
        h("strong.number", {}, acknowledged.toLocaleString("en-US")),
        ` writes acknowledged`,
        h("span.line-more", {}, says),
      ),
    ),
  );
}

const withSeconds = { hour: "numeric", minute: "2-digit", second: "2-digit" };

function custodians() {
  const sealed = known.nodes.some((each) => each.state === "sealed" && each.process === "running");
  return section(
    "Custodians",
    "one unseal share each",
    h(
      "ul.people",
      {},
      known.custodians.map((each) =>
        personRow(
          each,
          act("unseal", { custodian: each.name }, "Unseal", {
            label: `Unseal as ${each.title}`,
            off: !sealed || !each.online,
          }),
        ),
      ),
    ),
  );
}

function approvers() {
  if (!known.approvers?.length) return null;
  return section(
    "Approvers",
    "one signing key each",
    h(
      "ul.people",
      {},
      known.approvers.map((each) => personRow(each)),
    ),
  );
}

function store() {
  const backups = known.store?.backups ?? [];
  return section(
    "Backups",
    `${backups.length} in the store`,
    h(
      "ul.backups",
      { title: known.store?.path },
      // The world names the newest first.
      backups
        .slice(0, 4)
        .map((each) => h("li", { data: { key: each } }, icon("file"), h("span", {}, String(each)))),
    ),
  );
}

async function run(key, word, body) {
  busy.add(key);
  drawWorld();
  const answer = await change(word, body);
  busy.delete(key);
  if (!answer.ok) toast(answer.error);
  await look();
}

whenDone("world", ({ dataset: { word, body } }) => {
  const asked = JSON.parse(body);
  run(`${word}/${Object.values(asked).join()}`, word, asked);
});

whenDone("destroy", async () => {
  const sure = await question(
    "Destroy the cluster?",
    "All three Vault processes are killed and their data folders deleted. Backups and the backup key stay.",
    "Destroy the cluster",
    "Keep it",
    "danger",
  );
  if (!sure) return;
  hasBegun();
  run("destroy", "destroy", {});
});

async function look() {
  try {
    known = await ask();
    knowConsoles(known.approvers);
    trouble = null;
  } catch (error) {
    known = null;
    trouble =
      error.message === "The world is not connected"
        ? "The world is not connected. Start the demo with its cluster to see it here."
        : "The world does not answer. Trying again…";
  }
  drawWorld();
}

export async function watchWorld() {
  for (;;) {
    if (document.visibilityState === "visible") await look();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
