import { useState } from "preact/hooks";
import { Loaded } from "../layout/loaded";
import { Disputes } from "../order/disputes";
import { Refunds } from "../order/refunds";
import { useRefunds } from "../order/use-refunds";

/** Any payment's refunds, with the form to give back more: one without an order has no page. */
export function PaymentRefunds() {
  const [typed, setTyped] = useState("");
  const [payment, setPayment] = useState<string | null>(null);
  const show = (event: Event) => {
    event.preventDefault();
    setPayment(typed.trim());
  };
  return (
    <section class="card stack" aria-labelledby="give-back">
      <h2 id="give-back">Refund a payment</h2>
      <form class="row" onSubmit={show}>
        <label class="grow">
          Payment id
          <input
            required
            autocomplete="off"
            maxLength={36}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Show</button>
      </form>
      {payment && <Shown key={payment} payment={payment} />}
    </section>
  );
}

function Shown({ payment }: { payment: string }) {
  const resource = useRefunds(payment, 0);
  return (
    <Loaded resource={resource}>
      {(given) =>
        given && (
          <>
            <Disputes disputes={given.disputes} />
            <Refunds payment={payment} given={given} reload={resource.reload} />
          </>
        )
      }
    </Loaded>
  );
}
