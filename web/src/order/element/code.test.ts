import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";
import { expect, test } from "vitest";
import { graphOf } from "../diagram/graph";
import { codeOf, find, type Process } from "./code";
import { SOURCES } from "./sources";

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
    const { file, symbol } = codeOf(process satisfies Process, id);
    expect(find(readFileSync(`../${file}`, "utf8"), symbol), `${file} ${symbol}`).not.toBeNull();
    expect(SOURCES).toHaveProperty([file]);
  }
});

const SOURCE = `import x


class One:
    """It."""

    @activity
    def step(
        self,
    ) -> int:
        return 1

    async def other(self) -> None:
        pass


def last():
    pass
`;

test.each([
  ["step", 7, 11],
  ["other", 13, 14],
  ["One", 4, 14],
  ["last", 17, 18],
])("%s is found with its decorators, from line %i to %i", (symbol, first, last) => {
  expect(find(SOURCE, symbol)).toMatchObject({ first, last });
});

test("code is shown without its indentation", () => {
  expect(find(SOURCE, "other")?.text).toBe("async def other(self) -> None:\n    pass");
});

test("what is not there is not found", () => {
  expect(find(SOURCE, "oth")).toBeNull();
});
