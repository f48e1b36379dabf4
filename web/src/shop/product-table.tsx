import { useId } from "preact/hooks";
import type { Product } from "../api/types";
import { money } from "../words/money";
import { type Basket, pieces } from "./basket";

interface Props {
  products: Product[];
  basket: Basket;
  /** Called with what was typed as the quantity of a product. */
  onChange: (sku: string, typed: string) => void;
}

/** The products, with the quantities in the basket; says which of them can't be ordered. */
export function ProductTable({ products, basket, onChange }: Props) {
  const hint = useId();
  const wrong = products.filter(({ sku }) => pieces(basket[sku] ?? "") === null);
  return (
    <>
      <table class="products">
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col" class="number">
              Price
            </th>
            <th scope="col" class="number">
              Quantity
            </th>
          </tr>
        </thead>
        <tbody>
          {products.map((product) => (
            <tr key={product.sku}>
              <th scope="row">
                {product.name}
                <span class="muted small block">{product.stock} in stock</span>
              </th>
              <td class="number">{money(product.price, product.currency)}</td>
              <td class="number">
                <input
                  type="number"
                  class="quantity"
                  aria-label={`Quantity of ${product.name}`}
                  aria-invalid={wrong.includes(product)}
                  aria-describedby={hint}
                  min={0}
                  step={1}
                  defaultValue="0"
                  onInput={(event) => onChange(product.sku, typedInto(event.currentTarget))}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div id={hint} role="status">
        {wrong.map(({ sku, name }) => (
          <p key={sku} class="note bad">
            {name}: the quantity must be a whole number, 0 or more.
          </p>
        ))}
      </div>
    </>
  );
}

/** The browser empties the value of what is no number. */
function typedInto({ value, validity }: HTMLInputElement): string {
  return validity.badInput ? "no number" : value;
}
