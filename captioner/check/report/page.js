(() => {
  const body = document.body;
  const cards = [...document.querySelectorAll(".cue")];
  let at = -1;
  const visible = () => cards.filter((card) => card.offsetParent !== null);
  const go = (step) => {
    const shown = visible();
    if (!shown.length) return;
    const here = shown.indexOf(cards[at]);
    const next = shown[Math.min(shown.length - 1, Math.max(0, here + step))];
    cards.forEach((card) => card.classList.remove("current"));
    at = cards.indexOf(next);
    next.classList.add("current");
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  };
  const play = () => {
    const sound = (cards[at] || document).querySelector("audio");
    if (!sound) return;
    if (sound.paused) { sound.currentTime = 0; sound.play(); } else sound.pause();
  };
  document.addEventListener("play", (event) => {
    document.querySelectorAll("audio").forEach((other) => { if (other !== event.target) other.pause(); });
  }, true);
  const toggle = (name) => {
    const hidden = body.classList.toggle(`no-${name}`);
    const button = document.querySelector(`[data-toggle="${name}"]`);
    if (button) button.setAttribute("aria-pressed", String(!hidden));
  };
  const theme = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  document.querySelectorAll("[data-toggle]").forEach((button) => {
    button.addEventListener("click", () => toggle(button.dataset.toggle));
  });
  document.getElementById("theme").addEventListener("click", theme);
  const keys = { j: () => go(1), k: () => go(-1), p: play, w: () => toggle("warning"), n: () => toggle("note"), t: theme };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
