// Times as people read and type them.

const two = (number) => String(number).padStart(2, "0");

export function clock(ms, withMs = true) {
  const whole = Math.max(0, Math.round(ms));
  const text = `${two(Math.floor(whole / 3600000))}:${two(Math.floor(whole / 60000) % 60)}:${two(Math.floor(whole / 1000) % 60)}`;
  return withMs ? `${text}.${String(whole % 1000).padStart(3, "0")}` : text;
}

/** Milliseconds of `1:02:03.5`, `02:03` or `3.25`; null for anything else. */
export function parseClock(text) {
  const parts = text.trim().replace(",", ".").split(":");
  if (!parts.length || parts.length > 3 || parts.some((part) => !/^\d+(\.\d+)?$/.test(part))) return null;
  return Math.round(parts.reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
}
