/** A node of a BPMN diagram, with what the path of tokens needs. */
export interface Node {
  id: string;
  type: string;
  /** What is written at it; empty if nothing is. */
  name: string;
  /** The sub-process that contains it. */
  parent: string | null;
  /** The node to which a boundary event is attached. */
  attachedTo: string | null;
  /** Whether a boundary event ends the node that it is attached to. */
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

/** The parts of moddle's elements that are used. */
interface Element {
  $type: string;
  id: string;
  name?: string;
  flowElements?: Element[];
  attachedToRef?: Element;
  cancelActivity?: boolean;
  sourceRef?: Element;
  targetRef?: Element;
}

/** From the definitions that bpmn-js or moddle has parsed. */
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
      graph.nodes.set(id, { id, type, name: element.name ?? "", parent, attachedTo, interrupting });
      add(element.flowElements ?? [], id, graph);
    }
  }
}

/** The types of the events that an element leads to before the next task; an event's own. */
export function eventsOf({ nodes, flows }: Graph, id: string): string[] {
  const all = [...nodes.values()];
  const seen = new Set<string>();
  const follow = (at: string) => {
    const type = nodes.get(at)?.type ?? "";
    const isNextTask = at !== id && /Task$|SubProcess$/.test(type);
    if (seen.has(at) || isNextTask) {
      return;
    }
    seen.add(at);
    if (!isEvent(at)) {
      const next = flows.filter(({ source }) => source === at).map(({ target }) => target);
      const around = all.filter(({ attachedTo, parent }) => attachedTo === at || parent === at);
      [...next, ...around.map((node) => node.id)].forEach(follow);
    }
  };
  follow(id);
  return [...seen].filter(isEvent);
}

/** Whether the node is a domain event: then its id is the event's type. */
export function isEvent(id: string): boolean {
  return /^[A-Z]/.test(id);
}
