import { answer, api } from "../../api/client";
import type { Order, Transfer } from "../../api/types";
import { useResource } from "../../api/use-resource";

const NONE: readonly Transfer[] = [];

/** What the payment has moved in the ledger; loaded again when there are new events. */
export function useTransfers({ id, payment }: Order, news: number): readonly Transfer[] {
  const params = { path: { id } };
  const resource = useResource(
    async () =>
      payment ? answer(api.GET("/payments/{id}/transfers", { params })) : { transfers: [] },
    [id, news, payment === null],
  );
  return resource.data?.transfers ?? NONE;
}
