// Times as Slack words them, in the reader's own zone.

export const moment = (ts) => new Date(Number(ts) * 1000);

const day = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const daysAgo = (date) => Math.round((day(new Date()) - day(date)) / 86_400_000);

export const clock = (date, options = { hour: "numeric", minute: "2-digit" }) =>
  date.toLocaleTimeString("en-US", options);
export const shortClock = (date) => clock(date).replace(/ [AP]M$/, "");

export function dayName(date) {
  const ago = daysAgo(date);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return date.toLocaleDateString("en-US", { weekday: "long", month: "long", day: "numeric" });
}

export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;

export function lastReply(ts) {
  const date = moment(ts);
  const ago = daysAgo(date);
  const which = ago === 0 ? "today" : ago === 1 ? "yesterday" : `${ago} days ago`;
  return `Last reply ${which} at ${clock(date)}`;
}

const dates = {
  date_num: (date) => date.toLocaleDateString("sv-SE"),
  date: (date) =>
    date.toLocaleDateString("en-US", { month: "long", day: "numeric", year: "numeric" }),
  date_short: (date) =>
    date.toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" }),
  date_long: (date) =>
    date.toLocaleDateString("en-US", {
      weekday: "long",
      month: "long",
      day: "numeric",
      year: "numeric",
    }),
  time: (date) => clock(date),
  time_secs: (date) => clock(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date) => ago(date),
};

export function ago(date) {
  const seconds = Math.max(0, Math.round((Date.now() - date) / 1000));
  if (seconds < 60) return `${seconds} seconds ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} minutes ago`;
  return `${Math.round(seconds / 3600)} hours ago`;
}

// Slack's `{date_short} at {time}` and its `_pretty` forms.
export function formatted(seconds, pattern) {
  const date = moment(seconds);
  return pattern.replace(/\{(\w+)\}/g, (whole, token) => {
    const pretty = token.endsWith("_pretty");
    const name = pretty ? token.slice(0, -7) : token;
    if (!dates[name]) return whole;
    if (pretty && daysAgo(date) === 0) return "today";
    if (pretty && daysAgo(date) === 1) return "yesterday";
    return dates[name](date);
  });
}
