import { answer, api } from "../api/client";
import type { Attempt, Order } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";

const LOOK_SECONDS = 2;

/** Between these a step is under way that may be tried again and again. */
const BUSY: readonly Order["status"][] = ["fetching_goods", "shipping", "canceling"];

/** Elements of the diagrams, where activities have other names. */
const ELEMENTS: Record<string, string> = { charge_card: "charge_credit_card" };

const NONE: Record<string, number> = {};

/** Always the same one, so that nothing is drawn anew for it. */
const IDLE: { attempts: Attempt[] } = { attempts: [] };

/** How often a step has been tried that does not succeed, by its element's id. */
export function useTries({ id, status, payment }: Order): Record<string, number> {
  const busy = BUSY.includes(status) || payment?.status === "charging";
  const params = { path: { id } };
  const asked = useAnswer(
    async () => (busy ? answer(api.GET("/orders/{id}/attempts", { params })) : IDLE),
    [id, busy],
  );
  usePoll(asked, LOOK_SECONDS);
  if (!busy || !asked.data?.attempts.length) {
    return NONE;
  }
  return Object.fromEntries(
    asked.data.attempts.map(({ activity, attempt }) => [ELEMENTS[activity] ?? activity, attempt]),
  );
}
