// Dark and light: as the system has it, until the button or the key says otherwise.

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function changeLight() {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("captioner.theme", next);
  document.dispatchEvent(new CustomEvent("light"));
}
