import { describe, expect, it } from "vitest";

import { hrefOf, parsePlace } from "./location";

describe("an address", () => {
  it("without a query is the view of all users over 30 days", () => {
    expect(parsePlace("")).toEqual({ view: "all", userId: "", days: 30 });
  });

  it("with a period that is none of ours keeps the default", () => {
    for (const days of ["0", "31", "-7", "7.5", "1e1", "x", ""]) {
      expect(parsePlace(`?days=${days}`).days).toBe(30);
    }
  });

  it("comes back from every place that it was made of", () => {
    const ids = ["alice", "a/b", "?#&=%", "<img src=x onerror=alert(1)>", "مريم", "🐧", ".", "%2F"];
    for (const userId of ids) {
      const place = { view: "user", userId, days: 90 } as const;
      expect(parsePlace(hrefOf(place))).toEqual(place);
    }
    const mine = { view: "me", userId: "", days: 7 } as const;
    expect(parsePlace(hrefOf(mine))).toEqual(mine);
  });

  it("of the default place has no query", () => {
    expect(hrefOf({ view: "all", userId: "", days: 30 })).toBe(location.pathname);
  });
});
