import { expect, it } from "vitest";

import { minutesUntil } from "./MinuteChart";

it("names the minutes up to that of the answer, in UTC, over midnight", () => {
  expect(minutesUntil("2026-11-24T00:01:59.999Z", 4)).toEqual(["23:58", "23:59", "00:00", "00:01"]);
});
