import createClient from "openapi-fetch";
import { Refusal, refusalOf } from "./refusal";
import { forgetToken, token } from "./token";
import type { Paths } from "./types";

/** A typed client of the API: `await answer(api.GET("/orders/{id}", …))`. */
export const api = createClient<Paths>({ fetch: (request) => fetch(request) });

api.use({
  onRequest({ request }) {
    const bearer = token();
    if (bearer && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `Bearer ${bearer}`);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (request.headers.get("Authorization") === `Bearer ${token()}`) {
      await noteRefusedToken(response.clone());
    }
  },
});

/** The data of a successful response; throws a `Refusal` for any other, and without a response. */
export async function answer<T>(
  request: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let result: Awaited<typeof request>;
  try {
    result = await request;
  } catch {
    throw Refusal.unreachable();
  }
  if (!result.response.ok) {
    throw refusalOf(result.response.status, result.error);
  }
  return result.data as T;
}

/** Forgets our token if `response`, to a request with it, says that it is invalid. */
export async function noteRefusedToken(response: Response): Promise<void> {
  if (response.status === 401) {
    const body: unknown = await response.json().catch(() => null);
    forgetToken(refusalOf(response.status, body).message);
  }
}
