// @vitest-environment node
import { describe, expect, test, vi } from "vitest";
import { serveInTurn } from "../../tests/fake_server";
import { apiError, clientOf, failure, NOW, problem, TOKEN } from "../../tests/usage_client";
import * as service from "./usage.service";
import { UsageError, UsageService } from "./usage.service";

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
