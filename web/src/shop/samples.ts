import samples from "./samples.json";

/** Sample data for development mode, which `make run` registers: the talk's customers. */
export interface Sample {
  id: string;
  name: string;
  /** The initial credit, in cents. */
  credit: number;
  card: string | null;
}

export const CUSTOMERS: readonly Sample[] = samples.customers;

interface SampleProduct {
  sku: string;
  name: string;
  /** In cents. */
  price: number;
  stock: number;
}

export const PRODUCTS = samples.products as [SampleProduct, ...SampleProduct[]];
