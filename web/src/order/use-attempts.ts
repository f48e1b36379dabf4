import { answer, api } from "../api/client";
import type { Attempt, Order } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";

const POLL_SECONDS = 2;

/** In these states a step is running that may be retried. */
const BUSY: readonly Order["status"][] = ["fetching_goods", "shipping", "canceling"];

/** The elements of activities that have another name in the diagrams. */
const ELEMENTS: Record<string, string> = { charge_card: "charge_credit_card" };

const NONE: Record<string, number> = {};

/** One object, so that nothing is rendered again for it. */
const IDLE: { attempts: Attempt[] } = { attempts: [] };

/** The number of attempts of retried steps, by their element's id. */
export function useAttempts({ id, status, payment }: Order): Record<string, number> {
  const busy = BUSY.includes(status) || payment?.status === "charging";
  const params = { path: { id } };
  const resource = useResource(
    async () => (busy ? answer(api.GET("/orders/{id}/attempts", { params })) : IDLE),
    [id, busy],
  );
  usePoll(resource, busy ? POLL_SECONDS : null);
  if (!busy || !resource.data?.attempts.length) {
    return NONE;
  }
  return Object.fromEntries(
    resource.data.attempts.map(({ activity, attempt }) => [
      ELEMENTS[activity] ?? activity,
      attempt,
    ]),
  );
}
