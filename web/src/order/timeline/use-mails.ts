import { useEffect, useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { Mail, Order } from "../../api/types";
import { usePoll } from "../../api/use-poll";
import { useResource } from "../../api/use-resource";
import { isSettled } from "../completion";

/** A mail is sent a little later than the event that it is about. */
const POLL_SECONDS = 5;

/** How long the page looks for that once nothing else is under way. */
const LAST_SECONDS = 60;

const NONE: readonly Mail[] = [];

/** The mails to the customer; loaded again when there are new events. */
export function useMails(order: Order, news: number): readonly Mail[] {
  const params = { path: { id: order.id } };
  const resource = useResource(
    () => answer(api.GET("/orders/{id}/mails", { params })),
    [order.id, news],
  );
  const mails = resource.data?.mails ?? NONE;
  const isSent = mails.every((mail) => mail.sent_at ?? mail.refused_at ?? mail.obsolete_at);
  const settled = isSettled(order);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (settled) {
      const timer = setTimeout(() => setLate(true), LAST_SECONDS * 1000);
      return () => clearTimeout(timer);
    }
    setLate(false);
  }, [settled]);
  usePoll(resource, settled && (isLate || (isSent && resource.data)) ? null : POLL_SECONDS);
  return mails;
}
