import type { Problem } from "./types";

/** Why the API refused a request, in words for people. */
export class Refusal extends Error {
  constructor(
    /** The HTTP status; 0 without a response. */
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }

  /** Whether the same request would be refused again. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }

  static unreachable(): Refusal {
    return new Refusal(0, "API unavailable", "The API does not answer. Is it still running?");
  }
}

/** From the body of a response: a problem (RFC 9457) or anything else. */
export function refusalOf(status: number, body: unknown): Refusal {
  const problem = body as Partial<Problem> | null | undefined;
  const fieldErrors = problem?.errors?.map((error) => `${error.field}: ${error.message}`) ?? [];
  const detail = fieldErrors.length > 0 ? `${fieldErrors.join("; ")}.` : problem?.detail;
  return new Refusal(
    status,
    problem?.title ?? "Refused",
    detail ?? `The API responded with status ${status}.`,
  );
}

/** Converts any thrown value to a refusal. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(0, "Something went wrong", String(error));
}
