/** Sample data for development mode: the talk's customers, and products. */
export interface Sample {
  id: string;
  name: string;
  /** The initial credit, in cents. */
  credit: number;
  card: string | null;
}

export const CUSTOMERS: readonly Sample[] = [
  { id: "kermit", name: "Kermit", credit: 500, card: "pm_card_chargeDeclinedExpiredCard" },
  { id: "piggy", name: "Miss Piggy", credit: 0, card: "pm_card_visa" },
  { id: "gonzo", name: "Gonzo", credit: 3000, card: null },
];

export const PRODUCTS = [
  { sku: "pond-lily", name: "Pond lily", price: 2500, stock: 1000 },
  { sku: "reed", name: "Bundle of reed", price: 450, stock: 1000 },
  { sku: "banjo", name: "Banjo", price: 19900, stock: 3 },
] as const;
