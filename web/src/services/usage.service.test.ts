// @vitest-environment node
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Behaviour, closedAddress, type FakeServer, serveInTurn } from "../../tests/fake_server";
import * as service from "./usage.service";
import {
  UsageApiError,
  UsageConnectionError,
  UsageError,
  UsageService,
  type UsageServiceConfig,
  UsageTimeoutError,
} from "./usage.service";

const TOKEN = "a-token-that-no-message-may-hold";
const NOW = { "Retry-After": "0" };

function problem(status: number, code: string, headers: Record<string, string> = {}): Behaviour {
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

function clientOf(server: FakeServer, config: UsageServiceConfig = {}): UsageService {
  return new UsageService({ baseUrl: server.url, getToken: () => TOKEN, ...config });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`rejected with ${String(error)}`);
  expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain(TOKEN);
  return error;
}

async function apiError(promise: Promise<unknown>): Promise<UsageApiError> {
  const error = await failure(promise);
  if (!(error instanceof UsageApiError)) throw error;
  return error;
}

describe("requests", () => {
  test("each method asks at its path with the token", async () => {
    const server = await serveInTurn({ body: { total_tokens: 7 } });
    const client = clientOf(server, { getToken: async () => TOKEN });

    expect(await client.getMyUsage()).toEqual({ total_tokens: 7 });
    await client.getMyUsage(7);
    await client.getUserUsage("alice");
    await client.getGlobalUsage();
    await client.getGlobalUsage(1, { top: 3 });
    await client.getRealtimeStats();

    expect(server.requests.map(({ target }) => target)).toEqual([
      "/ai/usage/me?days=30",
      "/ai/usage/me?days=7",
      "/ai/usage/user/alice?days=30",
      "/ai/usage/global?days=30",
      "/ai/usage/global?days=1&top=3",
      "/ai/usage/realtime",
    ]);
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test.each([
    ["a/b", "a%2Fb"],
    ["a%2Fb", "a%252Fb"],
    ["../me", "..%2Fme"],
    ["...", "..."],
    ["x?y#z&", "x%3Fy%23z%26"],
    ["zoë@example.com", "zo%C3%AB%40example.com"],
    ["猫", "%E7%8C%AB"],
  ])("the id %s is one segment of the path", async (id, segment) => {
    const server = await serveInTurn({ body: {} });

    await clientOf(server).getUserUsage(id);

    expect(server.requests[0]?.target).toBe(`/ai/usage/user/${segment}?days=30`);
  });

  test.each(["", ".", "..", "\ud83d"])(
    "the id %j is refused, because fetch would ask for something else",
    async (id) => {
      const server = await serveInTurn({ body: {} });

      const error = await failure(clientOf(server).getUserUsage(id));

      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(JSON.stringify(id));
      expect(server.requests).toEqual([]);
    },
  );

  test("health is asked for without a token", async () => {
    const server = await serveInTurn({ body: { status: "healthy" } });

    expect(await clientOf(server).getHealth()).toEqual({ status: "healthy" });

    expect(server.requests[0]).toMatchObject({ target: "/health" });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  test.each([null, undefined, "", " "])("a token that is %j is no token", async (token) => {
    const server = await serveInTurn({ body: {} });

    await clientOf(server, { getToken: () => token }).getMyUsage();

    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("a token that no header can hold is refused without being shown", async () => {
    const server = await serveInTurn({ body: {} });

    const error = await failure(clientOf(server, { getToken: () => `${TOKEN}\r\nX: y` }).getMyUsage());

    expect(error.message).toContain("getToken");
    expect(server.requests).toEqual([]);
  });

  test("what getToken throws reaches the caller, at once", async () => {
    const server = await serveInTurn({ body: {} });
    const getToken = vi.fn().mockRejectedValue(new Error("signed out"));

    expect((await failure(clientOf(server, { getToken }).getMyUsage())).message).toBe("signed out");
    expect(getToken).toHaveBeenCalledTimes(1);
  });

  test("a base may have a path and a slash at its end", async () => {
    const server = await serveInTurn({ body: {} });

    await new UsageService({ baseUrl: `${server.url}/below/` }).getMyUsage();

    expect(server.requests[0]?.target).toBe("/below/ai/usage/me?days=30");
  });

  test("outside a browser a relative base is refused with what to do", async () => {
    const error = await failure(new UsageService().getMyUsage());

    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('configure({ baseUrl: "http://127.0.0.1:8000" })');
  });

  test("a relative base goes to a fetch of the caller's own as it is", async () => {
    const fetch = vi.fn(async (_: string | URL | Request) => Response.json({}));

    await new UsageService({ fetch }).getMyUsage();

    expect(fetch.mock.calls[0]?.[0]).toBe("/ai/usage/me?days=30");
  });

  test("configuring again keeps what is left out", async () => {
    const server = await serveInTurn({ body: {} });
    const client = new UsageService({ baseUrl: server.url });

    client.configure({ getToken: () => TOKEN, baseUrl: undefined });
    await client.getMyUsage();

    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test("methods may be taken off the object", async () => {
    const server = await serveInTurn({ body: { a: 1 } });
    const { getUserUsage, formatNumber, formatDailyUsageForChart, formatOperationsByType } = clientOf(server);

    expect(await getUserUsage("alice", 7)).toEqual({ a: 1 });
    expect(formatNumber(1200)).toBe("1.2K");
    expect([formatDailyUsageForChart({}), formatOperationsByType({})]).toEqual([[], []]);
    expect(service.usageService.formatNumber).toBe(service.formatNumber);
  });
});

describe("answers that are errors", () => {
  test("a problem becomes an error with all its facts", async () => {
    const server = await serveInTurn(problem(422, "days_out_of_range"));

    const error = await apiError(clientOf(server).getMyUsage(400));

    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      name: "UsageApiError",
      message: "it is days_out_of_range",
      status: 422,
      code: "days_out_of_range",
      title: "Bad",
      detail: "it is days_out_of_range",
      requestId: "r-1",
      problem: { type: "about:blank" },
      retryAfterSeconds: undefined,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([401, 403, 404, 500, 501])("%d is not asked again", async (status) => {
    const server = await serveInTurn(problem(status, "no", NOW));

    expect((await apiError(clientOf(server).getMyUsage())).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  test("a page of some proxy is told for what it is", async () => {
    const headers = { "Content-Type": "text/html; charset=utf-8", "X-Request-Id": "p-1" };
    const server = await serveInTurn({ status: 413, headers, body: "<html>too large</html>" });

    const error = await apiError(clientOf(server).getMyUsage());

    expect(error).toMatchObject({
      status: 413,
      title: "Payload Too Large",
      requestId: "p-1",
      code: undefined,
    });
    expect(error.message).toContain("413 Payload Too Large with a body of text/html");
  });

  test("an empty body is told too", async () => {
    const server = await serveInTurn({ status: 403 });

    expect((await apiError(clientOf(server).getMyUsage())).message).toContain(
      "403 Forbidden with an empty body",
    );
  });

  test.each(["<!doctype html>", "[]", "null", '"text"'])("a 200 that holds %s is an error", async (body) => {
    const server = await serveInTurn({ body, headers: { "Content-Type": "text/html" } });

    expect(await apiError(clientOf(server).getMyUsage())).toMatchObject({ status: 200, problem: undefined });
  });

  test("a 503 with a health document is an answer, given once", async () => {
    const server = await serveInTurn({ status: 503, headers: NOW, body: { status: "unhealthy", usage: {} } });

    expect(await clientOf(server).getHealth()).toMatchObject({ status: "unhealthy" });
    expect(server.requests).toHaveLength(1);
  });

  test.each(["<html>", { status: "error" }, { status: 503, usage: {} }])(
    "a 503 of a proxy is no health: %j",
    async (body) => {
      const server = await serveInTurn({ status: 503, headers: NOW, body });

      expect((await apiError(clientOf(server).getHealth())).status).toBe(503);
      expect(server.requests).toHaveLength(1);
    },
  );
});

describe("trying again", () => {
  test.each([408, 429, 502, 503, 504])("%d is asked again as Retry-After says", async (status) => {
    const server = await serveInTurn(problem(status, "busy", NOW), { body: { a: 1 } });
    const getToken = vi.fn(() => TOKEN);

    expect(await clientOf(server, { getToken }).getMyUsage()).toEqual({ a: 1 });
    expect(server.requests).toHaveLength(2);
    expect(getToken, "a token may have run out while waiting").toHaveBeenCalledTimes(2);
  });

  test("the third failure is the caller's", async () => {
    const server = await serveInTurn(problem(503, "store_unavailable", NOW));

    const error = await apiError(clientOf(server).getMyUsage());

    expect(error).toMatchObject({ code: "store_unavailable", retryAfterSeconds: 0 });
    expect(server.requests).toHaveLength(3);
  });

  test("no retries are made where none are wanted", async () => {
    const server = await serveInTurn(problem(503, "store_unavailable", NOW));

    await apiError(clientOf(server, { maxRetries: 0 }).getMyUsage());

    expect(server.requests).toHaveLength(1);
  });

  test("a cut connection is tried again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const server = await serveInTurn("cut", { body: { a: 1 } });

    expect(await clientOf(server).getMyUsage()).toEqual({ a: 1 });
  });

  test("a refused connection names the reason and keeps fetch's error", async () => {
    const client = clientOf({ url: await closedAddress(), requests: [] }, { maxRetries: 0 });

    const error = await failure(client.getMyUsage());

    expect(error).toBeInstanceOf(UsageConnectionError);
    expect(error.message).toBe("GET /ai/usage/me: fetch failed (ECONNREFUSED)");
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("a wait of more than a minute is the caller's to decide", async () => {
    const server = await serveInTurn(problem(429, "quota_exceeded", { "Retry-After": "61" }));

    expect((await apiError(clientOf(server).getMyUsage())).retryAfterSeconds).toBe(61);
    expect(server.requests).toHaveLength(1);
  });

  test("Retry-After may be a date", async () => {
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    const server = await serveInTurn(problem(429, "quota_exceeded", { "Retry-After": later }));

    const seconds = (await apiError(clientOf(server).getMyUsage())).retryAfterSeconds;

    expect(seconds).toBeGreaterThan(3_500);
    expect(seconds).toBeLessThanOrEqual(3_600);
  });

  test("a date that has passed means now", async () => {
    const past = problem(503, "store_unavailable", { "Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT" });
    const server = await serveInTurn(past, { body: { a: 1 } });

    expect(await clientOf(server).getMyUsage()).toEqual({ a: 1 });
  });

  test.each(["-5", "soon", "1e3", ""])("a Retry-After of %j is none", async (value) => {
    const server = await serveInTurn(problem(503, "store_unavailable", { "Retry-After": value }));

    const error = await apiError(clientOf(server, { maxRetries: 0 }).getMyUsage());

    expect(error.retryAfterSeconds).toBeUndefined();
  });

  test.each([
    [0, [500, 1000, 2000, 4000, 8000, 8000]],
    [1, [375, 750, 1500, 3000, 6000, 6000]],
  ])(
    "without Retry-After the waits double up to eight seconds, less up to a quarter (%d)",
    async (luck, waits) => {
      vi.useFakeTimers();
      onTestFinished(() => void vi.useRealTimers());
      vi.spyOn(Math, "random").mockReturnValue(luck);
      const times: number[] = [];
      const fetch = () => {
        times.push(Date.now());
        return Promise.reject(new TypeError("fetch failed"));
      };

      const failed = failure(new UsageService({ fetch, maxRetries: 6, timeoutMs: 0 }).getMyUsage());
      await vi.runAllTimersAsync();

      expect(await failed).toBeInstanceOf(UsageConnectionError);
      expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(waits);
    },
  );
});

describe("ends", () => {
  test("a server that keeps silent runs into the timeout, once", async () => {
    const server = await serveInTurn("silence");

    const error = await failure(clientOf(server).getMyUsage(30, { timeoutMs: 20 }));

    expect(error).toBeInstanceOf(UsageTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 20, message: "GET /ai/usage/me: no answer within 20 ms" });
    expect(server.requests).toHaveLength(1);
  });

  test("the timeout also ends a getToken that never answers", async () => {
    const client = new UsageService({
      baseUrl: "http://127.0.0.1:1",
      getToken: () => new Promise(() => {}),
      timeoutMs: 5,
    });

    expect(await failure(client.getMyUsage())).toBeInstanceOf(UsageTimeoutError);
  });

  test("a limit that timers cannot hold is no limit", async () => {
    const server = await serveInTurn({ body: { a: 1 } });

    expect(await clientOf(server, { timeoutMs: Number.POSITIVE_INFINITY }).getMyUsage()).toEqual({ a: 1 });
  });

  test("an abort under way rejects with its own reason", async () => {
    const server = await serveInTurn("silence");
    const reason = new Error("left the page");
    const abort = new AbortController();

    const failed = failure(clientOf(server).getRealtimeStats({ signal: abort.signal }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    abort.abort(reason);

    expect(await failed).toBe(reason);
  });

  test("an abort ends the wait between two attempts", async () => {
    const server = await serveInTurn(problem(503, "store_unavailable", { "Retry-After": "60" }));
    const abort = new AbortController();

    const failed = failure(clientOf(server).getMyUsage(30, { signal: abort.signal }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();

    expect((await failed).name).toBe("AbortError");
    expect(server.requests).toHaveLength(1);
  });

  test("nothing is sent for a signal that was aborted before", async () => {
    const server = await serveInTurn({ body: {} });
    const reason = new Error("too late");

    expect(await failure(clientOf(server).getMyUsage(30, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(server.requests).toEqual([]);
  });
});
