import type { Product } from "../api/types";

/** What was typed as quantities, by sku. */
export type Basket = Readonly<Record<string, string>>;

export interface Line {
  product: Product;
  quantity: number;
}

/** The largest quantity that the API accepts. */
const MOST_PIECES = 1_000_000_000;

/** The basket with what was typed as the quantity of a product. */
export function withQuantity(basket: Basket, sku: string, typed: string): Basket {
  return { ...basket, [sku]: typed };
}

/** The pieces that were typed; null if they can't be ordered: a fraction, a negative number. */
export function pieces(typed: string): number | null {
  const count = Number(typed);
  return Number.isInteger(count) && count >= 0 && count <= MOST_PIECES ? count : null;
}

/**
 * The lines of the basket, without products that are no longer sold; none if a quantity can't be
 * ordered, so that nothing else is ordered than what the customer sees.
 */
export function lines(basket: Basket, products: readonly Product[]): Line[] {
  if (Object.values(basket).some((typed) => pieces(typed) === null)) {
    return [];
  }
  return products
    .map((product) => ({ product, quantity: pieces(basket[product.sku] ?? "") ?? 0 }))
    .filter((line) => line.quantity > 0);
}

/** In cents. */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.product.price, 0);
}
