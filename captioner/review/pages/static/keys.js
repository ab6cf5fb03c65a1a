// Keys: the table that `?` shows, and what each does. Keys of the report of `captioner check` mean the same here.

/** Groups of keys and what they do, as keys of the strings. */
export const KEYS = [
  ["keys.go", [
    [["j", "↓"], "key.next"], [["k", "↑"], "key.previous"], [["d"], "key.doubt"], [["f"], "key.finding"],
    [["Shift+F"], "key.findingBefore"], [["g"], "key.goto"], [["Home"], "key.first"], [["End"], "key.last"],
  ]],
  ["keys.hear", [
    [["Space"], "key.play"], [["p"], "key.playCaption"], [["Shift+P"], "key.playEnd"], [["o"], "key.playBefore"],
    [["<"], "key.slower"], [[">"], "key.faster"], [["←", "→"], "key.second"], [[",", "."], "key.frame"],
  ]],
  ["keys.text", [
    [["Enter", "e"], "key.edit"], [["Ctrl+Enter"], "key.editNext"], [["Alt+Enter"], "key.splitCursor"], [["Esc"], "key.cancel"],
    [["/"], "key.find"], [["Ctrl+Z"], "key.undo"], [["Ctrl+Shift+Z"], "key.redo"],
  ]],
  ["keys.cut", [
    [["s"], "key.split"], [["m"], "key.merge"], [["Alt+→"], "key.wordNext"], [["Alt+←"], "key.wordPrevious"],
    [["Alt+↓"], "key.lineDown"], [["Alt+↑"], "key.lineUp"], [["["], "key.startEarlier"], [["]"], "key.startLater"],
    [["{"], "key.endEarlier"], [["}"], "key.endLater"], [["Shift+L"], "key.relayout"], [["Delete"], "key.remove"], [["i"], "key.add"],
  ]],
  ["keys.voices", [[["r"], "key.speakers"], [["1", "…", "9"], "key.give"], [["Shift+1", "…", "9"], "key.giveOn"], [["v"], "key.splitVoices"]]],
  ["keys.findings", [[["a"], "key.accept"], [["x"], "key.fix"], [["w"], "key.warnings"], [["n"], "key.notes"]]],
  ["keys.file", [[["Ctrl+S"], "key.write"], [["h"], "key.history"], [["t"], "key.light"], [["?"], "key.help"]]],
];

const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select") !== null && target.closest?.("input:not([type=checkbox]), textarea, select") !== undefined;

/** Listen for keys; `acts` has a function for each name. */
export function listen(acts, isBusy) {
  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") return run(event, acts.write);
    if (isBusy() || event.isComposing) return undefined;
    if (typing(event.target)) return undefined;
    if (command && event.key.toLowerCase() === "z") return run(event, event.shiftKey ? acts.redo : acts.undo);
    if (command && event.key.toLowerCase() === "y") return run(event, acts.redo);
    if (command && event.key.toLowerCase() === "f") return run(event, acts.find);
    if (command) return undefined;
    if (event.altKey) return run(event, acts[`Alt+${event.key}`]);
    const onButton = event.target.closest?.("button, a, input, summary");
    if (onButton && [" ", "Enter"].includes(event.key)) return undefined;
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (digit && single()) return run(event, () => acts.give(Number(digit[1]), event.shiftKey));
    if (event.key.length === 1 && event.key !== " " && !single() && event.key !== "?") return undefined;
    return run(event, acts[event.key]);
  });
}

const single = () => localStorage.getItem("captioner.keys") !== "off";

function run(event, act) {
  if (!act) return;
  event.preventDefault();
  act();
}
