// @vitest-environment node
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { closedAddress, serveInTurn } from "../../tests/fake_server";
import { apiError, clientOf, failure, NOW, problem, TOKEN } from "../../tests/usage_client";
import { UsageConnectionError, UsageService, UsageTimeoutError } from "./usage.service";

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
