import { type Graph, isEvent, type Node } from "./graph";

/** The path of events through a diagram. */
export interface TokenPath {
  /** How often each node and sequence flow was passed. */
  passed: Map<string, number>;
  /** The current node; null if there is none. */
  now: string | null;
  /** The last node reached; null before the first event. */
  last: string | null;
}

/** The position before the start event. */
const OUTSIDE = "";

interface Step {
  /** The node to which the step leads. */
  id: string;
  /** The sequence flow of the step, if any. */
  flow: string | null;
  /** Where other tokens are then: before a non-interrupting timer, on the other flows of a fork. */
  left: string[];
}

/** Replays events with tokens: each event moves one token along the shortest way to its own node,
 * through elements without events (tasks, gateways, timers).
 *
 * @param at The current element of the order or payment: its last event, or a later element.
 * @param decided Elements without events that are known to be passed, where several ways lead on;
 * an end among them is reached after the last event.
 */
export function tokenPathOf(
  graph: Graph,
  events: readonly string[],
  at: string | null,
  decided: readonly string[] = [],
): TokenPath {
  const passed = new Map<string, number>();
  let tokens = [OUTSIDE];
  for (const event of events) {
    const found = way(graph, tokens, event, decided);
    if (!found) {
      // The diagram does not expect this event here: put a token on it.
      count(passed, [event]);
      tokens = [event];
      continue;
    }
    const { token, left } = found;
    count(passed, found.certain);
    const others = tokens.filter((other) => other !== token);
    const arrived = graph.nodes.get(event)?.type === "bpmn:EndEvent" ? [] : [event];
    tokens = [...others, ...left, ...arrived];
  }
  if (at && !tokens.includes(at)) {
    count(passed, way(graph, tokens, at)?.certain.slice(0, -1) ?? []);
  }
  for (const end of decided.filter((id) => graph.nodes.get(id)?.type === "bpmn:EndEvent")) {
    count(passed, at ? [] : (way(graph, tokens, end)?.certain ?? []));
  }
  const now = at && graph.nodes.has(at) ? at : null;
  return { passed, now, last: now ?? events.at(-1) ?? null };
}

function count(passed: Map<string, number>, ids: readonly string[]): void {
  for (const id of ids) {
    passed.set(id, (passed.get(id) ?? 0) + 1);
  }
}

interface Way {
  token: string;
  /** Where tokens stay. */
  left: string[];
  /** What every possible way passes: events do not contain the decisions of gateways. */
  certain: string[];
}

/** The way of a token to that node; newer tokens are preferred. */
function way(
  graph: Graph,
  tokens: readonly string[],
  target: string,
  decided: readonly string[] = [],
): Way | null {
  for (const token of [...tokens].reverse()) {
    const possible = waysTo(graph, token, target, new Set([token]));
    const known = possible.filter((steps) => steps.some(({ id }) => decided.includes(id)));
    const ways = known.length > 0 ? known : possible;
    const shortest = ways.sort((one, other) => one.length - other.length)[0];
    if (shortest) {
      const left = shortest.flatMap((step) => step.left);
      const all = ways.map(passedBy);
      const certain = passedBy(shortest).filter((id) => all.every((ids) => ids.includes(id)));
      return { token, left, certain };
    }
  }
  return null;
}

function passedBy(steps: readonly Step[]): string[] {
  return steps.flatMap(({ flow, id }) => (flow ? [flow, id] : [id]));
}

/** All ways that pass no other event and no node twice. */
function waysTo(graph: Graph, from: string, target: string, seen: ReadonlySet<string>): Step[][] {
  return next(graph, from).flatMap((step) => {
    if (step.id === target) {
      return [[step]];
    }
    if (seen.has(step.id) || isEvent(step.id)) {
      return [];
    }
    const rest = waysTo(graph, step.id, target, new Set([...seen, step.id]));
    return rest.map((steps) => [step, ...steps]);
  });
}

function next(graph: Graph, id: string): Step[] {
  const node = graph.nodes.get(id);
  if (!node) {
    return id === OUTSIDE ? startsIn(graph, null) : [];
  }
  if (node.type === "bpmn:SubProcess") {
    return [...startsIn(graph, id), ...boundary(graph, id, id)];
  }
  if (node.type === "bpmn:EndEvent" && node.parent) {
    return along(graph, node.parent);
  }
  // Inside a sub-process a token may wait at any node except an event that has happened.
  const around = node.parent && !isEvent(id) ? boundary(graph, node.parent, id) : [];
  return [...along(graph, id), ...boundary(graph, id, id), ...around];
}

function along(graph: Graph, source: string): Step[] {
  const forks = graph.nodes.get(source)?.type === "bpmn:ParallelGateway";
  return graph.flows
    .filter((flow) => flow.source === source)
    .map((flow, _, all) => ({
      id: flow.target,
      flow: flow.id,
      left: forks ? all.filter((other) => other !== flow).map(({ target }) => target) : [],
    }));
}

/** The boundary events of a node, of which a token is at `waiting`. */
function boundary(graph: Graph, id: string, waiting: string): Step[] {
  const steps = where(graph, (node) => node.attachedTo === id);
  const stays = ({ id }: Step) => !graph.nodes.get(id)?.interrupting;
  return steps.map((step) => (stays(step) ? { ...step, left: [waiting] } : step));
}

function startsIn(graph: Graph, parent: string | null): Step[] {
  return where(graph, (node) => node.type === "bpmn:StartEvent" && node.parent === parent);
}

function where(graph: Graph, wanted: (node: Node) => boolean): Step[] {
  return [...graph.nodes.values()].filter(wanted).map(({ id }) => ({ id, flow: null, left: [] }));
}
