const FOUND = import.meta.glob<string>(
  [
    "../../../../activities/{accounts,charges,inventory,payments,refunds,shipment}.py",
    "../../../../domain/{events,waiting_period}.py",
    "../../../../workflows/{order,payment,refund}.py",
  ],
  { query: "?raw", import: "default" },
);

/** The repository's files that carry out the elements of the diagrams; each is loaded when called. */
export const SOURCES: Record<string, () => Promise<string>> = Object.fromEntries(
  Object.entries(FOUND).map(([path, load]) => [path.replace(/^(\.\.\/)+/, ""), load]),
);
