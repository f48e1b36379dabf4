import { answer, api } from "../api/client";
import type { Dispute, RefundList } from "../api/types";
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
  const isUnderWay = resource.data?.refunds.some(
    ({ status }) => status === "requested" || status === "pending",
  );
  usePoll(resource, isUnderWay ? POLL_SECONDS : null);
  return resource;
}

async function load(id: string): Promise<GivenBack> {
  const params = { path: { id } };
  const [refunds, { disputes }] = await Promise.all([
    answer(api.GET("/payments/{id}/refunds", { params })),
    answer(api.GET("/payments/{id}/disputes", { params })),
  ]);
  return { ...refunds, disputes };
}
