import { answer, api } from "../api/client";
import type { Dispute, Refund, RefundList } from "../api/types";
import { usePoll } from "../api/use-poll";
import { type Resource, useResource } from "../api/use-resource";

/** How often a refund that is under way is looked at. */
const POLL_SECONDS = 2;

export interface GivenBack extends RefundList {
  disputes: Dispute[];
}

/** The refunds and disputes of a payment; loaded again when there are new events.
 *
 * @param id The payment that may have some, or null.
 */
export function useRefunds(id: string | null, news: number): Resource<GivenBack | null> {
  const resource = useResource(async () => (id ? load(id) : null), [id, news]);
  usePoll(resource, resource.data?.refunds.some(isUnderWay) ? POLL_SECONDS : null);
  return resource;
}

/** The account's part may follow when the card's has an answer. */
function isUnderWay({ status, to_account, events }: Refund): boolean {
  const isCredited = to_account === 0 || events.includes("AmountCredited");
  return status === "requested" || status === "pending" || !isCredited;
}

async function load(id: string): Promise<GivenBack> {
  const params = { path: { id } };
  const [refunds, { disputes }] = await Promise.all([
    answer(api.GET("/payments/{id}/refunds", { params })),
    answer(api.GET("/payments/{id}/disputes", { params })),
  ]);
  return { ...refunds, disputes };
}
