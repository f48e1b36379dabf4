import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { stockTheShop } from "./stock";

/** Adds sample data to a shop without products. */
export function StockButton({ onStocked }: { onStocked: () => void }) {
  const action = useAction();
  const { development_mode } = useConfig();
  if (!development_mode) {
    return <p class="note">Create products and customers with the API.</p>;
  }
  const stock = () =>
    action.run(async () => {
      await stockTheShop();
      onStocked();
    });
  return (
    <div class="note wait">
      <p>
        Sample data: the products and customers that <code>make run</code> registers.
      </p>
      <button type="button" aria-disabled={action.busy} onClick={stock}>
        {action.busy ? "Adding …" : "Add sample data"}
      </button>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </div>
  );
}
