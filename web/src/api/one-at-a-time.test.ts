import { expect, test, vi } from "vitest";
import { oneAtATime } from "./one-at-a-time";

test("requests during a run result in one more run", async () => {
  const ends: (() => void)[] = [];
  const ask = oneAtATime(() => new Promise((resolve) => ends.push(resolve)));
  ask();
  ask();
  ask();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[1]?.();
  await Promise.resolve();
  expect(ends).toHaveLength(2);
});
