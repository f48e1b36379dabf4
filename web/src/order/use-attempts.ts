import { answer, api } from "../api/client";
import type { Attempt, AttemptList, Order, Payment } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";

const POLL_SECONDS = 2;

/** In these states a step is running that may be retried. */
const BUSY: readonly Order["status"][] = ["fetching_goods", "shipping", "canceling"];

const PAYING: readonly Payment["status"][] = ["charging", "refunding"];

/** The elements of activities that have another name in the diagrams. */
const ELEMENTS: Record<string, string> = { charge_card: "charge_credit_card" };

const NONE: Record<string, number> = {};

/** One object, so that nothing is rendered again for it. */
const IDLE: AttemptList = { attempts: [], charge_refused: false };

export interface Retries {
  /** The number of attempts of retried steps, by their element's id. */
  attempts: Record<string, number>;
  /** Whether the card provider did not accept our request to charge, which is made again. */
  chargeRefused: boolean;
}

/** What does not succeed at once. */
export function useAttempts({ id, status, payment }: Order): Retries {
  const busy = BUSY.includes(status) || PAYING.includes(payment?.status ?? "received");
  const params = { path: { id } };
  const resource = useResource(
    async () => (busy ? answer(api.GET("/orders/{id}/attempts", { params })) : IDLE),
    [id, busy],
  );
  usePoll(resource, busy ? POLL_SECONDS : null);
  const found = (busy && resource.data) || IDLE;
  return {
    attempts: found.attempts.length ? byElement(found.attempts) : NONE,
    chargeRefused: found.charge_refused,
  };
}

function byElement(attempts: Attempt[]): Record<string, number> {
  return Object.fromEntries(
    attempts.map(({ activity, attempt }) => [ELEMENTS[activity] ?? activity, attempt]),
  );
}
