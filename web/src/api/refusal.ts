import type { Problem } from "./types";

/** Why the API did not do what it was asked for, in words for people. */
export class Refusal extends Error {
  constructor(
    /** HTTP; 0 if there was no answer. */
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }

  /** Whether the same question would be answered in the same way. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }

  static unreachable(): Refusal {
    return new Refusal(0, "No answer", "The API does not answer. Is it still running?");
  }
}

/** From the body of an answer, a problem (RFC 9457) or anything else. */
export function refusalOf(status: number, body: unknown): Refusal {
  const problem = body as Partial<Problem> | null | undefined;
  const faults = problem?.errors?.map((fault) => `${fault.field}: ${fault.message}`) ?? [];
  const detail = faults.length > 0 ? `${faults.join("; ")}.` : problem?.detail;
  return new Refusal(status, problem?.title ?? "Refused", detail ?? `The API answered ${status}.`);
}

/** Whatever was thrown, as a refusal. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(0, "Something went wrong", String(error));
}
