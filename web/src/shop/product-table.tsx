import type { Product } from "../api/types";
import { Scroll } from "../layout/scroll";
import { money } from "../words/money";
import type { Basket } from "./basket";

interface Props {
  products: Product[];
  basket: Basket;
  onChange: (sku: string, quantity: number) => void;
}

/** The products, with the quantities in the basket. */
export function ProductTable({ products, basket, onChange }: Props) {
  return (
    <Scroll label="Products">
      <table>
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col" class="number">
              Price
            </th>
            <th scope="col" class="number">
              In stock
            </th>
            <th scope="col" class="number">
              Quantity
            </th>
          </tr>
        </thead>
        <tbody>
          {products.map(({ sku, name, price, currency, stock }) => (
            <tr key={sku}>
              <th scope="row">{name}</th>
              <td class="number">{money(price, currency)}</td>
              <td class="number">{stock}</td>
              <td class="number">
                <input
                  type="number"
                  class="quantity"
                  aria-label={`Quantity of ${name}`}
                  min={0}
                  step={1}
                  value={basket[sku] ?? 0}
                  onInput={(event) => onChange(sku, event.currentTarget.valueAsNumber || 0)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
