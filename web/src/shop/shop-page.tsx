import type { PageProps } from "../pages";

/** Where orders come from. */
export function ShopPage(_: PageProps) {
  return <h1>Shop</h1>;
}
