// A line of a caption as elements: its words, which know their times, and its runs of italics, bold and colour.
import { make } from "./dom.js";

/** Put the text of a line into an element; answers the elements of its words, each with the marks behind it. */
export function put(element, line) {
  const words = [];
  let at = 0;
  for (const [index, [start, wordEnd, from, to]] of line.words.entries()) {
    if (start > at) element.append(...runs(line, at, start));
    const next = line.words[index + 1]?.[0] ?? line.text.length;
    const end = wordEnd + /^\S*/u.exec(line.text.slice(wordEnd, Math.max(wordEnd, next)))[0].length;
    const word = make("span", { class: "w" }, ...runs(line, start, end));
    word.from = from;
    word.to = to;
    words.push(word);
    element.append(word);
    at = end;
  }
  if (at < line.text.length) element.append(...runs(line, at, line.text.length));
  return words;
}

/** A stretch of the text, cut where its look changes. */
function runs(line, start, end) {
  if (!line.spans) return [line.text.slice(start, end)];
  const own = line.spans.filter(([from, to]) => from < end && to > start);
  const cuts = new Set([start, end]);
  for (const [from, to] of own) for (const place of [from, to]) if (place > start && place < end) cuts.add(place);
  const places = [...cuts].sort((one, other) => one - other);
  return places.slice(1).map((place, index) => {
    const over = own.filter(([from, to]) => from <= places[index] && to >= place);
    return over.reduce(within, line.text.slice(places[index], place));
  });
}

function within(content, [, , marks, colour]) {
  const run = [...marks].reduce((inner, mark) => make(mark, {}, inner), content);
  if (!colour) return run;
  const element = make("span", {}, run);
  element.style.color = colour;
  return element;
}
