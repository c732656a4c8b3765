import { beforeEach, describe, expect, it, vi } from "vitest";

import {
  cleanToken,
  currentToken,
  looksLikeToken,
  restoreSession,
  resumeSession,
  signIn,
  signOut,
} from "./token";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";

beforeEach(() => {
  signOut();
  localStorage.clear();
  history.replaceState(null, "", "/tallygate/");
});

describe("what is pasted", () => {
  it.each([
    TOKEN,
    `  ${TOKEN}\n`,
    `Bearer ${TOKEN}`,
    `authorization: bearer ${TOKEN}`,
    `${TOKEN.slice(0, 30)}\n${TOKEN.slice(30)}`, // as a terminal breaks it
  ])("is freed of what came along: %j", (text) => {
    expect(cleanToken(text)).toBe(TOKEN);
  });

  it.each(["", "x", "a.b", "a.b.c.d", "a..c", `${TOKEN}!`])("is no token: %j", (text) => {
    expect(looksLikeToken(text)).toBe(false);
  });
});

describe("a sign-in link", () => {
  it("signs in, and the token leaves the address", () => {
    history.replaceState(null, "", `/tallygate/?days=7#token=${TOKEN}`);

    restoreSession();

    expect(currentToken()).toBe(TOKEN);
    expect(location.hash).toBe("");
    expect(location.search).toBe("?days=7");
  });

  it("that was cut signs nobody in, not even whoever was before", () => {
    signIn(TOKEN);
    history.replaceState(null, "", "/tallygate/#token=eyJhbGciOi");

    restoreSession();

    expect(currentToken()).toBeNull();
    expect(location.hash).toBe("");
  });
});

describe("the token", () => {
  it("outlives a reload of the tab, in session storage alone", async () => {
    signIn(TOKEN);
    vi.resetModules(); // what a reload does
    const reloaded = await import("./token");

    reloaded.restoreSession();

    expect(reloaded.currentToken()).toBe(TOKEN);
    expect(localStorage.length).toBe(0);
    expect(document.cookie).toBe("");
  });

  it("does not come back with a page that was left before signing out", () => {
    signIn(TOKEN);
    sessionStorage.clear(); // signed out in the page that came after it

    expect(resumeSession()).toBe(true);

    expect(currentToken()).toBeNull();
    expect(resumeSession()).toBe(false);
  });

  it("is gone after signing out", () => {
    signIn(TOKEN);

    signOut();

    expect(currentToken()).toBeNull();
    expect(sessionStorage.length).toBe(0);
  });
});
