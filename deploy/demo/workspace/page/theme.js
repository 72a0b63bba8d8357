// Light or dark: the person's choice if they made one, else the system's. Runs before the first paint.
(() => {
  const kept = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.theme =
      localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
  };
  if (kept !== "light" && kept !== "dark") localStorage.removeItem("theme");
  apply();
  dark.addEventListener("change", apply);
  window.toggleTheme = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    apply();
  };
})();
