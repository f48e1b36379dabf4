import { expect, test } from "vitest";
import { larger, smaller } from "./zoom";

test("a diagram grows and shrinks in steps, to the frame's width and back", () => {
  expect([larger(1), larger(larger(1)), smaller(larger(1))]).toEqual([1.25, 1.5, 1]);
});

test("there is a largest and a smallest size", () => {
  expect([larger(3), smaller(0.2)]).toEqual([3, 0.2]);
});
