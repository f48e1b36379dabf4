/** A BPMN diagram as far as tokens go. */
export interface Node {
  id: string;
  type: string;
  /** The sub-process it is in. */
  parent: string | null;
  /** What a boundary event sits on. */
  attachedTo: string | null;
  /** Whether a boundary event takes the token along. */
  interrupting: boolean;
}

export interface Flow {
  id: string;
  source: string;
  target: string;
}

export interface Graph {
  nodes: Map<string, Node>;
  flows: Flow[];
}

/** As much of moddle's elements as is looked at. */
interface Element {
  $type: string;
  id: string;
  flowElements?: Element[];
  attachedToRef?: Element;
  cancelActivity?: boolean;
  sourceRef?: Element;
  targetRef?: Element;
}

/** From the definitions that bpmn-js, or moddle, has read. */
export function graphOf(definitions: unknown): Graph {
  const graph: Graph = { nodes: new Map(), flows: [] };
  for (const root of (definitions as { rootElements: Element[] }).rootElements) {
    if (root.$type === "bpmn:Process") {
      add(root.flowElements ?? [], null, graph);
    }
  }
  return graph;
}

function add(elements: Element[], parent: string | null, graph: Graph): void {
  for (const element of elements) {
    const { id, $type: type, sourceRef, targetRef, attachedToRef } = element;
    if (sourceRef && targetRef) {
      graph.flows.push({ id, source: sourceRef.id, target: targetRef.id });
    } else {
      const attachedTo = attachedToRef?.id ?? null;
      const interrupting = element.cancelActivity !== false;
      graph.nodes.set(id, { id, type, parent, attachedTo, interrupting });
      add(element.flowElements ?? [], id, graph);
    }
  }
}

/** Whether it is where a domain event happens: its id is the event's name then. */
export function isEvent(id: string): boolean {
  return /^[A-Z]/.test(id);
}
