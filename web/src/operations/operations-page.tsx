import "./operations.css";
import { answer, api } from "../api/client";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { DisputesList } from "./disputes-list";
import { Metrics } from "./metrics";
import { OrdersList } from "./orders-list";
import { ParkedMails } from "./parked-mails";
import { PaymentRefunds } from "./payment-refunds";
import { RefundsList } from "./refunds-list";
import { WaitingList } from "./waiting-list";

/** Metrics and lists of all orders and payments, for operators. */
export function OperationsPage(_: PageProps) {
  const resource = useResource(() => answer(api.GET("/operations")), []);
  const { data, refusal, reload } = resource;
  usePoll(resource, 3);
  return (
    <div class="stack">
      <h1>Operations</h1>
      {refusal && <RefusalNote refusal={refusal} reload={reload} />}
      {data && <Metrics operations={data} />}
      <WaitingList />
      <OrdersList counts={data?.orders} />
      {data && <RefundsList refunds={data.refunds} reload={reload} />}
      {data && <DisputesList disputes={data.disputes} />}
      <PaymentRefunds />
      {data && <ParkedMails mails={data.mails} />}
    </div>
  );
}
