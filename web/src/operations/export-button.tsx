import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Order, OrderStatus } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { csvOf } from "./csv";

/** Orders per request, and in a file: more are for the API's own clients. */
const PAGE = 200;
const MOST = 10_000;

interface Props {
  /** What the list shows. */
  filters: { status?: OrderStatus; search?: string };
}

/** Downloads the orders that the filters select as CSV, not only those of the present page. */
export function ExportButton({ filters }: Props) {
  const action = useAction();
  const [done, setDone] = useState("");
  const download = () =>
    action.run(async () => {
      setDone("");
      const { orders, isComplete } = await select(filters);
      save(csvOf(orders));
      setDone(isComplete ? `${orders.length} exported.` : `The newest ${orders.length} exported.`);
    });
  return (
    <>
      <button type="button" class="quiet" aria-disabled={action.busy} onClick={download}>
        {action.busy ? "Exporting …" : "Export CSV"}
      </button>
      <span class="small" role="status">
        {done}
      </span>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </>
  );
}

async function select(
  filters: Props["filters"],
): Promise<{ orders: Order[]; isComplete: boolean }> {
  const orders: Order[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: PAGE, ...filters, ...(cursor && { cursor }) };
    const page = await answer(api.GET("/orders", { params: { query } }));
    orders.push(...page.orders);
    cursor = page.next_cursor;
  } while (cursor && orders.length < MOST);
  return { orders, isComplete: !cursor };
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "orders.csv";
  link.click();
  URL.revokeObjectURL(url);
}
