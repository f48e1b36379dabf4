import "./operations.css";
import { answer, api } from "../api/client";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { Figures } from "./figures";
import { OrdersList } from "./orders-list";
import { WaitingList } from "./waiting-list";

/** How all orders and payments are doing, for whoever operates this. */
export function OperationsPage(_: PageProps) {
  const asked = useAnswer(() => answer(api.GET("/operations")), []);
  const { data, refusal, again } = asked;
  usePoll(asked, 3);
  return (
    <div class="stack">
      <h1>Operations</h1>
      {refusal && <RefusalNote refusal={refusal} again={again} />}
      {data && <Figures operations={data} />}
      <WaitingList />
      <OrdersList counts={data?.orders} />
    </div>
  );
}
