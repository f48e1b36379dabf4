import { tone, words } from "./statuses";

/** A status, in words and a colour. */
export function Badge({ status }: { status: string }) {
  return <span class={`badge ${tone(status)}`}>{words(status)}</span>;
}
