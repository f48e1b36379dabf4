import { answer, api } from "../api/client";
import { useResource } from "../api/use-resource";

/** The talk's customer. */
const USUAL = "kermit";

/** How many orders are looked at to find customers. */
const NEWEST = 20;

/** A customer who exists, because they have ordered; null before one is found, and without orders.
 *
 * @param isKnown Whether the page knows its customer already; then nothing is requested.
 */
export function useSomeCustomer(isKnown: boolean): string | null {
  const query = { limit: NEWEST };
  const resource = useResource(
    async () => (isKnown ? null : answer(api.GET("/orders", { params: { query } }))),
    [isKnown],
  );
  const customers = resource.data?.orders.map(({ customer_id }) => customer_id) ?? [];
  return customers.includes(USUAL) ? USUAL : (customers[0] ?? null);
}
