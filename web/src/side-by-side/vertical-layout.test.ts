import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { verticalLayout } from "./vertical-layout";

const shape = (label: string) =>
  `<bpmndi:BPMNShape id="a"><dc:Bounds x="10" y="200" width="36" height="36"/>${
    label && `<bpmndi:BPMNLabel><dc:Bounds ${label}/></bpmndi:BPMNLabel>`
  }</bpmndi:BPMNShape>`;

describe("a diagram that runs from top to bottom", () => {
  it("has elements and connections turned over", () => {
    expect(verticalLayout(shape(""))).toContain('x="200" y="10" width="36" height="36"');
    const edge = '<bpmndi:BPMNEdge id="e"><di:waypoint x="1" y="2"/><di:waypoint x="3" y="4"/>';
    const turned = verticalLayout(`${edge}</bpmndi:BPMNEdge>`);
    expect(turned).toContain('<di:waypoint x="2" y="1"/><di:waypoint x="4" y="3"/>');
  });

  it.each([
    ["above", 'x="-2" y="160" width="60" height="28"', 'x="136" y="14" width="60" height="28"'],
    ["below", 'x="-2" y="240" width="60" height="28"', 'x="240" y="14" width="60" height="28"'],
    ["right", 'x="50" y="204" width="60" height="28"', 'x="188" y="50" width="60" height="28"'],
    ["low on the right", 'x="50" y="224" width="60" height="28"', 'x="224" y="50" width="60"'],
  ])("has a name that was %s where no connection runs", (_, label, expected) => {
    expect(verticalLayout(shape(label))).toContain(expected);
  });

  it.each(["order-charge_first", "order-charge_before_shipping", "order-charge_later"])(
    "is the same process: %s",
    (name) => {
      const xml = readFileSync(`../docs/bpmn/${name}.bpmn`, "utf8");
      const turned = verticalLayout(xml);
      expect(turned.split("<bpmndi:BPMNDiagram")[0]).toBe(xml.split("<bpmndi:BPMNDiagram")[0]);
      expect(turned.match(/<dc:Bounds|<di:waypoint/g)).toEqual(
        xml.match(/<dc:Bounds|<di:waypoint/g),
      );
    },
  );
});
