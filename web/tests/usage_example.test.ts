// @vitest-environment node
import { expect, test, vi } from "vitest";
import { usageService } from "../src/services/usage.service";
import { serve } from "./fake_server";

test("the documented example runs as it stands and logs the server's figures", async () => {
  const answers: Record<string, unknown> = {
    "/ai/usage/me?days=30": { total_tokens: 9100, usage_percentage: 91.25 },
    "/ai/usage/global?days=7": { total_operations: 120, unique_users: 7 },
    "/ai/usage/realtime": { last_hour: { total_operations: 12 } },
  };
  const server = await serve((target) => ({ body: answers[target] }));
  usageService.configure({ baseUrl: server.url, getToken: () => "a-token" });
  const log = vi.spyOn(console, "log").mockImplementation(() => {});

  const { formatted } = await import("./usage_example");

  expect(log.mock.calls).toEqual([
    ["Used 9100 tokens"],
    ["Usage: 91.25% of limit"],
    ["Total operations: 120"],
    ["Active users: 7"],
    ["Last hour: 12 ops"],
  ]);
  expect(formatted).toBe("1.2M");
});
