import { expect, test } from "vitest";
import { match } from "./router";

test("a path's parts", () => {
  expect(match("/orders/:id", "/orders/a%20b")).toEqual({ id: "a b" });
  expect(match("/", "/?customer=kermit")).toEqual({});
  expect(match("/orders/:id", "/orders")).toBeNull();
  expect(match("/orders/:id", "/payments/1")).toBeNull();
  expect(match("/orders/:id", "/orders/%")).toBeNull();
});
