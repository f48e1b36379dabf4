import type { Product } from "../api/types";

/** Quantities by sku. */
export type Basket = Readonly<Record<string, number>>;

export interface Line {
  product: Product;
  quantity: number;
}

/** The basket with that quantity of a product; zero removes it. */
export function withQuantity(basket: Basket, sku: string, quantity: number): Basket {
  const { [sku]: _, ...others } = basket;
  return quantity > 0 ? { ...others, [sku]: Math.floor(quantity) } : others;
}

/** The lines of the basket, without products that are no longer sold. */
export function lines(basket: Basket, products: readonly Product[]): Line[] {
  return products
    .map((product) => ({ product, quantity: basket[product.sku] ?? 0 }))
    .filter((line) => line.quantity > 0);
}

/** In cents. */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.product.price, 0);
}
