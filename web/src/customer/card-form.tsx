import { answer, api } from "../api/client";
import { CardChoice } from "./card-choice";

interface Props {
  customer: string;
  onUpdated: () => void;
}

/** Registers another card of a customer; the API notifies their waiting payments. */
export function CardForm({ customer, onUpdated }: Props) {
  const give = async (paymentMethod: string) => {
    const params = { path: { id: customer } };
    const body = { payment_method: paymentMethod };
    const update = await answer(api.PUT("/customers/{id}/card", { params, body }));
    onUpdated();
    return confirmation(update.payments.length);
  };
  return <CardChoice give={give} />;
}

function confirmation(payments: number): string {
  switch (payments) {
    case 0:
      return "Updated. No payment was waiting for it.";
    case 1:
      return "Updated. The waiting payment charges it now.";
    default:
      return `Updated. ${payments} waiting payments charge it now.`;
  }
}
