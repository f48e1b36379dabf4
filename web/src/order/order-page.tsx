import type { PageProps } from "../pages";

/** One order, live. */
export function OrderPage({ parameters }: PageProps) {
  return <h1>Order {parameters.id}</h1>;
}
