// What a person does, told to the workspace and to the world.

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await answer.json();
  } catch {
    return { ok: false, error: "The workspace does not answer" };
  }
}

export const act = (word, body) => post(`/_control/${word}`, body);
export const change = (word, body = {}) => post(`/_world/${word}`, body);

export async function world() {
  const answer = await fetch("/_world/state", { signal: AbortSignal.timeout(4000) });
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.error);
  return read;
}

export function toast(words) {
  const place = document.getElementById("toasts");
  const shown = document.createElement("div");
  shown.className = "toast";
  shown.textContent = words;
  place.append(shown);
  setTimeout(() => shown.remove(), 6000);
}
