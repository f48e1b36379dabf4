const DAY_AND_TIME = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

const UNITS = [
  { seconds: 24 * 60 * 60, name: "d" },
  { seconds: 60 * 60, name: "h" },
  { seconds: 60, name: "min" },
  { seconds: 1, name: "s" },
] as const;

/** `15 Mar, 13:00`, in the reader's time zone. */
export function moment(iso: string): string {
  return DAY_AND_TIME.format(new Date(iso));
}

/** The largest two units of it: `13 d 4 h`, `59 s`. */
export function duration(seconds: number): string {
  let left = Math.max(Math.floor(seconds), 0);
  const first = UNITS.findIndex((unit) => left >= unit.seconds);
  if (first === -1) {
    return "0 s";
  }
  const parts: string[] = [];
  for (const unit of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / unit.seconds);
    left -= count * unit.seconds;
    if (count > 0) {
      parts.push(`${count} ${unit.name}`);
    }
  }
  return parts.join(" ");
}
