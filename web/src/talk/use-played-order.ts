import { useEffect } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Refusal } from "../api/refusal";
import type { Order, StoredEvent } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { isSettled } from "../order/completion";
import { useEvents } from "../order/use-events";

/** Charging has no event of its own. */
const POLL_SECONDS = 2;

export interface Played {
  /** The order that the tour plays; null if there is none yet. */
  order: Order | null;
  placed: StoredEvent[];
  paid: StoredEvent[];
  refusal: Refusal | null;
  reload: () => void;
}

/** The order with that id, and the events of it and its payment, live. */
export function usePlayedOrder(id: string | null): Played {
  const resource = useResource(
    async () => (id ? answer(api.GET("/orders/{id}", { params: { path: { id } } })) : null),
    [id],
  );
  // While another order is loaded, the one before is still there.
  const order = resource.data?.id === id ? resource.data : null;
  usePoll(resource, order && !isSettled(order) ? POLL_SECONDS : null);
  const eventsOf = useEvents(order ? [`order/${id}`, `payment/${id}`] : []);
  const placed = eventsOf(`order/${id}`).events;
  const paid = eventsOf(`payment/${id}`).events;
  const { refusal, reload } = resource;
  useEffect(reload, [placed.length + paid.length, reload]);
  return { order, placed, paid, refusal: id ? refusal : null, reload };
}
