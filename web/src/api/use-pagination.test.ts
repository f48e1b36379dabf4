import { beforeEach, expect, test, vi } from "vitest";
import { usePagination } from "./use-pagination";

let state: unknown;

vi.mock("preact/hooks", () => ({
  useState: (first: unknown) => {
    const set = (next: unknown) => {
      state = next;
    };
    return [state ?? first, set];
  },
}));

beforeEach(() => {
  state = undefined;
});

/** What is shown: a call is a rendering. */
const shown = () => [usePagination().number, usePagination().cursor];

test("each list leads to the next one, and back to the one before", () => {
  expect(shown()).toEqual([1, undefined]);
  usePagination().next("second");
  usePagination().next("third");
  expect(shown()).toEqual([3, "third"]);
  usePagination().back();
  expect(shown()).toEqual([2, "second"]);
  usePagination().next("another third");
  expect(shown()).toEqual([3, "another third"]);
  usePagination().back();
  usePagination().back();
  expect(shown()).toEqual([1, undefined]);
});

test("there is nothing before the first list", () => {
  usePagination().back();
  expect(shown()).toEqual([1, undefined]);
});

test("the first list is one step from any", () => {
  usePagination().next("second");
  usePagination().next("third");
  usePagination().first();
  expect(shown()).toEqual([1, undefined]);
});
