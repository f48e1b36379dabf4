import { type Graph, isEvent, type Node } from "./graph";

/** The way that events have taken through a diagram. */
export interface Course {
  /** How often each element was passed: nodes, and sequence flows by 1. */
  passed: Map<string, number>;
  /** Where something is under way now; null when nothing is. */
  now: string | null;
}

/** Before the start event. */
const OUTSIDE = "";

interface Step {
  /** The node that it leads to. */
  id: string;
  /** The sequence flow, if it takes one. */
  flow: string | null;
  /** A timer that does not interrupt leaves the token where it is. */
  leaves: boolean;
}

/** Replays events as tokens: each takes one token the shortest way to the event's own element,
 * through elements that leave no event (tasks, gateways, timers).
 *
 * @param at Where the order or payment is said to be now, beyond its last event.
 */
export function courseOf(graph: Graph, events: readonly string[], at: string | null): Course {
  const passed = new Map<string, number>();
  let tokens = [OUTSIDE];
  for (const event of events) {
    const found = shortest(graph, tokens, event);
    if (!found) {
      // An event that the diagram does not expect here still is where it is.
      count(passed, event);
      tokens = [event];
      continue;
    }
    const { token, steps } = found;
    const left = walk(passed, token, steps);
    const others = tokens.filter((other) => other !== token);
    const arrived = graph.nodes.get(event)?.type === "bpmn:EndEvent" ? [] : [event];
    tokens = [...others, ...left, ...arrived];
  }
  if (at) {
    const found = shortest(graph, tokens, at);
    if (found) {
      walk(passed, found.token, found.steps.slice(0, -1));
      const last = found.steps.at(-1);
      if (last?.flow) {
        count(passed, last.flow);
      }
    }
  }
  const now = at && graph.nodes.has(at) ? at : null;
  return { passed, now };
}

/** Counts what is passed; returns where tokens are left behind. */
function walk(passed: Map<string, number>, token: string, steps: readonly Step[]): string[] {
  const left: string[] = [];
  let here = token;
  for (const step of steps) {
    if (step.leaves) {
      left.push(here);
    }
    if (step.flow) {
      passed.set(step.flow, 1);
    }
    count(passed, step.id);
    here = step.id;
  }
  return left;
}

function count(passed: Map<string, number>, id: string): void {
  passed.set(id, (passed.get(id) ?? 0) + 1);
}

/** The shortest way of any token to that node, the newest token first. */
function shortest(
  graph: Graph,
  tokens: readonly string[],
  target: string,
): { token: string; steps: Step[] } | null {
  for (const token of [...tokens].reverse()) {
    const seen = new Set([token]);
    let ways: Step[][] = [[]];
    while (ways.length > 0) {
      const longer: Step[][] = [];
      for (const way of ways) {
        for (const step of next(graph, way.at(-1)?.id ?? token)) {
          if (step.id === target) {
            return { token, steps: [...way, step] };
          }
          if (!seen.has(step.id) && !isEvent(step.id)) {
            seen.add(step.id);
            longer.push([...way, step]);
          }
        }
      }
      ways = longer;
    }
  }
  return null;
}

function next(graph: Graph, id: string): Step[] {
  const node = graph.nodes.get(id);
  if (!node) {
    return id === OUTSIDE ? startsIn(graph, null) : [];
  }
  if (node.type === "bpmn:SubProcess") {
    return [...startsIn(graph, id), ...boundary(graph, id)];
  }
  if (node.type === "bpmn:EndEvent" && node.parent) {
    return along(graph, node.parent);
  }
  // Inside a sub-process a token may have to wait, but not at what has happened already.
  const around = node.parent && !isEvent(id) ? boundary(graph, node.parent) : [];
  return [...along(graph, id), ...boundary(graph, id), ...around];
}

function along(graph: Graph, source: string): Step[] {
  return graph.flows
    .filter((flow) => flow.source === source)
    .map((flow) => ({ id: flow.target, flow: flow.id, leaves: false }));
}

function boundary(graph: Graph, id: string): Step[] {
  return where(graph, (node) => node.attachedTo === id);
}

function startsIn(graph: Graph, parent: string | null): Step[] {
  return where(graph, (node) => node.type === "bpmn:StartEvent" && node.parent === parent);
}

function where(graph: Graph, wanted: (node: Node) => boolean): Step[] {
  return [...graph.nodes.values()]
    .filter(wanted)
    .map(({ id, interrupting }) => ({ id, flow: null, leaves: !interrupting }));
}
