import { expect, test } from "vitest";
import { lines, pieces, total, withQuantity } from "./basket";

const lily = { sku: "lily", name: "Pond lily", price: 2500, currency: "EUR", stock: 10 };
const reed = { sku: "reed", name: "Reed", price: 450, currency: "EUR", stock: 10 };

test("what is in the basket, and what it costs", () => {
  const basket = withQuantity(withQuantity({}, "lily", "2"), "reed", "1");
  expect(total(lines(basket, [lily, reed]))).toBe(5450);
  expect(lines(withQuantity(basket, "lily", "0"), [lily, reed])).toEqual([
    { product: reed, quantity: 1 },
  ]);
});

test("what is no longer sold is not ordered", () => {
  expect(lines({ lily: "1", gone: "1" }, [lily])).toEqual([{ product: lily, quantity: 1 }]);
});

test("pieces are whole", () => {
  expect(["", "0", "3", "1000000000"].map(pieces)).toEqual([0, 0, 3, 1_000_000_000]);
  for (const typed of ["1.5", "-1", "1000000001", "two"]) {
    expect(pieces(typed)).toBeNull();
    expect(lines({ lily: typed, reed: "1" }, [lily, reed])).toEqual([]);
  }
});
