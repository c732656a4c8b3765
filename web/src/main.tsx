import "./styles/base.css";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Guard } from "./components/Guard";
import { explain } from "./components/Problem";
import { noteServerTime, serverAddress } from "./server";
import { UsageApiError, usageService } from "./services/usage.service";
import { currentToken, restoreSession, resumeSession, signOut, takeTokenFromFragment } from "./session/token";

const client = new QueryClient({
  queryCache: new QueryCache({
    // The server no longer takes the token: sign in again, and know why.
    onError: (error) => {
      if (error instanceof UsageApiError && error.status === 401 && currentToken() !== null) {
        client.clear();
        signOut(explain(error).detail);
      }
    },
  }),
  // The usage service tries again itself. "always": also where the browser believes that it is offline, since the server
  // may be on this machine.
  defaultOptions: { queries: { retry: false, networkMode: "always" } },
});

usageService.configure({
  baseUrl: serverAddress(),
  getToken: currentToken,
  timeoutMs: 15_000, // the next refresh is due in 30 s
  fetch: async (...request) => {
    const response = await fetch(...request);
    noteServerTime(response.headers.get("Date"));
    return response;
  },
});
restoreSession();
// A sign-in link opened in a tab that shows the dashboard already.
addEventListener("hashchange", () => {
  if (takeTokenFromFragment()) client.clear();
});
// Back or Forward to a page that the browser kept whole, with all that was on it.
addEventListener("pageshow", (event) => {
  if (event.persisted && resumeSession()) client.clear();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Guard>
        <App />
      </Guard>
    </QueryClientProvider>
  </StrictMode>,
);
