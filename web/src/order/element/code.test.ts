import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { expect, test } from "vitest";
import { EXCERPTS } from "../../words/code-excerpts";
import { graphOf } from "../diagram/graph";
import { activityOf, codeOf, type Process } from "./code";

test.each([
  ["order-charge_first", "order"],
  ["order-charge_before_shipping", "order"],
  ["order-charge_later", "order"],
  ["payment", "payment"],
  ["refund", "refund"],
] as const)("every element of %s has its code in the repository", async (name, process) => {
  const xml = readFileSync(`../docs/bpmn/${name}.bpmn`, "utf8");
  const { nodes } = graphOf((await new BpmnModdle().fromXML(xml)).rootElement);
  expect(nodes.size).toBeGreaterThan(15);
  for (const id of nodes.keys()) {
    expect(EXCERPTS).toHaveProperty([codeOf(process satisfies Process, id)]);
  }
});

test("a task's activity is named without its class", () => {
  expect(activityOf("charge_credit_card")).toBe("charge_card");
  expect(activityOf("paid")).toBeNull();
});
