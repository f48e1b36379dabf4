import type { Order } from "../api/types";
import { Loaded } from "../layout/loaded";
import { CancelButton } from "../order/cancel-button";
import { isOver } from "../order/completion";
import { Refunds } from "../order/refunds";
import { useRefunds } from "../order/use-refunds";
import { RemindButton } from "./remind-button";

interface Props {
  order: Order;
  reload: () => void;
}

/** What an operator can do about an order: cancel it, remind its customer, give money back. */
export function OrderActions({ order, reload }: Props) {
  const { payment } = order;
  const isPaid = payment !== null && ["received", "refunding", "refunded"].includes(payment.status);
  const refunds = useRefunds(isPaid ? payment.id : null, 0);
  const refunded = () => {
    refunds.reload();
    reload();
  };
  return (
    <div class="stack actions">
      <div class="row">
        <a href={`#/orders/${order.id}`}>Open its page</a>
        {payment && <RemindButton payment={payment} reload={reload} />}
        <CancelButton order={order} onCanceled={reload} />
      </div>
      {isOver(order) && !isPaid && <p class="muted">The order has ended, and nothing is held.</p>}
      {isPaid && (
        <Loaded resource={refunds}>
          {(given) => given && <Refunds payment={payment.id} given={given} reload={refunded} />}
        </Loaded>
      )}
    </div>
  );
}
