// A client of a fake server, and the errors that it gets.
import { expect } from "vitest";
import { UsageApiError, UsageService, type UsageServiceConfig } from "../src/services/usage.service";
import type { Behaviour, FakeServer } from "./fake_server";

/** What no error may show. */
export const TOKEN = "a-token-that-no-message-may-hold";
/** To try again at once. */
export const NOW = { "Retry-After": "0" };

export function problem(status: number, code: string, headers: Record<string, string> = {}): Behaviour {
  const body = {
    type: "about:blank",
    title: "Bad",
    status,
    detail: `it is ${code}`,
    code,
    request_id: "r-1",
  };
  return { status, headers: { "Content-Type": "application/problem+json", ...headers }, body };
}

export function clientOf(server: FakeServer, config: UsageServiceConfig = {}): UsageService {
  return new UsageService({ baseUrl: server.url, getToken: () => TOKEN, ...config });
}

/** The error that `promise` must reject with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`rejected with ${String(error)}`);
  expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain(TOKEN);
  return error;
}

export async function apiError(promise: Promise<unknown>): Promise<UsageApiError> {
  const error = await failure(promise);
  if (!(error instanceof UsageApiError)) throw error;
  return error;
}
