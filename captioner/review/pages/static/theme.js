// Sets the light and the language before anything is drawn. A plain script, because a module would come too late.
(() => {
  const root = document.documentElement;
  const kept = localStorage.getItem("captioner.theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  const language = localStorage.getItem("captioner.language") || (navigator.language || "en").slice(0, 2);
  root.lang = language === "zh" ? "zh" : "en";
})();
