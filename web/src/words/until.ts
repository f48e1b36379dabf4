/** Seconds from `now` until that moment. */
export function until(moment: string, now: string): number {
  return (Date.parse(moment) - Date.parse(now)) / 1000;
}
