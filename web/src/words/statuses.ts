/** How a status is shown: one of the badge's classes. */
export type Tone = "good" | "wait" | "bad" | "";

const TONES: Record<string, Tone> = {
  fulfilled: "good",
  received: "good",
  not_fulfilled: "bad",
  canceled: "bad",
  canceling: "wait",
  awaiting_payment: "wait",
  awaiting_card: "wait",
  pending: "wait",
  succeeded: "good",
  settled_outside: "good",
  refused: "bad",
  failed: "bad",
};

export function tone(status: string): Tone {
  return TONES[status] ?? "";
}

/** `not_fulfilled`, `charge_later` in words. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
